#pragma once

#include <string>
#include <string_view>

namespace gjallar::admission {

/// Where a field lies in the request: "issue.content.texts[0].headline". A chain on the stack, put into words
/// only if something is wrong. A path must not outlive its parent.
class FieldPath {
 public:
  explicit FieldPath(std::string_view name) : name_(name) {}
  FieldPath(const FieldPath& parent, std::string_view name, int index = -1)
      : parent_(&parent), name_(name), index_(index) {}

  [[nodiscard]] std::string text() const {
    std::string out = parent_ != nullptr ? parent_->text() + "." : std::string();
    out += name_;
    if (index_ >= 0) out += "[" + std::to_string(index_) + "]";
    return out;
  }

 private:
  const FieldPath* parent_ = nullptr;
  std::string_view name_;
  int index_ = -1;
};

}  // namespace gjallar::admission
