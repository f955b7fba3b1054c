#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Fields of a serialised message, written around stored bytes that aren't parsed (Protocol Buffers encoding:
/// https://protobuf.dev/programming-guides/encoding). Field numbers are below 16, so that a tag is one byte.
namespace gjallar::log {

/// A base-128 number, the least significant group first.
inline void append_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>((value & 0x7F) | 0x80));
  out.push_back(static_cast<char>(value));
}
/// What stands before a field of so many bytes: text, bytes, a message.
inline void append_field_head(int number, std::size_t size, std::string& out) {
  out.push_back(static_cast<char>((number << 3) | 2));
  append_varint(size, out);
}
/// A number, a truth or an enum as proto3 writes it: nothing if it is 0. A negative one as its 64 bits.
inline void append_number(int number, std::uint64_t value, std::string& out) {
  if (value == 0) return;
  out.push_back(static_cast<char>(number << 3));
  append_varint(value, out);
}
/// A text as proto3 writes it: nothing if it is empty.
inline void append_text(int number, std::string_view text, std::string& out) {
  if (text.empty()) return;
  append_field_head(number, text.size(), out);
  out += text;
}

}  // namespace gjallar::log
