#include <algorithm>
#include <utility>
#include <vector>

#include "broker/core/limits.h"
#include "broker/domain/concerns.h"
#include "broker/log/record.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/alert_rows.h"
#include "broker/projections/candidates.h"
#include "broker/projections/history.h"
#include "broker/projections/page_token.h"
#include "broker/projections/queries.h"
#include "broker/projections/viewer.h"

namespace gjallar::projections {
namespace {

/// Where a page begins.
struct Start {
  core::Seq seq = 0;
  std::size_t offset = 0;
};

/// A page token holds the moment of the first page, so that all pages are of one view.
core::Result<Start> start_of(const log::LogSnapshot& snapshot, const v1::ListAlertsRequest& request) {
  if (request.page_token().empty()) {
    const auto seq = resolve_moment(snapshot, request.as_of());
    if (!seq) return seq.error();
    return Start{seq.value(), 0};
  }
  const auto token = parse_page_token(request.page_token());
  if (!token || token->seq > snapshot.head().seq) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "page_token",
                            "The page token isn't one of this log.",
                            "Use next_page_token of the answer before, or leave it out to begin anew.");
  }
  return Start{token->seq, static_cast<std::size_t>(token->offset)};
}

core::Result<std::size_t> page_size_of(const v1::ListAlertsRequest& request) {
  if (request.page_size() > core::limits::kPageSizeMax) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "page_size", "The page is larger than 1,000.",
                            "Ask for at most 1,000 and go on with next_page_token.");
  }
  return request.page_size() == 0 ? core::limits::kPageSizeDefault : request.page_size();
}

}  // namespace

core::Result<core::Seq> resolve_moment(const log::LogSnapshot& snapshot, const v1::Moment& moment) {
  const core::Seq head = snapshot.head().seq;
  switch (moment.moment_case()) {
    case v1::Moment::kSeq:
      if (moment.seq() > head) {
        return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "as_of.seq",
                                "The log doesn't reach that far yet.",
                                "Its head is " + std::to_string(head) + ".");
      }
      return moment.seq();
    case v1::Moment::kTime:
      GJALLAR_TRY(check_time_filter(moment.time(), "as_of.time"));
      return seq_at(snapshot, core::from_timestamp(moment.time()));
    case v1::Moment::MOMENT_NOT_SET:
      break;
  }
  return head;
}

core::Result<v1::ListAlertsResponse> list_alerts(const log::LogSnapshot& snapshot,
                                                 const domain::Principal& principal,
                                                 const v1::ListAlertsRequest& request) {
  const auto size = page_size_of(request);
  if (!size) return size.error();
  const auto start = start_of(snapshot, request);
  if (!start) return start.error();
  const auto viewer = Viewer::at(snapshot, principal, start.value().seq);
  if (!viewer) return viewer.error();
  const auto filter = AlertFilter::of(snapshot, viewer.value(), request, start.value().seq);
  if (!filter) return filter.error();

  std::vector<AlertAt> found;
  GJALLAR_TRY(for_each_candidate(snapshot, request, start.value().seq, [&](AlertAt&& at) {
    if (filter.value().passes(at) && viewer.value().sees(at)) found.push_back(std::move(at));
  }));
  std::sort(found.begin(), found.end(),
            [](const AlertAt& a, const AlertAt& b) { return shown_before(a.alert, b.alert); });

  v1::ListAlertsResponse response;
  response.set_as_of_seq(start.value().seq);
  const std::size_t begin = std::min(found.size(), start.value().offset);
  const std::size_t end = std::min(found.size(), begin + size.value());
  for (std::size_t i = begin; i < end; ++i)
    response.add_alerts()->Swap(&found[i].alert);
  if (end < found.size()) response.set_next_page_token(to_text(PageToken{start.value().seq, end}));
  return response;
}

core::Result<v1::GetAlertResponse> get_alert(const log::LogSnapshot& snapshot,
                                             const domain::Principal& principal,
                                             const v1::GetAlertRequest& request) {
  const auto seq = resolve_moment(snapshot, request.as_of());
  if (!seq) return seq.error();
  const auto id = find_alert_id(snapshot.rows(), request.alert_id());
  if (!id) return id.error();
  if (!id.value()) return no_such_alert("alert_id");
  auto at = seq.value() == snapshot.head().seq ? alert_row(snapshot.rows(), *id.value())
                                               : alert_as_of(snapshot, *id.value(), seq.value());
  if (!at) return at.error();
  const auto viewer = Viewer::at(snapshot, principal, seq.value());
  if (!viewer) return viewer.error();
  if (!at.value() || !viewer.value().sees(*at.value())) return no_such_alert("alert_id");
  v1::GetAlertResponse response;
  response.mutable_alert()->Swap(&at.value()->alert);
  response.set_seq(at.value()->seq);
  return response;
}

core::Result<v1::GetHistoryResponse> get_history(const log::LogSnapshot& snapshot,
                                                 const domain::Principal& principal,
                                                 const v1::GetHistoryRequest& request) {
  const auto at = find_alert(snapshot.rows(), request.alert_id());
  if (!at) return at.error();
  const auto viewer = Viewer::at(snapshot, principal, snapshot.head().seq);
  if (!viewer) return viewer.error();
  if (!at.value() || !viewer.value().sees(*at.value())) return no_such_alert("alert_id");
  const bool all = viewer.value().sees_all_of(at.value()->alert);
  const auto rows = history_of(snapshot.rows(), at.value()->alert.alert_id(), 1, snapshot.head().seq);
  if (!rows) return rows.error();
  v1::GetHistoryResponse response;
  for (const keys::History& row : rows.value()) {
    const auto event = snapshot.read(row.seq);
    if (!event) return event.error();
    // A service sees the events it was told of, and the last: that is how the alert stands, which it may see.
    // A notice is for those it names.
    const bool last = row.seq == at.value()->seq && !domain::names_only(row.type);
    if (!all && !last && !viewer.value().was_told(event.value().targets)) continue;
    auto shown = log::to_event(event.value().record);
    if (!shown) return shown.error();
    response.add_events()->Swap(&shown.value());
  }
  return response;
}

}  // namespace gjallar::projections
