#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "broker/admission/admission.h"

namespace gjallar::operations {

/// What the door refused, counted; and one line in the operational log for each that the privacy gate refused
/// or asked about: field, rule and principal, never a value. Any thread.
class Refusals {
 public:
  void note(const admission::Refusal& refusal);

  [[nodiscard]] std::uint64_t by_rule(admission::PrivacyRule rule) const noexcept {
    return rules_[static_cast<std::size_t>(rule)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t by_code(core::Code code) const noexcept {
    const auto index = static_cast<std::size_t>(code);
    return index < codes_.size() ? codes_[index].load(std::memory_order_relaxed) : 0;
  }

 private:
  std::array<std::atomic<std::uint64_t>, admission::kPrivacyRules.size()> rules_{};
  std::array<std::atomic<std::uint64_t>, gjallar::v1::ErrorCode_ARRAYSIZE> codes_{};
};

}  // namespace gjallar::operations
