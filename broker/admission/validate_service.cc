#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "broker/admission/checks.h"
#include "broker/core/limits.h"
#include "broker/domain/opening_hours.h"

namespace gjallar::admission {
namespace {

/// Seven days with four spans each.
constexpr int kOpeningHoursMax = 28;
constexpr std::size_t kTimeZoneMax = 64;
/// GET /v1/services/activity tells how services keep up.
constexpr std::string_view kReservedServiceId = "activity";
constexpr std::uint32_t kMinutesOfDay = 24 * 60;

core::Result<void> check_hours(const FieldPath& path, const v1::OpeningHours& hours) {
  if (hours.weekday() < 1 || hours.weekday() > 7) {
    return invalid(FieldPath(path, "weekday"), "This is no day of the week.",
                   "Use 1 for Monday to 7 for Sunday.");
  }
  if (hours.opens_minute() >= kMinutesOfDay) {
    return invalid(FieldPath(path, "opens_minute"), "This is no minute of the day.", "Use 0 to 1439.");
  }
  if (hours.closes_minute() > kMinutesOfDay || hours.closes_minute() <= hours.opens_minute()) {
    return invalid(FieldPath(path, "closes_minute"), "It doesn't close after it opens on the same day.",
                   "Use up to 1440, and a span of its own for each day.");
  }
  return {};
}

/// Names joined by slashes.
bool is_formed_like_a_zone(std::string_view name) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '+' || c == '/';
  };
  return name.size() <= kTimeZoneMax && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
         name.back() != '/' && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

core::Result<void> check_service(const FieldPath& path, const v1::Service& service,
                                 const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(check_service_id(FieldPath(path, "service_id"), service.service_id()));
  GJALLAR_TRY(check_free_text(FieldPath(path, "name"), service.name(), core::limits::kNameLengthMax,
                              Presence::kRequired, Lines::kOne));
  if (service.areas().empty())
    return missing(FieldPath(path, "areas"), "Say where it works: at least one area.");
  GJALLAR_TRY(check_areas(path, service.areas()));
  if (service.roles().empty())
    return missing(FieldPath(path, "roles"), "Say what it does: at least one role.");
  GJALLAR_TRY(check_roles(path, service.roles(), roles));
  GJALLAR_TRY(check_minimum_grade(FieldPath(path, "minimum_grade"), service.minimum_grade()));
  GJALLAR_TRY(check_count(FieldPath(path, "opening_hours"), service.opening_hours_size(), kOpeningHoursMax));
  for (int i = 0; i < service.opening_hours_size(); ++i) {
    GJALLAR_TRY(check_hours(FieldPath(path, "opening_hours", i), service.opening_hours(i)));
  }
  if (service.time_zone().empty()) {
    if (service.opening_hours().empty()) return {};
    return missing(FieldPath(path, "time_zone"),
                   "Say in which time zone the opening hours are: Europe/Stockholm.");
  }
  // By its form first: a name is looked for in the system's folder of zones.
  if (!is_formed_like_a_zone(service.time_zone()) || !domain::is_time_zone(service.time_zone())) {
    return invalid(FieldPath(path, "time_zone"), "This is no IANA time zone that this system knows.",
                   "Use one like Europe/Stockholm.");
  }
  return {};
}

core::Result<void> check_not_reserved(const FieldPath& path, const v1::Service& service) {
  if (service.service_id() != kReservedServiceId) return {};
  return invalid(FieldPath(path, "service_id"), "This id is a path of the HTTP interface.",
                 "Choose another one, such as activity-centre.");
}

}  // namespace gjallar::admission
