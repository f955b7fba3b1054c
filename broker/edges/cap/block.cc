#include "broker/edges/cap/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/edges/cap/names.h"

namespace gjallar::edges::cap {
namespace {

/// Elements that may be there more than once carry their number.
bool is_repeated(std::string_view name) {
  return name == "info" || name == "area" || name == "resource" || name == "parameter" ||
         name == "eventCode" || name == "geocode" || name == "category" || name == "responseType" ||
         name == "code" || name == "polygon" || name == "circle";
}

bool is_blank(const xmlNode& node) {
  return node.children == nullptr || (child_elements(node).empty() && word_of(node).empty());
}

}  // namespace

Block::Block(const Element& element, std::initializer_list<std::string_view> known) : place_(element.place) {
  for (const xmlNode* child : child_elements(*element.node)) {
    const std::string_view name = local_name(*child);
    const bool cap = namespace_of(*child) == kCapNamespace;
    const long line = xmlGetLineNo(child);
    if (cap && std::find(known.begin(), known.end(), name) != known.end()) {
      std::vector<Element>& same = by_name_[std::string(name)];
      std::string path = place_.element + "/" + std::string(name);
      if (is_repeated(name)) path += fmt::format("[{}]", same.size() + 1);
      same.push_back({child, {std::move(path), line}});
    } else if (namespace_of(*child) != kSignatureNamespace) {
      // The name isn't repeated: it is the sender's own.
      unknown_.push_back({child, {place_.element + "/*", line}});
    }
  }
}

std::vector<Element> Block::all(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  std::vector<Element> out;
  for (const Element& element : found->second) {
    if (!is_blank(*element.node)) out.push_back(element);
  }
  return out;
}

core::Result<std::optional<Element>> Block::one(std::string_view name) const {
  const auto elements = all(name);
  if (elements.empty()) return std::optional<Element>();
  if (elements.size() > 1) {
    return not_allowed(elements[1].place, fmt::format("The element {} is there twice.", name),
                       "Send it once.");
  }
  return std::optional<Element>(elements[0]);
}

core::Result<Element> Block::required(std::string_view name) const {
  auto found = one(name);
  if (!found) return found.error();
  if (*found) return **found;
  return error_at({fmt::format("{}/{}", place_.element, name), place_.line}, v1::ERROR_CODE_MISSING_FIELD,
                  fmt::format("The element {} is missing.", name), "CAP 1.2 requires it here.");
}

core::Result<std::string> Block::word(std::string_view name) const {
  const auto found = one(name);
  if (!found) return found.error();
  return *found ? (*found)->word() : std::string();
}

core::Result<std::vector<Element>> Block::extensions() const {
  for (const Element& element : unknown_) {
    if (namespace_of(*element.node) != kCapNamespace) continue;
    return not_allowed(element.place, "CAP 1.2 has no such element here.",
                       "Put it where CAP 1.2 has it, or into a namespace of its own.");
  }
  return unknown_;
}

core::Error not_allowed(const Place& place, std::string_view message, std::string advice) {
  return error_at(place, v1::ERROR_CODE_INVALID_ARGUMENT, message, std::move(advice));
}

}  // namespace gjallar::edges::cap
