#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/result.h"

#include <toml++/toml.h>

namespace gjallar::security {

/// A TOML file read strictly: a key nobody asked for, or a value of the wrong type, is an error that names
/// file, line and key. The first error is kept; reading goes on harmlessly. One thread.
class TomlReader {
 public:
  /// Parses; `name` is how errors call the file.
  TomlReader(std::string_view text, std::string_view name);

  [[nodiscard]] const toml::table& root() const noexcept { return root_; }
  /// The sub-table `key`; nullptr if absent.
  const toml::table* table(const toml::table& parent, std::string_view path, std::string_view key);
  /// `fallback` if absent.
  bool boolean(const toml::table& parent, std::string_view path, std::string_view key, bool fallback = false);
  std::string text(const toml::table& parent, std::string_view path, std::string_view key,
                   std::string_view fallback = {});
  std::int64_t integer(const toml::table& parent, std::string_view path, std::string_view key,
                       std::int64_t fallback);
  std::vector<std::string> texts(const toml::table& parent, std::string_view path, std::string_view key);
  /// Refuses every key that isn't among `known`.
  void only(const toml::table& parent, std::string_view path, std::initializer_list<std::string_view> known);

  /// Records an error at a node's line.
  void refuse(const toml::node* node, std::string_view path, std::string_view key, std::string_view message,
              std::string_view advice);
  [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }
  [[nodiscard]] const core::Error& error() const { return *error_; }

 private:
  void refuse_at(std::uint32_t line, std::string field, std::string_view message, std::string_view advice);

  std::string name_;
  toml::table root_;
  std::optional<core::Error> error_;
};

}  // namespace gjallar::security
