#include "broker/projections/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "broker/core/limits.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"
#include "broker/projections/queries.h"
#include "broker/projections/services.h"
#include "broker/projections/viewer.h"

namespace gjallar::projections {
namespace {

/// Headers looked at in one slice. One that isn't wanted costs less than an eighth of an event that is handed
/// on.
constexpr core::Seq kHeadersPerSlice = 8 * core::limits::kBulkSliceRecords;

/// The first seq at a moment, which is the request's `from`, or after it.
core::Result<core::Seq> first_seq(const log::LogSnapshot& snapshot, const v1::Moment& moment) {
  if (moment.moment_case() == v1::Moment::kSeq) return std::max<core::Seq>(1, moment.seq());
  if (moment.moment_case() == v1::Moment::MOMENT_NOT_SET) return core::Seq{1};
  GJALLAR_TRY(check_time_filter(moment.time(), "from.time"));
  const auto before = seq_at(snapshot, core::from_timestamp(moment.time()) - core::Micros(1));
  if (!before) return before.error();
  return before.value() + 1;
}

/// A seq and a time aren't compared: from a seq on up to now is a question whose answer may be nothing.
bool ends_before_it_begins(const v1::ReplayRequest& request) {
  const v1::Moment& from = request.from();
  const v1::Moment& to = request.to();
  if (from.moment_case() != to.moment_case()) return false;
  if (from.has_seq()) return to.seq() < from.seq();
  return from.has_time() && core::from_timestamp(to.time()) < core::from_timestamp(from.time());
}

core::Error unparsable(core::Seq seq) {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "",
                          fmt::format("The payload of event {} can't be parsed.", seq),
                          "Stop the broker, keep a copy of the data folder and restore a backup.");
}

/// The event without the hashes of its token.
core::Result<void> hide_hashes(core::Seq seq, std::string& bytes) {
  v1::Event event;
  if (!event.ParseFromString(bytes)) return unparsable(seq);
  if (!event.has_payload()) return {};
  v1::TokenEntry& token = *event.mutable_payload()->mutable_token();
  token.clear_secret_sha256();
  token.clear_previous_sha256();
  bytes = event.SerializeAsString();
  return {};
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

core::Result<Replay> Replay::begin(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                                   const v1::ReplayRequest& request) {
  if (!principal.rights.operate && !principal.rights.audit) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "replay", "You may not replay the log.",
                            "Ask the operator for the right to operate or to audit.");
  }
  const auto range = resolve_range(snapshot, request);
  if (!range) return range.error();
  GJALLAR_TRY(check_area_filter(request.area(), "area"));
  Replay replay;
  replay.next_ = range.value().from;
  replay.to_ = range.value().to;
  replay.view_ = domain::ViewFilter{request.area(), request.role()};
  replay.filters_view_ = !(replay.view_ == domain::ViewFilter{});
  replay.types_.assign(request.types().begin(), request.types().end());
  replay.may_assess_ = principal.rights.assess;
  replay.may_operate_ = principal.rights.operate;
  if (!request.service_id().empty()) {
    const auto service = find_service(snapshot.rows(), request.service_id());
    if (!service) return service.error();
    if (!service.value()) return no_such_service("service_id");
    replay.service_ = service.value()->entry().number();
  }
  if (!request.alert_id().empty()) GJALLAR_TRY(replay.find_alert(snapshot, request.alert_id()));
  return replay;
}

core::Result<void> Replay::find_alert(const log::LogSnapshot& snapshot, const std::string& id_or_reference) {
  auto id = find_alert_id(snapshot.rows(), id_or_reference);
  if (!id) return id.error();
  if (!id.value()) return no_such_alert("alert_id");
  alert_id_ = std::move(*id.value());
  const auto rows = history_of(snapshot.rows(), alert_id_, next_, to_);
  if (!rows) return rows.error();
  for (const keys::History& row : rows.value())
    of_alert_.push_back(row.seq);
  return {};
}

bool Replay::wants(const log::HeaderView& header) const {
  if (!types_.empty() &&
      std::find(types_.begin(), types_.end(), static_cast<int>(header.type)) == types_.end())
    return false;
  const bool about_alert = header.subject_kind == domain::SubjectKind::kAlert;
  if (!alert_id_.empty() && (!about_alert || header.subject != alert_id_)) return false;
  return !filters_view_ || (about_alert && log::concerns(header, view_));
}

core::Result<void> Replay::write_bytes(const log::StoredEvent& event) {
  bytes_.clear();
  // Overdose counts as they were sent are for those who assess.
  const bool may_read = may_assess_ || event.header.type != v1::EVENT_TYPE_OVERDOSES_COUNTED;
  GJALLAR_TRY(log::append_event(event, may_read, bytes_));
  if (event.header.subject_kind != domain::SubjectKind::kToken || may_operate_) return {};
  return hide_hashes(event.header.seq, bytes_);
}

core::Result<void> Replay::read_slice(const log::LogSnapshot& snapshot, const Visit& visit) {
  if (done()) return {};
  std::size_t left = core::limits::kBulkSliceRecords;
  core::Seq stopped_at = 0;
  core::Result<void> written;
  log::Selection selection;
  selection.wanted = [this](const log::HeaderView& header) { return wants(header); };
  selection.service = service_;
  selection.visit = [&](const log::StoredEvent& event) {
    written = write_bytes(event);
    const bool more = written && visit({event.header.seq, event.header.time, bytes_});
    if (!more || --left == 0) stopped_at = event.header.seq;
    return stopped_at == 0;
  };
  while (!alert_id_.empty()) {
    if (next_of_alert_ == of_alert_.size()) {
      next_ = to_ + 1;
      return {};
    }
    const core::Seq seq = of_alert_[next_of_alert_++];
    GJALLAR_TRY(snapshot.select(seq, seq, selection));
    GJALLAR_TRY(written);
    next_ = seq + 1;
    if (stopped_at != 0) return {};
  }
  const core::Seq last = to_ - next_ < kHeadersPerSlice ? to_ : next_ + kHeadersPerSlice - 1;
  GJALLAR_TRY(snapshot.select(next_, last, selection));
  GJALLAR_TRY(written);
  next_ = (stopped_at != 0 ? stopped_at : last) + 1;
  return {};
}

core::Result<core::Seq> replay(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                               const v1::ReplayRequest& request,
                               const std::function<bool(const v1::Event&)>& visit) {
  auto begun = Replay::begin(snapshot, principal, request);
  if (!begun) return begun.error();
  core::Seq stopped_at = 0;
  core::Result<void> parsed;
  v1::Event event;
  while (!begun->done() && stopped_at == 0) {
    GJALLAR_TRY(begun->read_slice(snapshot, [&](const ReplayedEvent& one) {
      if (!event.ParseFromArray(one.bytes.data(), static_cast<int>(one.bytes.size()))) {
        parsed = unparsable(one.seq);
        return false;
      }
      if (!visit(event)) stopped_at = one.seq;
      return stopped_at == 0;
    }));
    GJALLAR_TRY(parsed);
    std::this_thread::yield();
  }
  return stopped_at != 0 ? stopped_at : begun->to();
}

}  // namespace gjallar::projections
