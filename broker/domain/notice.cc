#include <algorithm>
#include <utility>

#include "broker/domain/decide_parts.h"
#include "broker/domain/link_cover.h"

namespace gjallar::domain {

NewEvent notice_event(const v1::Alert& alert, v1::Notice notice, std::vector<std::string> services) {
  std::sort(services.begin(), services.end());
  services.erase(std::unique(services.begin(), services.end()), services.end());
  services.erase(std::remove(services.begin(), services.end(), std::string()), services.end());
  NewEvent event;
  event.type = v1::EVENT_TYPE_ALERT_NOTICE;
  event.subject_kind = SubjectKind::kAlert;
  event.subject = alert.alert_id();
  event.version = alert.version();
  event.urgent = alert.phase() == v1::PHASE_LIVE && alert.level() == v1::GRADE_LEVEL_URGENT;
  event.reach.after = match_keys_naming(std::move(services));
  event.reach.after.level = alert.level();
  *event.payload.mutable_alert() = alert;
  *event.payload.mutable_notice() = std::move(notice);
  return event;
}

void add_coordinators(NewEvent& notice) {
  add_coordinators(notice, areas_concerned(notice.payload.alert()));
}

void add_coordinators(NewEvent& notice, std::vector<std::string> areas) {
  if (!areas.empty()) notice.reach.after.groups.push_back(coordinators_of(std::move(areas)));
}

}  // namespace gjallar::domain
