#include "broker/operations/refusals.h"

#include <spdlog/spdlog.h>

namespace gjallar::operations {

void Refusals::note(const admission::Refusal& refusal) {
  const auto code = static_cast<std::size_t>(refusal.code);
  if (code < codes_.size()) codes_[code].fetch_add(1, std::memory_order_relaxed);
  if (!refusal.rule) return;
  rules_[static_cast<std::size_t>(*refusal.rule)].fetch_add(1, std::memory_order_relaxed);
  spdlog::info("privacy gate: {} for {}: {} by rule {}", core::code_name(refusal.code), refusal.principal,
               refusal.field, admission::name_of(*refusal.rule));
}

}  // namespace gjallar::operations
