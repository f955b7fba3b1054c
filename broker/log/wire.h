#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/digest.h"

namespace gjallar::log {

/// The number that stands big-endian in the first `kBytes` bytes, which must be there.
template <std::size_t kBytes>
[[nodiscard]] std::uint64_t big_endian(const char* bytes) noexcept {
  if constexpr (kBytes == 1) {
    return static_cast<std::uint8_t>(*bytes);
  } else {
    constexpr std::size_t kHalf = kBytes / 2;  // so written that compilers make one load of it
    return big_endian<kHalf>(bytes) << (8 * kHalf) | big_endian<kHalf>(bytes + kHalf);
  }
}

/// Appends numbers big-endian and strings with a u16 length: the bytes of headers and meta rows.
class ByteWriter {
 public:
  /// Makes room for so many bytes.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  void u8(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void u16(std::size_t value) {
    if (value > 0xFFFF) throw std::length_error("a count or length doesn't fit into 16 bits");
    number(value, 2);
  }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void i64(std::int64_t value) { number(static_cast<std::uint64_t>(value), 8); }
  void digest(const core::Digest& value) { bytes_ += core::as_view(value); }
  void text(std::string_view value) {
    u16(value.size());
    bytes_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    u16(values.size());
    for (const auto& value : values)
      text(value);
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void number(std::uint64_t value, int bytes) {
    std::array<char, 8> big_endian{};
    for (int at = bytes - 1; at >= 0; --at, value >>= 8)
      big_endian[static_cast<std::size_t>(at)] = static_cast<char>(value & 0xFF);
    bytes_.append(big_endian.data(), static_cast<std::size_t>(bytes));
  }
  std::string bytes_;
};

/// Takes what ByteWriter wrote. Once something is missing, everything reads as zero and `whole` is false.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number<1>()); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number<2>()); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number<4>()); }
  [[nodiscard]] std::uint64_t u64() { return number<8>(); }
  [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(number<8>()); }
  [[nodiscard]] core::Digest digest() {
    core::Digest value{};
    if (!core::digest_from(take(value.size()), value)) failed_ = true;
    return value;
  }
  [[nodiscard]] std::string text() { return std::string(text_view()); }
  /// The same in place.
  [[nodiscard]] std::string_view text_view() { return take(u16()); }
  [[nodiscard]] std::string_view bytes(std::size_t size) { return take(size); }
  [[nodiscard]] std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::size_t left = u16(); left > 0 && !failed_; --left)
      values.push_back(text());
    return values;
  }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// Everything was there, and nothing is left.
  [[nodiscard]] bool whole() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (rest_.size() < size) {
      fail();
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <std::size_t kBytes>
  std::uint64_t number() {
    if (rest_.size() < kBytes) {
      fail();
      return 0;
    }
    const std::uint64_t value = big_endian<kBytes>(rest_.data());
    rest_.remove_prefix(kBytes);
    return value;
  }
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace gjallar::log
