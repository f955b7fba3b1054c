#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/ids.h"
#include "broker/core/result.h"

namespace gjallar::domain {

/// A set of services by their numbers: a bitmap, so that "who is concerned" is a few word operations for
/// 20,000 services. Not synchronised.
class ServiceSet {
 public:
  void add(core::ServiceNumber number);
  void remove(core::ServiceNumber number) noexcept;
  [[nodiscard]] bool contains(core::ServiceNumber number) const noexcept;
  [[nodiscard]] std::size_t count() const noexcept;
  [[nodiscard]] bool empty() const noexcept;

  ServiceSet& operator|=(const ServiceSet& other);
  ServiceSet& operator&=(const ServiceSet& other) noexcept;
  /// Equal as sets; trailing empty words don't count.
  friend bool operator==(const ServiceSet& a, const ServiceSet& b) noexcept;

  /// Calls `visit(number)` in ascending order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      for (std::uint64_t rest = words_[word]; rest != 0; rest &= rest - 1) {
        visit(static_cast<core::ServiceNumber>(word * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
      }
    }
  }

  /// Canonical bytes: one form byte, then 0: bitmap words little-endian without trailing zero words, or 1:
  /// ascending numbers as big-endian u32; whichever is shorter, the bitmap if equal. Equal sets have equal
  /// bytes. On disk: never change a form.
  [[nodiscard]] std::string encode() const;
  /// DATA_CORRUPT if the bytes are not of this form.
  [[nodiscard]] static core::Result<ServiceSet> decode(std::string_view bytes);

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace gjallar::domain
