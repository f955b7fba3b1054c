#include "broker/domain/opening_hours.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

namespace gjallar::domain {
namespace {

/// A service with one span a week opens again after a week at the latest; the change to summer time may skip
/// a span altogether.
constexpr int kDaysAheadMax = 15;

bool load_zone(const std::string& name, absl::TimeZone& zone) {
  return name != "localtime" && absl::LoadTimeZone(name, &zone);
}

/// ISO 8601: 1 Monday to 7 Sunday.
std::uint32_t weekday_of(absl::CivilDay day) {
  return static_cast<std::uint32_t>(absl::GetWeekday(day)) + 1;
}

enum class Edge { kOpens, kCloses };

core::WallTime moment_of(const absl::TimeZone& zone, absl::CivilDay day, std::uint32_t minute, Edge edge) {
  const absl::CivilMinute local =
      absl::CivilMinute(day) + static_cast<absl::civil_diff_t>(minute);  // 1440: the next midnight
  const absl::TimeZone::TimeInfo info = zone.At(absl::CivilSecond(local));
  absl::Time at = info.pre;
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) at = info.trans;
  if (info.kind == absl::TimeZone::TimeInfo::REPEATED && edge == Edge::kCloses) at = info.post;
  return core::WallTime(core::Micros(absl::ToUnixMicros(at)));
}

}  // namespace

bool is_time_zone(const std::string& name) {
  absl::TimeZone zone;
  return load_zone(name, zone);
}

std::optional<core::WallTime> closed_until(const v1::Service& service, core::WallTime now) {
  if (service.opening_hours().empty()) return std::nullopt;
  absl::TimeZone zone;
  if (!load_zone(service.time_zone(), zone)) return std::nullopt;
  const absl::CivilDay today(zone.At(absl::FromUnixMicros(now.time_since_epoch().count())).cs);
  std::optional<core::WallTime> opens;
  // From the day before, whose last span may still go on where the clocks were changed.
  for (int ahead = -1; ahead <= kDaysAheadMax; ++ahead) {
    const absl::CivilDay day = today + ahead;
    for (const v1::OpeningHours& hours : service.opening_hours()) {
      if (hours.weekday() != weekday_of(day)) continue;
      const core::WallTime from = moment_of(zone, day, hours.opens_minute(), Edge::kOpens);
      const core::WallTime to = moment_of(zone, day, hours.closes_minute(), Edge::kCloses);
      if (from >= to) continue;
      if (from <= now && now < to) return std::nullopt;
      if (from > now && (!opens || from < *opens)) opens = from;
    }
    if (opens && ahead >= 1) break;
  }
  return opens;
}

}  // namespace gjallar::domain
