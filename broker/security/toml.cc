#include "broker/security/toml.h"

#include <fmt/format.h>

#include <algorithm>

namespace gjallar::security {
namespace {

std::string joined(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

}  // namespace

TomlReader::TomlReader(std::string_view text, std::string_view name) : name_(name) {
  try {
    root_ = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    refuse_at(error.source().begin.line, "", error.description(), "Mend the TOML.");
  }
}

void TomlReader::refuse_at(std::uint32_t line, std::string field, std::string_view message,
                           std::string_view advice) {
  if (error_) return;
  error_ = core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field),
                            fmt::format("{}:{}: {}", name_, line, message), std::string(advice));
}

void TomlReader::refuse(const toml::node* node, std::string_view path, std::string_view key,
                        std::string_view message, std::string_view advice) {
  refuse_at(node == nullptr ? 1 : node->source().begin.line, joined(path, key), message, advice);
}

const toml::table* TomlReader::table(const toml::table& parent, std::string_view path, std::string_view key) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) {
    refuse(node, path, key, fmt::format("'{}' is not a table.", joined(path, key)),
           fmt::format("Write [{}].", joined(path, key)));
    return nullptr;
  }
  return node->as_table();
}

bool TomlReader::boolean(const toml::table& parent, std::string_view path, std::string_view key,
                         bool fallback) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return fallback;
  if (const auto value = node->value_exact<bool>()) return *value;
  refuse(node, path, key, fmt::format("'{}' is neither true nor false.", joined(path, key)),
         "Write true or false without quotes.");
  return fallback;
}

std::string TomlReader::text(const toml::table& parent, std::string_view path, std::string_view key,
                             std::string_view fallback) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return std::string(fallback);
  if (auto value = node->value_exact<std::string>()) return *value;
  refuse(node, path, key, fmt::format("'{}' is not a string.", joined(path, key)), "Write it in quotes.");
  return std::string(fallback);
}

std::int64_t TomlReader::integer(const toml::table& parent, std::string_view path, std::string_view key,
                                 std::int64_t fallback) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return fallback;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= 0) return *value;
  refuse(node, path, key, fmt::format("'{}' is not a whole number from 0 up.", joined(path, key)),
         "Write it without quotes.");
  return fallback;
}

std::vector<std::string> TomlReader::texts(const toml::table& parent, std::string_view path,
                                           std::string_view key) {
  std::vector<std::string> values;
  const toml::node* node = parent.get(key);
  if (node == nullptr) return values;
  const toml::array* array = node->as_array();
  const std::string message = fmt::format("'{}' is not a list of strings.", joined(path, key));
  if (array == nullptr) {
    refuse(node, path, key, message, "Write [\"one\", \"two\"].");
    return values;
  }
  for (const toml::node& element : *array) {
    if (auto value = element.value_exact<std::string>()) {
      values.push_back(std::move(*value));
    } else {
      refuse(&element, path, key, message, "Write [\"one\", \"two\"].");
    }
  }
  return values;
}

void TomlReader::only(const toml::table& parent, std::string_view path,
                      std::initializer_list<std::string_view> known) {
  for (const auto& entry : parent) {
    const toml::key& key = entry.first;
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      refuse_at(key.source().begin.line, joined(path, key.str()),
                fmt::format("'{}' is not a known key.", joined(path, key.str())),
                fmt::format("Known here: {}.", fmt::join(known, ", ")));
    }
  }
}

}  // namespace gjallar::security
