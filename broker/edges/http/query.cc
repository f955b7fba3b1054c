#include "broker/edges/http/query.h"

#include <algorithm>
#include <charconv>

#include <google/protobuf/util/time_util.h>

namespace gjallar::edges::http {
namespace {

int hex_value(char character) noexcept {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

core::Error bad_parameter(std::string_view name, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::string(name), std::move(message),
                          std::move(advice));
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char character = text[i];
    if (character == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      character = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (character == '+' && plus_is_space) {
      character = ' ';
    }
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    out.push_back(character);
  }
  return out;
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<google::protobuf::Timestamp> parse_time(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '+');
  google::protobuf::Timestamp time;
  if (!google::protobuf::util::TimeUtil::FromString(text, &time)) return std::nullopt;
  return time;
}

core::Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals), true);
    const auto value =
        equals == std::string_view::npos ? std::string() : percent_decode(pair.substr(equals + 1), true);
    if (!name || !value) {
      return bad_parameter("query", "A parameter of the query has a broken percent escape.",
                           "Percent-encode the query as in RFC 3986.");
    }
    if (!query.values_.emplace(*name, *value).second) {
      return bad_parameter("query", "A parameter of the query is given twice.", "Give each parameter once.");
    }
  }
  return query;
}

core::Result<void> Query::allow_only(std::initializer_list<std::string_view> names) const {
  for (const auto& entry : values_) {
    if (std::find(names.begin(), names.end(), entry.first) != names.end()) continue;
    std::string advice = names.size() == 0 ? "It takes no parameters." : "Known parameters:";
    for (const std::string_view name : names)
      advice += (advice.back() == ':' ? " " : ", ") + std::string(name);
    if (names.size() != 0) advice += ".";
    return bad_parameter("query", "A parameter of the query isn't known here.", std::move(advice));
  }
  return {};
}

const std::string& Query::text(std::string_view name) const noexcept {
  static const std::string kEmpty;
  const auto found = values_.find(name);
  return found == values_.end() ? kEmpty : found->second;
}

core::Result<std::uint64_t> Query::number(std::string_view name) const {
  const std::string& value = text(name);
  if (value.empty()) return std::uint64_t{0};
  const auto number = parse_number(value);
  if (!number) return bad_parameter(name, "This isn't a whole number.", "Write it in decimal digits.");
  return *number;
}

core::Result<bool> Query::flag(std::string_view name) const {
  const std::string& value = text(name);
  if (!has(name) || value == "0" || value == "false") return false;
  if (value == "1" || value == "true") return true;
  return bad_parameter(name, "This is neither yes nor no.", "Write 1 or 0.");
}

core::Result<std::optional<google::protobuf::Timestamp>> Query::time(std::string_view name) const {
  const std::string& value = text(name);
  if (value.empty()) return std::optional<google::protobuf::Timestamp>();
  auto time = parse_time(value);
  if (!time) {
    return bad_parameter(name, "This isn't a time.", "Write it as in RFC 3339: 2026-03-01T12:00:00Z.");
  }
  return time;
}

}  // namespace gjallar::edges::http
