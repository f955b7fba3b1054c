#include "broker/core/identity.h"

#include <array>
#include <charconv>

#include "broker/core/digest.h"

namespace gjallar::core {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kLetters = "ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int kGroups = 3;
constexpr int kGroupLength = 4;

std::string base32(const std::uint8_t* bytes, std::size_t characters) {
  std::string out;
  std::uint32_t buffer = 0;
  int bits = 0;
  std::size_t at = 0;
  while (out.size() < characters) {
    if (bits < 5) {
      buffer = (buffer << 8) | bytes[at++];
      bits += 8;
    }
    bits -= 5;
    out.push_back(kCrockford[(buffer >> bits) & 31]);
  }
  return out;
}

/// Weighted sum in the field of 32 elements (x^5 + x^2 + 1, weights the powers of its generator): catches
/// every single wrong character and every swap of two.
char check_character(std::string_view characters) {
  std::size_t sum = 0;
  for (const char character : characters) {
    sum = (sum ^ kCrockford.find(character)) << 1;
    if (sum & 32) sum ^= 0b100101;
  }
  return kCrockford[sum];
}

char canonical_character(char character) {
  if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  if (character == 'O') return '0';
  if (character == 'I' || character == 'L') return '1';
  return character;
}

}  // namespace

AlertId new_alert_id(WallTime now, Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes.data(), bytes.size());
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()).count());
  for (int i = 0; i < 6; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0F));
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3F));
  const std::string hex = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return AlertId(hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
                 hex.substr(16, 4) + "-" + hex.substr(20));
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (character != '-') return false;
    } else if (!((character >= '0' && character <= '9') || (character >= 'a' && character <= 'f'))) {
      return false;
    }
  }
  return true;
}

LogId new_log_id(Random& random) {
  std::array<std::uint8_t, 10> bytes{};
  random.fill(bytes.data(), bytes.size());
  return LogId(base32(bytes.data(), 16));
}

std::string reference_of(const AlertId& alert_id) {
  const Digest digest = sha256("gjallar reference", alert_id.value());
  std::string out = "GJ";
  std::string all;
  for (std::size_t group = 0; group < kGroups; ++group) {
    out.push_back('-');
    for (std::size_t i = 0; i < kGroupLength; ++i) {
      const bool last = group == kGroups - 1 && i == kGroupLength - 1;
      const std::uint8_t byte = digest[group * kGroupLength + i];
      const char character = last     ? check_character(all)
                             : i == 0 ? kLetters[byte % kLetters.size()]
                                      : kCrockford[byte & 31];
      all.push_back(character);
      out.push_back(character);
    }
  }
  return out;
}

std::optional<std::string> canonical_reference(std::string_view typed) {
  std::string all;
  for (const char character : typed) {
    if (character == '-' || character == ' ') continue;
    all.push_back(canonical_character(character));
  }
  constexpr std::size_t kLength = kGroups * kGroupLength;
  if (all.size() != kLength + 2 || all.compare(0, 2, "GJ") != 0) return std::nullopt;
  all.erase(0, 2);
  std::string out = "GJ";
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (kCrockford.find(all[i]) == std::string_view::npos) return std::nullopt;
    if (i % kGroupLength == 0) {
      if (kLetters.find(all[i]) == std::string_view::npos) return std::nullopt;
      out.push_back('-');
    }
    out.push_back(all[i]);
  }
  if (check_character(std::string_view(all).substr(0, kLength - 1)) != all.back()) return std::nullopt;
  return out;
}

std::string to_text(const Cursor& cursor) {
  return cursor.log_id.value() + "." + std::to_string(cursor.seq);
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot > 32) return std::nullopt;
  for (const char character : text.substr(0, dot)) {
    if (kCrockford.find(character) == std::string_view::npos) return std::nullopt;
  }
  Cursor cursor{LogId(std::string(text.substr(0, dot))), 0};
  const std::string_view digits = text.substr(dot + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), cursor.seq);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return cursor;
}

}  // namespace gjallar::core
