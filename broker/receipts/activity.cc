#include "broker/receipts/activity.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/status_class.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/alert_rows.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"

namespace gjallar::receipts {
namespace {

/// 00:00 UTC on the first of the month.
core::WallTime month_of(core::WallTime time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return std::chrono::sys_days(day.year() / day.month() / 1);
}

bool is_asked_for(const v1::Service& service, const v1::ListServiceActivityRequest& request) {
  const auto& areas = service.areas();
  const auto& roles = service.roles();
  const bool area =
      request.area().empty() || std::any_of(areas.begin(), areas.end(), [&request](const std::string& own) {
        return domain::areas_meet(own, request.area());
      });
  // Who only escalates confirms nothing, and isn't silent for it.
  if (request.role().empty()) return area && !domain::only_escalates(service);
  return area && std::count(roles.begin(), roles.end(), request.role()) > 0;
}

/// When a human there last did anything, for the order; the beginning of time if never.
core::WallTime last_heard_of(const v1::ServiceActivity& activity) {
  core::WallTime last = core::WallTime::min();
  if (activity.has_last_acknowledged())
    last = std::max(last, core::from_timestamp(activity.last_acknowledged()));
  if (activity.has_last_reported()) last = std::max(last, core::from_timestamp(activity.last_reported()));
  return last;
}

}  // namespace

Activity::Activity(ActivitySources sources, bool exercises, Surroundings surroundings)
    : sources_(std::move(sources)),
      exercises_(exercises),
      surroundings_(std::move(surroundings)),
      snapshot_(sources_.log.snapshot()) {}

core::Result<std::unique_ptr<Activity>> Activity::begin(ActivitySources sources,
                                                        const domain::Principal& principal,
                                                        const v1::ListServiceActivityRequest& request,
                                                        Surroundings surroundings) {
  const domain::Rights& rights = principal.rights;
  if (rights.view != domain::Scope::kAny && !rights.assess && !rights.operate && !rights.audit) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "list_service_activity",
                            "This needs the right to view any alert, to assess, to operate or to audit.",
                            "Ask the operator.");
  }
  GJALLAR_TRY(projections::check_filters(request, sources.roles));
  std::unique_ptr<Activity> activity(
      new Activity(std::move(sources), request.exercises(), std::move(surroundings)));
  GJALLAR_TRY(activity->set_period(request));
  GJALLAR_TRY(activity->list_services(request));
  return activity;
}

core::Result<void> Activity::set_period(const v1::ListServiceActivityRequest& request) {
  core::WallTime from = month_of(surroundings_.now);
  if (request.has_from()) {
    GJALLAR_TRY(projections::check_time_filter(request.from(), "from"));
    from = core::from_timestamp(request.from());
  }
  const auto before = projections::seq_at(*snapshot_, from - core::Micros(1));
  if (!before) return before.error();
  next_ = before.value() + 1;
  last_ = snapshot_->head().seq;
  if (!request.has_to()) return {};
  GJALLAR_TRY(projections::check_time_filter(request.to(), "to"));
  const core::WallTime to = core::from_timestamp(request.to());
  if (to <= from) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "to", "The period ends before it begins.",
                            "Send a later end, or an earlier start.");
  }
  const auto end = projections::seq_at(*snapshot_, to - core::Micros(1));
  if (!end) return end.error();
  last_ = end.value();
  return {};
}

core::Result<void> Activity::list_services(const v1::ListServiceActivityRequest& request) {
  const auto directory = projections::directory_as_of(*snapshot_, snapshot_->head().seq);
  if (!directory) return directory.error();
  directory.value().for_each([&](const v1::DirectoryEntry& entry) {
    const v1::Service& service = entry.service();
    if (service.service_id().empty() || !entry.enabled() || !is_asked_for(service, request)) return;
    Service one;
    one.number = entry.number();
    one.activity.set_service_id(service.service_id());
    one.activity.set_service_name(service.name());
    one.activity.set_online(surroundings_.connected.count(service.service_id()) != 0);
    services_.push_back(std::move(one));
  });
  return {};
}

core::Result<bool> Activity::step() {
  const auto unread = sources_.reports.read_on(*snapshot_, core::limits::kBulkSliceRecords);
  if (!unread) return unread.error();
  if (unread.value()) return true;
  if (next_ <= last_) {
    GJALLAR_TRY(find_urgent());
    return true;
  }
  if (alert_ < urgent_.size()) {
    GJALLAR_TRY(count_urgent());
    return true;
  }
  GJALLAR_TRY(finish());
  return false;
}

core::Result<void> Activity::find_urgent() {
  const core::Seq end = std::min<core::Seq>(last_, next_ + core::limits::kBulkSliceRecords - 1);
  for (; next_ <= end; ++next_) {
    const auto event = snapshot_->read_header(next_);
    if (!event) return event.error();
    const log::Header& header = event.value().record.header;
    if (header.urgent && header.subject_kind == domain::SubjectKind::kAlert)
      GJALLAR_TRY(note_urgent(event.value()));
  }
  return {};
}

core::Result<void> Activity::note_urgent(const log::CommittedEvent& event) {
  const log::Header& header = event.record.header;
  const auto row = projections::history_of(snapshot_->rows(), header.subject, header.seq, header.seq);
  if (!row) return row.error();
  if (row.value().empty() || !row.value().front().made_version) return {};
  const auto known = urgent_by_id_.find(header.subject);
  if (known != urgent_by_id_.end()) {
    urgent_[known->second].targets |= event.targets;
    return {};
  }
  const auto alert = projections::alert_row(snapshot_->rows(), header.subject);
  if (!alert) return alert.error();
  if (!alert.value()) return {};
  const domain::StatusClass status = domain::status_class(alert.value()->alert.content().status());
  const bool exercise = status == domain::StatusClass::kExercise || status == domain::StatusClass::kTest;
  if (exercises_ ? !exercise : status != domain::StatusClass::kReal) return {};
  urgent_by_id_.emplace(header.subject, urgent_.size());
  urgent_.push_back({header.subject, header.seq, event.targets});
  return {};
}

core::Result<void> Activity::count_urgent() {
  if (service_ == 0) {
    const UrgentAlert& alert = urgent_[alert_];
    const auto events =
        projections::history_of(snapshot_->rows(), alert.alert_id, alert.first, snapshot_->head().seq);
    if (!events) return events.error();
    alert_events_.clear();
    for (const auto& event : events.value())
      alert_events_.push_back(event.seq);
  }
  const std::size_t end = std::min(services_.size(), service_ + core::limits::kBulkSliceRecords);
  for (; service_ < end; ++service_)
    GJALLAR_TRY(count_for(services_[service_]));
  if (service_ < services_.size()) return {};
  service_ = 0;
  ++alert_;
  return {};
}

core::Result<void> Activity::count_for(Service& service) {
  if (!urgent_[alert_].targets.contains(service.number)) return {};
  bool received = false;
  bool acknowledged = false;
  for (const core::Seq seq : alert_events_) {
    const auto stages = sources_.receipts.stages(service.number, seq);
    if (!stages) return stages.error();
    acknowledged = acknowledged || stages.value().acknowledged.has_value();
    received = received || acknowledged || stages.value().received.has_value();
    if (acknowledged) break;
  }
  v1::ServiceActivity& activity = service.activity;
  activity.set_urgent_alerts(activity.urgent_alerts() + 1);
  if (received) activity.set_urgent_received(activity.urgent_received() + 1);
  if (acknowledged) activity.set_urgent_acknowledged(activity.urgent_acknowledged() + 1);
  return {};
}

core::Result<void> Activity::finish() {
  std::map<std::string, core::WallTime> reported;
  for (const auto& entry : sources_.reports.last()) {
    const std::string service = sources_.service_of ? sources_.service_of(entry.first) : std::string();
    if (service.empty()) continue;
    core::WallTime& last = reported.try_emplace(service, entry.second).first->second;
    last = std::max(last, entry.second);
  }
  for (Service& service : services_) {
    const auto last = sources_.receipts.last_receipts(service.number);
    if (!last) return last.error();
    v1::ServiceActivity& activity = service.activity;
    if (last.value().received) *activity.mutable_last_received() = core::to_timestamp(*last.value().received);
    if (last.value().acknowledged)
      *activity.mutable_last_acknowledged() = core::to_timestamp(*last.value().acknowledged);
    const auto found = reported.find(activity.service_id());
    if (found != reported.end()) *activity.mutable_last_reported() = core::to_timestamp(found->second);
  }
  std::sort(services_.begin(), services_.end(), [](const Service& a, const Service& b) {
    const auto order = [](const Service& service) {
      return std::make_pair(last_heard_of(service.activity), std::cref(service.activity.service_id()));
    };
    return order(a) < order(b);
  });
  return {};
}

v1::ListServiceActivityResponse Activity::take() {
  v1::ListServiceActivityResponse response;
  for (Service& service : services_)
    response.add_services()->Swap(&service.activity);
  return response;
}

}  // namespace gjallar::receipts
