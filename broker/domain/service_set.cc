#include "broker/domain/service_set.h"

#include <algorithm>

#include "broker/core/limits.h"

namespace gjallar::domain {
namespace {

constexpr char kBitmapForm = 0;
constexpr char kListForm = 1;
constexpr std::size_t kWordBits = 64;
constexpr std::size_t kWordBytes = 8;
constexpr std::size_t kNumberBytes = 4;

core::Error corrupt() {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", "A stored set of services is not of a known form.",
                          "Verify the log and rebuild the views.");
}

}  // namespace

void ServiceSet::add(core::ServiceNumber number) {
  const std::size_t word = number / kWordBits;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= std::uint64_t{1} << (number % kWordBits);
}

void ServiceSet::remove(core::ServiceNumber number) noexcept {
  const std::size_t word = number / kWordBits;
  if (word < words_.size()) words_[word] &= ~(std::uint64_t{1} << (number % kWordBits));
}

bool ServiceSet::contains(core::ServiceNumber number) const noexcept {
  const std::size_t word = number / kWordBits;
  return word < words_.size() && ((words_[word] >> (number % kWordBits)) & 1) != 0;
}

std::size_t ServiceSet::count() const noexcept {
  std::size_t count = 0;
  for (const std::uint64_t word : words_)
    count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

bool ServiceSet::empty() const noexcept {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

ServiceSet& ServiceSet::operator|=(const ServiceSet& other) {
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < other.words_.size(); ++i)
    words_[i] |= other.words_[i];
  return *this;
}

ServiceSet& ServiceSet::operator&=(const ServiceSet& other) noexcept {
  if (words_.size() > other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i)
    words_[i] &= other.words_[i];
  return *this;
}

bool operator==(const ServiceSet& a, const ServiceSet& b) noexcept {
  const std::size_t words = std::max(a.words_.size(), b.words_.size());
  for (std::size_t i = 0; i < words; ++i) {
    if ((i < a.words_.size() ? a.words_[i] : 0) != (i < b.words_.size() ? b.words_[i] : 0)) return false;
  }
  return true;
}

std::string ServiceSet::encode() const {
  std::size_t words = words_.size();
  while (words > 0 && words_[words - 1] == 0)
    --words;
  std::string out;
  if (count() * kNumberBytes < words * kWordBytes) {
    out.push_back(kListForm);
    for_each([&out](core::ServiceNumber number) {
      for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<char>(number >> shift));
    });
    return out;
  }
  out.push_back(kBitmapForm);
  for (std::size_t i = 0; i < words; ++i) {
    for (int shift = 0; shift < 64; shift += 8)
      out.push_back(static_cast<char>(words_[i] >> shift));
  }
  return out;
}

core::Result<ServiceSet> ServiceSet::decode(std::string_view bytes) {
  if (bytes.empty()) return corrupt();
  const char form = bytes[0];
  const std::string_view rest = bytes.substr(1);
  const auto byte = [rest](std::size_t at) { return static_cast<std::uint8_t>(rest[at]); };
  ServiceSet set;
  if (form == kBitmapForm) {
    constexpr std::size_t kWordsMax = core::limits::kServicesMax / kWordBits + 1;
    if (rest.size() % kWordBytes != 0 || rest.size() / kWordBytes > kWordsMax) return corrupt();
    set.words_.resize(rest.size() / kWordBytes);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      set.words_[i / kWordBytes] |= std::uint64_t{byte(i)} << (8 * (i % kWordBytes));
    }
  } else if (form == kListForm) {
    if (rest.size() % kNumberBytes != 0) return corrupt();
    for (std::size_t i = 0; i < rest.size(); i += kNumberBytes) {
      const core::ServiceNumber number = static_cast<core::ServiceNumber>(byte(i)) << 24 |
                                         static_cast<core::ServiceNumber>(byte(i + 1)) << 16 |
                                         static_cast<core::ServiceNumber>(byte(i + 2)) << 8 | byte(i + 3);
      if (number >= core::limits::kServicesMax) return corrupt();
      set.add(number);
    }
  } else {
    return corrupt();
  }
  // The same set has one encoding only, so whatever else decodes to it is damage.
  if (set.encode() != bytes) return corrupt();
  return set;
}

}  // namespace gjallar::domain
