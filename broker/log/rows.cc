#include "broker/log/rows.h"

namespace gjallar::log {

std::string_view column_name(Column column) noexcept {
  switch (column) {
    case Column::kEvent:
      return "event";
    case Column::kPayload:
      return "payload";
    case Column::kAlert:
      return "alert";
    case Column::kView:
      return "view";
    case Column::kDirectory:
      return "directory";
    case Column::kTarget:
      return "target";
    case Column::kIdempotency:
      return "idempotency";
    case Column::kMeta:
      return "meta";
    case Column::kOverdose:
      return "overdose";
  }
  return "";
}

std::string after_prefix(std::string_view prefix) {
  std::string after(prefix);
  while (!after.empty() && static_cast<unsigned char>(after.back()) == 0xFF)
    after.pop_back();
  if (!after.empty()) after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
  return after;
}

}  // namespace gjallar::log
