#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/result.h"
#include "broker/edges/cap/xml.h"

namespace gjallar::edges::cap {

/// One element of a message that is being read, and where it stands.
struct Element {
  const xmlNode* node = nullptr;
  Place place;
  [[nodiscard]] std::string text() const { return text_of(*node); }
  [[nodiscard]] std::string word() const { return word_of(*node); }
};

/// The elements in one element, sorted by what CAP knows there. Must not outlive the document.
class Block {
 public:
  Block(const Element& element, std::initializer_list<std::string_view> known);

  [[nodiscard]] std::vector<Element> all(std::string_view name) const;
  /// INVALID_ARGUMENT if it is there twice. An element without text counts as absent.
  [[nodiscard]] core::Result<std::optional<Element>> one(std::string_view name) const;
  /// MISSING_FIELD too.
  [[nodiscard]] core::Result<Element> required(std::string_view name) const;
  /// A word, empty if absent.
  [[nodiscard]] core::Result<std::string> word(std::string_view name) const;
  /// Elements that CAP doesn't know here, the message's signature excepted.
  [[nodiscard]] const std::vector<Element>& unknown() const noexcept { return unknown_; }
  /// Those as what may be kept: INVALID_ARGUMENT if one of them is in CAP's own namespace.
  [[nodiscard]] core::Result<std::vector<Element>> extensions() const;
  [[nodiscard]] const Place& place() const noexcept { return place_; }

 private:
  Place place_;
  std::map<std::string, std::vector<Element>, std::less<>> by_name_;
  std::vector<Element> unknown_;
};

[[nodiscard]] core::Error not_allowed(const Place& place, std::string_view message, std::string advice);

}  // namespace gjallar::edges::cap
