#include "broker/admission/vocabulary.h"

#include <array>
#include <iterator>

namespace gjallar::admission {
namespace {

struct Entry {
  std::u32string_view word;
  std::uint16_t kinds;
};

constexpr Entry kVocabulary[] = {
#include "broker/admission/vocabulary.inc"
};

constexpr std::size_t kSlots = 2048;
static_assert(std::size(kVocabulary) * 2 < kSlots);

std::size_t slot_of(std::uint32_t hash) noexcept {
  return (hash ^ (hash >> 15)) % kSlots;
}

/// The vocabulary by hash: open addressing, made once.
class Table {
 public:
  Table() {
    for (const Entry& entry : kVocabulary) {
      std::uint32_t hash = kFirstHash;
      for (const char32_t c : entry.word)
        hash = next_hash(hash, c);
      std::size_t slot = slot_of(hash);
      while (slots_[slot].entry != nullptr && slots_[slot].entry->word != entry.word)
        slot = (slot + 1) % kSlots;
      slots_[slot] = {hash, &entry, static_cast<std::uint16_t>(slots_[slot].kinds | entry.kinds)};
    }
  }

  [[nodiscard]] std::uint16_t find(std::u32string_view word, std::uint32_t hash) const noexcept {
    for (std::size_t slot = slot_of(hash); slots_[slot].entry != nullptr; slot = (slot + 1) % kSlots) {
      if (slots_[slot].hash == hash && slots_[slot].entry->word == word) return slots_[slot].kinds;
    }
    return kNoKind;
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    const Entry* entry = nullptr;
    std::uint16_t kinds = 0;
  };
  std::array<Slot, kSlots> slots_{};
};

const Table& table() {
  static const Table made;
  return made;
}

}  // namespace

std::uint16_t kinds_of(std::u32string_view word, std::uint32_t hash) noexcept {
  return word.size() > kWordLengthMax ? std::uint16_t{kNoKind} : table().find(word, hash);
}

}  // namespace gjallar::admission
