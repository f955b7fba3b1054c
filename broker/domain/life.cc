#include "broker/domain/life.h"

#include <algorithm>

#include "broker/core/limits.h"
#include "broker/domain/content_change.h"

namespace gjallar::domain {
namespace {

constexpr std::chrono::hours days(int count) {
  return std::chrono::hours(24 * count);
}

constexpr std::chrono::hours of_level(v1::GradeLevel level, int urgent, int warning, int information) {
  if (level == v1::GRADE_LEVEL_URGENT) return days(urgent);
  return days(level == v1::GRADE_LEVEL_WARNING ? warning : information);
}

}  // namespace

std::chrono::hours default_life(v1::AlertKind kind, v1::GradeLevel level) noexcept {
  switch (kind) {
    case v1::ALERT_KIND_NEW_SUBSTANCE:
    case v1::ALERT_KIND_USE_PATTERN:
      return of_level(level, 30, 90, 180);
    case v1::ALERT_KIND_OVERDOSE_CLUSTER:
      return of_level(level, 7, 14, 30);
    case v1::ALERT_KIND_SUPPLY_SHORTAGE:
      return of_level(level, 30, 60, 90);
    default:
      return of_level(level, 14, 30, 90);
  }
}

core::WallTime default_expiry(const v1::AlertContent& content, v1::GradeLevel level, core::WallTime now) {
  const google::protobuf::Timestamp& until = content.shortage().expected_until();
  if (content.kind() == v1::ALERT_KIND_SUPPLY_SHORTAGE && content.shortage().has_expected_until() &&
      is_later(until, now) && !is_later(until, now + core::limits::kAlertLifeMax)) {
    return core::from_timestamp(until);
  }
  return now + default_life(content.kind(), level);
}

std::optional<core::WallTime> expiry_question_at(const v1::Alert& alert) {
  const v1::AlertContent& content = alert.content();
  if (alert.phase() != v1::PHASE_LIVE || !content.has_expires()) return std::nullopt;
  const core::WallTime expires = core::from_timestamp(content.expires());
  if (alert.has_expiry_asked() && core::from_timestamp(alert.expiry_asked()) == expires) return std::nullopt;
  const core::Micros life = expires - core::from_timestamp(alert.sent());
  const core::Micros lead = std::min<core::Micros>(core::limits::kExpiryQuestionLead,
                                                   life / core::limits::kExpiryQuestionPartOfLife);
  return expires - std::max(lead, core::Micros(0));
}

}  // namespace gjallar::domain
