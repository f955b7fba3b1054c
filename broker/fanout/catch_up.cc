#include "broker/fanout/catch_up.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "broker/core/fault.h"
#include "broker/core/limits.h"
#include "broker/projections/alert_rows.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"

namespace gjallar::fanout {
namespace {

using core::Fault;
using core::faulty;
using core::limits::kCatchUpSliceEvents;
using core::limits::kRecentSeqs;
using core::limits::kUrgentFirstAlertsMax;
using core::limits::kUrgentFirstMax;

/// Whether an event concerns the interest, from its header; `targeted` is known already if the interest names
/// a service.
core::Result<bool> header_concerns(const log::LogSnapshot& snapshot, const Interest& interest,
                                   core::Seq seq) {
  const auto event = snapshot.read_header(seq);
  if (!event) return event.error();
  return concerns(event.value().targets, event.value().record.header.reach, interest);
}

/// Reads one row of column `target` for the interest's service.
core::Result<bool> row_concerns(const log::LogSnapshot& snapshot, const Interest& interest, core::Seq seq,
                                std::string_view value) {
  const auto targets = domain::ServiceSet::decode(value);
  if (!targets) return targets.error();
  if (!targets.value().contains(*interest.service)) return false;
  if (!interest.filter) return true;
  return header_concerns(snapshot, interest, seq);
}

/// Whether it is the registration of the interest's service.
bool is_registration(const log::Header& header, const Interest& interest) {
  return header.type == gjallar::v1::EVENT_TYPE_SERVICE_REGISTERED && header.subject == interest.service_id;
}

/// Seq of the event that made an alert's current version, if it is urgent news for the interest: the alert is
/// urgent, or was retracted. Else 0.
core::Result<core::Seq> urgent_version(const log::LogSnapshot& snapshot, const Interest& interest,
                                       const std::string& alert_id) {
  const auto found = projections::alert_row(snapshot.rows(), alert_id);
  if (!found) return found.error();
  if (!found.value()) return core::Seq{0};
  const gjallar::v1::Alert& alert = found.value()->alert;
  const bool urgent =
      alert.phase() == gjallar::v1::PHASE_LIVE && alert.level() == gjallar::v1::GRADE_LEVEL_URGENT;
  const bool retracted = alert.phase() == gjallar::v1::PHASE_RETRACTED;
  if (!urgent && !retracted && !faulty(Fault::kUrgentFirstStale)) return core::Seq{0};
  const auto seq = projections::seq_of_version(snapshot.rows(), alert_id, alert.version());
  if (!seq) return seq.error();
  if (!seq.value()) return core::Seq{0};
  const auto event = snapshot.read_header(*seq.value());
  if (!event) return event.error();
  const log::Header& header = event.value().record.header;
  return header.urgent && concerns(event.value().targets, header.reach, interest) ? header.seq : core::Seq{0};
}

/// Runs `row` over the stored targets as a scan's visitor and keeps the first error.
template <typename Row>
class RowVisitor {
 public:
  explicit RowVisitor(Row row) : row_(std::move(row)) {}
  bool operator()(std::string_view key, std::string_view value) {
    const auto seq = log::seq_of_key(key);
    if (!seq) return fail(seq.error());
    auto more = row_(seq.value(), value);
    if (!more) return fail(more.error());
    return more.value();
  }
  [[nodiscard]] const std::optional<core::Error>& error() const { return error_; }

 private:
  bool fail(core::Error error) {
    error_ = std::move(error);
    return false;
  }
  Row row_;
  std::optional<core::Error> error_;
};

/// One piece of a look back: from `from` (included) to before `until`, so many records at most.
struct Piece {
  core::Seq from = 0;
  core::Seq until = 0;
  core::Seq records_max = kCatchUpScanMax;
};

/// Shows `look` the headers of what concerned the interest's service, newest first, until it says false or
/// fails. Returns where to go on; `until`: nothing more is to be found.
template <typename Look>
core::Result<core::Seq> look_back_over(const log::LogSnapshot& snapshot, const Interest& interest,
                                       const Piece& piece, const Look& look) {
  if (piece.from <= piece.until) return piece.until;
  const core::Seq last =
      piece.from - piece.until > piece.records_max ? piece.from - piece.records_max : piece.until;
  bool complete = faulty(Fault::kLookBackCutShort);
  RowVisitor visitor([&](core::Seq seq, std::string_view value) -> core::Result<bool> {
    if (seq <= last) return false;
    const auto concerned = row_concerns(snapshot, interest, seq, value);
    if (!concerned) return concerned.error();
    if (!concerned.value()) return true;
    const auto event = snapshot.read_header(seq);
    if (!event) return event.error();
    const core::Result<bool> more = look(event.value().record.header);
    if (!more) return more.error();
    if (!more.value()) complete = true;
    return more.value();
  });
  GJALLAR_TRY(snapshot.rows().scan_back(log::Column::kTarget, log::seq_key(piece.from), std::ref(visitor)));
  if (visitor.error()) return *visitor.error();
  return complete ? piece.until : last;
}

}  // namespace

core::Result<ConcernedSeqs> concerned_after(const log::LogSnapshot& snapshot, const Interest& interest,
                                            core::Seq after) {
  const core::Seq head = snapshot.head().seq;
  if (after >= head) {
    return core::make_error(gjallar::v1::ERROR_CODE_INTERNAL, "", "The log ends before what is asked of it.",
                            "Reconnect.");
  }
  ConcernedSeqs found;
  found.up_to = std::min(head, after + kCatchUpScanMax);
  if (!interest.service) {
    for (core::Seq seq = after + 1; seq <= found.up_to; ++seq) {
      const auto concerned = header_concerns(snapshot, interest, seq);
      if (!concerned) return concerned.error();
      if (!concerned.value()) continue;
      found.seqs.push_back(seq);
      if (found.seqs.size() == kCatchUpSliceEvents) found.up_to = seq;
    }
    return found;
  }
  RowVisitor visitor([&](core::Seq seq, std::string_view value) -> core::Result<bool> {
    const auto concerned = row_concerns(snapshot, interest, seq, value);
    if (!concerned) return concerned.error();
    if (concerned.value()) found.seqs.push_back(seq);
    if (found.seqs.size() < kCatchUpSliceEvents) return true;
    found.up_to = seq;
    return false;
  });
  GJALLAR_TRY(snapshot.rows().scan(log::Column::kTarget, log::seq_key(after + 1),
                                   log::seq_key(found.up_to + 1), std::ref(visitor)));
  if (visitor.error()) return *visitor.error();
  return found;
}

core::Result<core::Seq> look_back(const log::LogSnapshot& snapshot, const Interest& interest, core::Seq from,
                                  std::vector<core::Seq>& found, core::Seq piece) {
  if (interest.service) {
    return look_back_over(snapshot, interest, {from, 0, piece}, [&](const log::Header& header) {
      found.push_back(header.seq);
      return core::Result<bool>(!is_registration(header, interest) && found.size() < kRecentSeqs);
    });
  }
  const core::Seq last = from > piece ? from - piece : 0;  // not looked at in this piece
  for (core::Seq seq = from; seq > last && found.size() < kRecentSeqs; --seq) {
    const auto concerned = header_concerns(snapshot, interest, seq);
    if (!concerned) return concerned.error();
    if (concerned.value()) found.push_back(seq);
  }
  return found.size() < kRecentSeqs ? last : 0;
}

core::Result<bool> holds(const log::LogSnapshot& snapshot, const SeenHead& seen) {
  if (seen.seq == 0 || seen.seq > snapshot.head().seq) return seen.seq == 0;
  const auto event = snapshot.read_header(seen.seq);
  if (!event) return event.error();
  return event.value().record.hash == seen.hash || faulty(Fault::kForkUnnoticed);
}

core::Result<core::Seq> look_back_urgent(const log::LogSnapshot& snapshot, const Interest& interest,
                                         core::Seq from, core::Seq after, UrgentNews& news, core::Seq piece) {
  const auto look = [&](const log::Header& header) -> core::Result<bool> {
    if (!header.urgent || !news.alerts.insert(header.subject).second) return true;
    const auto current = urgent_version(snapshot, interest, header.subject);
    if (!current) return current.error();
    if (current.value() > after) news.seqs.push_back(current.value());
    return news.seqs.size() < kUrgentFirstMax && news.alerts.size() < kUrgentFirstAlertsMax;
  };
  return look_back_over(snapshot, interest, {from, after, piece}, look);
}

core::Result<core::Seq> look_back_retracted(const log::LogSnapshot& snapshot, const Interest& interest,
                                            core::Seq from, core::WallTime not_before, UrgentNews& news,
                                            core::Seq piece) {
  const auto look = [&](const log::Header& header) -> core::Result<bool> {
    if (header.time < not_before && !faulty(Fault::kRetractionsForEver)) return false;
    const bool told = header.type == gjallar::v1::EVENT_TYPE_ALERT_RETRACTED;
    if (told && !faulty(Fault::kRetractionsUntold)) news.seqs.push_back(header.seq);
    return news.seqs.size() < kUrgentFirstMax;
  };
  return look_back_over(snapshot, interest, {from, 0, piece}, look);
}

core::Result<std::vector<gjallar::v1::State>> read_states(const log::LogSnapshot& snapshot,
                                                          const Interest& interest,
                                                          const gjallar::v1::DirectoryEntry* service,
                                                          StateScope scope) {
  std::vector<projections::AlertAt> alerts;
  if (interest.receiving()) {
    if (service == nullptr) return std::vector<gjallar::v1::State>();
    auto live = projections::live_alerts_for(snapshot.rows(), *service);
    if (!live) return live.error();
    alerts = std::move(live.value());
  } else {
    GJALLAR_TRY(projections::for_each_live(snapshot.rows(), [&](const projections::AlertAt& at) {
      const domain::MatchKeys keys = domain::match_keys_of(at.alert);
      const bool own = !interest.service || at.targeted.contains(*interest.service) ||
                       (service != nullptr && domain::matches(keys, *service));
      if (own && interest.filter && domain::concerns(keys, *interest.filter)) alerts.push_back(at);
      return true;
    }));
    std::stable_sort(alerts.begin(), alerts.end(),
                     [](const projections::AlertAt& a, const projections::AlertAt& b) {
                       return a.alert.level() > b.alert.level();
                     });
  }
  std::vector<gjallar::v1::State> states;
  for (projections::AlertAt& at : alerts) {
    if (scope == StateScope::kUntargeted && interest.service && at.targeted.contains(*interest.service))
      continue;
    // A notice or an escalation since then concerned others: a receipt for it would count for nothing.
    const auto shared = projections::last_shared_seq(snapshot.rows(), at.alert.alert_id(), at.seq);
    if (!shared) return shared.error();
    gjallar::v1::State& state = states.emplace_back();
    *state.mutable_alert() = std::move(at.alert);
    state.set_seq(shared.value());
  }
  return states;
}

}  // namespace gjallar::fanout
