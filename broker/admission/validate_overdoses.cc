#include "broker/admission/checks.h"
#include "broker/core/clock.h"
#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/overdoses.h"

namespace gjallar::admission {
namespace {

/// More in one municipality and day is a slip of the keyboard.
constexpr std::uint32_t kOverdosesMax = 10'000;

core::Result<void> check_period(const FieldPath& path, const v1::CountOverdoses& count) {
  if (!count.has_from()) return missing(FieldPath(path, "from"), "Say when the period begins.");
  if (!count.has_to()) return missing(FieldPath(path, "to"), "Say when the period ends.");
  GJALLAR_TRY(check_time(FieldPath(path, "from"), count.from()));
  GJALLAR_TRY(check_time(FieldPath(path, "to"), count.to()));
  const core::WallTime from = core::from_timestamp(count.from());
  const core::WallTime to = core::from_timestamp(count.to());
  if (from.time_since_epoch().count() < 0)
    return invalid(FieldPath(path, "from"), "The period is before 1970.", "Check the year.");
  if (to <= from)
    return invalid(FieldPath(path, "to"), "The period ends before it begins.", "Check both times.");
  if (to - from > domain::kOverdoseDay) {
    return invalid(FieldPath(path, "to"), "The period is longer than 24 hours.",
                   "Send a count for each day.");
  }
  return {};
}

core::Result<void> check_number(const FieldPath& path, std::uint32_t number) {
  if (number <= kOverdosesMax) return {};
  return invalid(path, "This is more than 10,000 in a day.", "Check the number.");
}

}  // namespace

core::Result<void> check_overdoses(const FieldPath& path, const v1::CountOverdoses& count) {
  const FieldPath area(path, "area");
  if (count.area().empty()) return missing(area, "Name the municipality by its official code: SE-1280.");
  GJALLAR_TRY(domain::check_area(count.area(), area.text()));
  if (domain::find_area(count.area())->level != domain::AreaLevel::kMunicipality) {
    return invalid(area, "Overdoses are counted by municipality.",
                   "Send a count for each municipality: SE-1280, NO-4601.");
  }
  GJALLAR_TRY(check_period(path, count));
  GJALLAR_TRY(check_number(FieldPath(path, "fatal"), count.fatal()));
  GJALLAR_TRY(check_number(FieldPath(path, "not_fatal"), count.not_fatal()));
  GJALLAR_TRY(check_free_text(FieldPath(path, "source"), count.source(), core::limits::kShortFieldLengthMax,
                              Presence::kRequired, Lines::kOne));
  const v1::Status status = count.status();
  if (status == v1::STATUS_ACTUAL || status == v1::STATUS_EXERCISE || status == v1::STATUS_TEST) return {};
  return invalid(FieldPath(path, "status"), "A count is actual, an exercise or a test.",
                 "Use one of the three.");
}

}  // namespace gjallar::admission
