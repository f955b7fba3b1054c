#include "broker/projections/page_token.h"

#include <charconv>

namespace gjallar::projections {
namespace {

bool parse_number(std::string_view text, std::uint64_t& out) {
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

}  // namespace

std::string to_text(const PageToken& token) {
  return std::to_string(token.seq) + "." + std::to_string(token.offset);
}

std::optional<PageToken> parse_page_token(std::string_view text) {
  const std::size_t dot = text.find('.');
  PageToken token;
  if (dot == std::string_view::npos || !parse_number(text.substr(0, dot), token.seq) ||
      !parse_number(text.substr(dot + 1), token.offset)) {
    return std::nullopt;
  }
  return token;
}

}  // namespace gjallar::projections
