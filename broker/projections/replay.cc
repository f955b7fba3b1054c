#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/concerns.h"
#include "broker/log/record.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"
#include "broker/projections/queries.h"
#include "broker/projections/services.h"
#include "broker/projections/viewer.h"

namespace gjallar::projections {
namespace {

/// The filters of a replay, resolved at the snapshot.
struct Wanted {
  core::Seq from = 1;
  core::Seq to = 0;
  std::optional<core::ServiceNumber> service;
  domain::ViewFilter view;
  std::set<int> types;
  std::string alert_id;

  [[nodiscard]] bool has(const log::CommittedEvent& event) const {
    const log::Header& header = event.record.header;
    if (!types.empty() && types.count(static_cast<int>(header.type)) == 0) return false;
    if (!alert_id.empty() &&
        (header.subject_kind != domain::SubjectKind::kAlert || header.subject != alert_id))
      return false;
    if (service && !event.targets.contains(*service)) return false;
    if (view == domain::ViewFilter{}) return true;
    return header.subject_kind == domain::SubjectKind::kAlert && domain::concerns(header.reach, view);
  }
};

/// The first seq at a moment, which is the request's `from`, or after it.
core::Result<core::Seq> first_seq(const log::LogSnapshot& snapshot, const v1::Moment& moment) {
  if (moment.moment_case() == v1::Moment::kSeq) return std::max<core::Seq>(1, moment.seq());
  if (moment.moment_case() == v1::Moment::MOMENT_NOT_SET) return core::Seq{1};
  GJALLAR_TRY(check_time_filter(moment.time(), "from.time"));
  const auto before = seq_at(snapshot, core::from_timestamp(moment.time()) - core::Micros(1));
  if (!before) return before.error();
  return before.value() + 1;
}

core::Result<Wanted> wanted_by(const log::LogSnapshot& snapshot, const v1::ReplayRequest& request) {
  Wanted wanted;
  const auto range = resolve_range(snapshot, request);
  if (!range) return range.error();
  wanted.from = range.value().from;
  wanted.to = range.value().to;
  GJALLAR_TRY(check_area_filter(request.area(), "area"));
  wanted.view = domain::ViewFilter{request.area(), request.role()};
  for (const int type : request.types())
    wanted.types.insert(type);
  if (!request.service_id().empty()) {
    const auto service = find_service(snapshot.rows(), request.service_id());
    if (!service) return service.error();
    if (!service.value()) return no_such_service("service_id");
    wanted.service = service.value()->entry().number();
  }
  if (!request.alert_id().empty()) {
    auto id = find_alert_id(snapshot.rows(), request.alert_id());
    if (!id) return id.error();
    if (!id.value()) return no_such_alert("alert_id");
    wanted.alert_id = std::move(*id.value());
  }
  return wanted;
}

/// Hands on one event; false once there are enough.
using Show = std::function<core::Result<bool>(const log::Record&)>;

core::Result<core::Seq> replay_alert(const log::LogSnapshot& snapshot, const Wanted& wanted,
                                     const Show& show) {
  const auto rows = history_of(snapshot.rows(), wanted.alert_id, wanted.from, wanted.to);
  if (!rows) return rows.error();
  for (const keys::History& row : rows.value()) {
    const auto event = snapshot.read(row.seq);
    if (!event) return event.error();
    if (!wanted.has(event.value())) continue;
    const auto more = show(event.value().record);
    if (!more) return more.error();
    if (!more.value()) return row.seq;
  }
  return wanted.to;
}

core::Result<core::Seq> replay_records(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                                       const v1::ReplayRequest& request, const Show& show) {
  if (!principal.rights.operate && !principal.rights.audit) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "replay", "You may not replay the log.",
                            "Ask the operator for the right to operate or to audit.");
  }
  const auto wanted = wanted_by(snapshot, request);
  if (!wanted) return wanted.error();
  const Wanted& filter = wanted.value();
  if (!filter.alert_id.empty()) return replay_alert(snapshot, filter, show);
  core::Seq stopped_at = 0;
  core::Result<void> shown;
  for (core::Seq from = filter.from; from <= filter.to && stopped_at == 0;) {
    const core::Seq to = std::min<core::Seq>(filter.to, from + core::limits::kBulkSliceRecords - 1);
    GJALLAR_TRY(snapshot.for_each(from, to, [&](const log::CommittedEvent& event) {
      if (!filter.has(event)) return true;
      const auto more = show(event.record);
      if (!more) shown = more.error();
      if (!more || !more.value()) stopped_at = event.record.header.seq;
      return stopped_at == 0;
    }));
    GJALLAR_TRY(shown);
    from = to + 1;
    std::this_thread::yield();
  }
  return stopped_at != 0 ? stopped_at : filter.to;
}

/// Overdose counts as they were sent are for those who assess.
bool may_read(const domain::Principal& principal, const log::Header& header) {
  return header.type != v1::EVENT_TYPE_OVERDOSES_COUNTED || principal.rights.assess;
}

/// Tokens' hashes are for those who operate.
bool hides_hashes(const domain::Principal& principal, const log::Header& header) {
  return header.subject_kind == domain::SubjectKind::kToken && !principal.rights.operate;
}

core::Result<v1::Event> event_for(const domain::Principal& principal, const log::Record& record) {
  auto event = log::to_event(record);
  if (!event) return event.error();
  if (!may_read(principal, record.header)) event.value().clear_payload();
  if (hides_hashes(principal, record.header) && event.value().has_payload()) {
    v1::TokenEntry& token = *event.value().mutable_payload()->mutable_token();
    token.clear_secret_sha256();
    token.clear_previous_sha256();
  }
  return event;
}

/// A seq and a time aren't compared: from a seq on up to now is a question whose answer may be nothing.
bool ends_before_it_begins(const v1::ReplayRequest& request) {
  const v1::Moment& from = request.from();
  const v1::Moment& to = request.to();
  if (from.moment_case() != to.moment_case()) return false;
  if (from.has_seq()) return to.seq() < from.seq();
  return from.has_time() && core::from_timestamp(to.time()) < core::from_timestamp(from.time());
}

}  // namespace

core::Result<SeqRange> resolve_range(const log::LogSnapshot& snapshot, const v1::ReplayRequest& request) {
  const auto from = first_seq(snapshot, request.from());
  if (!from) return from.error();
  const auto to = resolve_moment(snapshot, request.to());
  if (!to) {
    core::Error error = to.error();
    if (error.field.rfind("as_of.", 0) == 0) error.field.replace(0, 5, "to");
    return error;
  }
  if (ends_before_it_begins(request)) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "to", "The replay ends before it begins.",
                            "Send a later end, or an earlier start.");
  }
  return SeqRange{from.value(), to.value()};
}

core::Result<void> check_replay_filters(const v1::ReplayRequest& request,
                                        const domain::RoleCatalogue& roles) {
  return check_filters(request, roles);
}

core::Result<core::Seq> replay(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                               const v1::ReplayRequest& request,
                               const std::function<bool(const v1::Event&)>& visit) {
  return replay_records(snapshot, principal, request, [&](const log::Record& record) -> core::Result<bool> {
    const auto event = event_for(principal, record);
    if (!event) return event.error();
    return visit(event.value());
  });
}

core::Result<core::Seq> replay_bytes(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                                     const v1::ReplayRequest& request,
                                     const std::function<bool(ReplayedEvent&&)>& visit) {
  return replay_records(snapshot, principal, request, [&](const log::Record& record) -> core::Result<bool> {
    core::Result<std::string> bytes = std::string();
    if (hides_hashes(principal, record.header)) {
      const auto event = event_for(principal, record);
      if (!event) return event.error();
      bytes = event.value().SerializeAsString();
    } else {
      bytes = log::event_bytes(record, may_read(principal, record.header));
    }
    if (!bytes) return bytes.error();
    return visit({record.header.seq, record.header.time, std::move(bytes.value())});
  });
}

}  // namespace gjallar::projections
