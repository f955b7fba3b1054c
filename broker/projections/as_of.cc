#include <utility>
#include <vector>

#include "broker/domain/concerns.h"
#include "broker/projections/alert_step.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"
#include "broker/projections/parse.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::projections {
namespace {

/// Folds an alert's events up to `seq` one after the other: what remains to be done when the payload of the
/// last was destroyed.
core::Result<v1::Alert> fold_alert(const log::LogSnapshot& snapshot, std::string_view alert_id,
                                   core::Seq seq) {
  const auto rows = history_of(snapshot.rows(), alert_id, 1, seq);
  if (!rows) return rows.error();
  std::optional<v1::Alert> alert;
  for (const keys::History& row : rows.value()) {
    const auto event = snapshot.read(row.seq);
    if (!event) return event.error();
    auto after = alert_after(alert ? &*alert : nullptr, event.value().record);
    if (!after) return after.error();
    alert = std::move(after.value());
  }
  if (!alert) return corrupt("An alert has no history.");
  return std::move(*alert);
}

/// Everyone who was told of an alert up to its event `last`, which concerned `targets`. An event concerns
/// whom any earlier one concerned, but a notice concerns only those it names: the ones before it count too.
core::Result<domain::ServiceSet> targeted_up_to(const log::LogSnapshot& snapshot, std::string_view alert_id,
                                                keys::History last, domain::ServiceSet targets) {
  while (domain::names_only(last.type)) {
    const auto before = last_event_of(snapshot.rows(), alert_id, last.seq - 1);
    if (!before) return before.error();
    if (!before.value()) return corrupt("An alert's history begins with a notice.");
    last = *before.value();
    const auto event = snapshot.read_header(last.seq);
    if (!event) return event.error();
    targets |= event.value().targets;
  }
  return targets;
}

}  // namespace

core::Result<std::vector<keys::History>> history_of(const log::RowReader& rows, std::string_view alert_id,
                                                    core::Seq from, core::Seq to) {
  std::vector<keys::History> out;
  core::Result<void> read;
  if (from > to) return out;
  GJALLAR_TRY(rows.scan(log::Column::kView, keys::history(alert_id, from),
                        log::after_prefix(keys::history(alert_id, to)),
                        [&](std::string_view key, std::string_view value) {
                          const auto row = keys::decode_history(key, value);
                          if (!row) {
                            read = row.error();
                            return false;
                          }
                          out.push_back(row.value());
                          return true;
                        }));
  GJALLAR_TRY(read);
  return out;
}

core::Result<std::optional<keys::History>> last_event_of(const log::RowReader& rows,
                                                         std::string_view alert_id, core::Seq seq) {
  std::optional<keys::History> last;
  core::Result<void> read;
  const std::string first = keys::history(alert_id, 0);
  GJALLAR_TRY(rows.scan_back(log::Column::kView, keys::history(alert_id, seq),
                             [&](std::string_view key, std::string_view value) {
                               if (key < first) return false;
                               const auto row = keys::decode_history(key, value);
                               if (row) {
                                 last = row.value();
                               } else {
                                 read = row.error();
                               }
                               return false;
                             }));
  GJALLAR_TRY(read);
  return last;
}

core::Result<core::Seq> last_shared_seq(const log::RowReader& rows, std::string_view alert_id,
                                        core::Seq seq) {
  const std::string key = keys::history(alert_id, seq);
  const auto at = rows.get(log::Column::kView, key);  // mostly that is it, and a get is cheaper than a scan
  if (!at) return at.error();
  if (at.value()) {
    const auto row = keys::decode_history(key, *at.value());
    if (!row) return row.error();
    if (!domain::names_only(row.value().type)) return seq;
  }
  while (true) {
    const auto last = last_event_of(rows, alert_id, seq);
    if (!last) return last.error();
    if (!last.value()) return corrupt("An alert's history begins with a notice.");
    if (!domain::names_only(last.value()->type)) return last.value()->seq;
    seq = last.value()->seq - 1;
  }
}

core::Result<core::Seq> seq_at(const log::LogSnapshot& snapshot, core::WallTime time) {
  core::Seq before = 0;  // its event, if any, is not after `time`
  core::Seq after = snapshot.head().seq + 1;
  while (after - before > 1) {
    const core::Seq middle = before + (after - before) / 2;
    const auto event = snapshot.read_header(middle);
    if (!event) return event.error();
    if (event.value().record.header.time <= time) {
      before = middle;
    } else {
      after = middle;
    }
  }
  return before;
}

core::Result<std::optional<AlertAt>> alert_as_of(const log::LogSnapshot& snapshot, std::string_view alert_id,
                                                 core::Seq seq) {
  const auto last = last_event_of(snapshot.rows(), alert_id, seq);
  if (!last) return last.error();
  if (!last.value()) return std::optional<AlertAt>();
  auto event = snapshot.read(last.value()->seq);
  if (!event) return event.error();
  const log::Record& record = event.value().record;
  if (record.header.subject != alert_id)
    return corrupt("An alert's history names an event about something else.");

  AlertAt out;
  out.seq = last.value()->seq;
  auto targeted = targeted_up_to(snapshot, alert_id, *last.value(), std::move(event.value().targets));
  if (!targeted) return targeted.error();
  out.targeted = std::move(targeted.value());
  if (record.payload) {
    auto payload = parse<v1::EventPayload>(record.payload->bytes, "event");
    if (!payload) return payload.error();
    if (payload.value().alert().alert_id() != alert_id)
      return corrupt("An event's payload is about another alert.");
    out.alert = std::move(*payload.value().mutable_alert());
  } else {
    auto alert = fold_alert(snapshot, alert_id, seq);
    if (!alert) return alert.error();
    out.alert = std::move(alert.value());
  }
  return std::optional(std::move(out));
}

core::Result<std::optional<core::Seq>> seq_of_version(const log::RowReader& rows, std::string_view alert_id,
                                                      core::Version version) {
  const auto history = history_of(rows, alert_id, 1, ~core::Seq{0});
  if (!history) return history.error();
  std::optional<core::Seq> seq;
  for (const keys::History& row : history.value()) {
    if (row.made_version && (version == 0 || row.version == version)) seq = row.seq;
  }
  return seq;
}

}  // namespace gjallar::projections
