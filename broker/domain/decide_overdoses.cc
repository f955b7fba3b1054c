#include <algorithm>
#include <utility>

#include "broker/domain/area.h"
#include "broker/domain/authority.h"
#include "broker/domain/content_change.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/neighbours.h"
#include "broker/domain/role.h"

namespace gjallar::domain {
namespace {

/// Whether the principal may count there: within its policy's areas, or where its service works.
core::Result<void> check_may_count(const Principal& principal, const std::string& area,
                                   const Directory& directory) {
  const Rights& rights = principal.rights;
  if (rights.assess) return {};
  if (rights.issue) {
    const bool inside = rights.issue_areas.empty() ||
                        std::any_of(rights.issue_areas.begin(), rights.issue_areas.end(),
                                    [&area](const std::string& allowed) { return contains(allowed, area); });
    if (inside) return {};
  }
  if (rights.observe && principal.service) {
    if (const v1::DirectoryEntry* entry = directory.find(principal.service->value())) {
      const auto& own = entry->service().areas();
      const bool there = std::any_of(own.begin(), own.end(),
                                     [&area](const std::string& works) { return areas_meet(works, area); });
      if (entry->enabled() && there) return {};
    }
  }
  return permission_denied("count_overdoses.area", "This principal may not count overdoses there.",
                           "Count where your service works, or ask the operator for the right.");
}

OverdoseEntry entry_of(const v1::CountOverdoses& count) {
  OverdoseEntry entry;
  entry.area = count.area();
  entry.source = count.source();
  entry.from = core::from_timestamp(count.from());
  entry.to = core::from_timestamp(count.to());
  entry.fatal = count.fatal();
  entry.not_fatal = count.not_fatal();
  return entry;
}

NewEvent area_event(v1::EventType type, std::string area) {
  NewEvent event;
  event.type = type;
  event.subject_kind = SubjectKind::kArea;
  event.subject = std::move(area);
  return event;
}

/// For the coordinators of the county and of those next to it.
NewEvent hint_event(v1::OverdoseHint hint) {
  NewEvent event = area_event(v1::EVENT_TYPE_OVERDOSE_HINT, hint.area());
  MatchKeys& keys = event.reach.after;
  keys.present = true;
  keys.level = v1::GRADE_LEVEL_WARNING;
  MatchGroup& group = keys.groups.emplace_back();
  group.areas.push_back(hint.area());
  for (const std::string_view next : neighbours(hint.area()))
    group.areas.emplace_back(next);
  group.roles.emplace_back(kCoordinatorRole);
  *event.payload.mutable_hint() = std::move(hint);
  return event;
}

}  // namespace

Decision decide_count_overdoses(const Principal& principal, const v1::CountOverdoses& count,
                                const Situation& situation) {
  GJALLAR_TRY(check_may_count(principal, count.area(), *situation.directory));
  const OverdoseEntry entry = entry_of(count);
  if (entry.to > situation.now + kClockDifferenceMax) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "count_overdoses.to",
                            "The period ends in the future.", "Count once it is over.");
  }
  OverdoseSituation after;
  if (situation.overdoses != nullptr) after = *situation.overdoses;
  const auto held = std::find_if(after.entries.begin(), after.entries.end(),
                                 [&entry](const OverdoseEntry& other) { return other.same_as(entry); });
  if (held == after.entries.end()) {
    after.entries.push_back(entry);
  } else if (held->fatal == entry.fatal && held->not_fatal == entry.not_fatal) {
    return nothing_to_change("count_overdoses");
  } else {
    *held = entry;
  }

  std::vector<NewEvent> events;
  NewEvent& counted = events.emplace_back(area_event(v1::EVENT_TYPE_OVERDOSES_COUNTED, count.area()));
  v1::OverdoseCount& told = *counted.payload.mutable_overdoses();
  told.set_area(count.area());
  *told.mutable_from() = count.from();
  *told.mutable_to() = count.to();
  told.set_fatal(count.fatal());
  told.set_not_fatal(count.not_fatal());
  told.set_source(count.source());
  told.set_status(count.status());
  static const OwnThresholds kNone;
  const OwnThresholds& own =
      situation.overdose_thresholds != nullptr ? *situation.overdose_thresholds : kNone;
  for (v1::OverdoseHint& hint :
       overdose_hints(after, county_of(count.area()), own, entry.to, situation.now, count.status())) {
    events.push_back(hint_event(std::move(hint)));
  }
  return events;
}

}  // namespace gjallar::domain
