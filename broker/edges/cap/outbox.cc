#include "broker/edges/cap/outbox.h"

#include <algorithm>
#include <utility>

#include "broker/core/identity.h"
#include "broker/core/limits.h"
#include "broker/domain/concerns.h"
#include "broker/edges/cap/signature.h"
#include "broker/edges/cap/writer.h"
#include "broker/log/record.h"
#include "broker/projections/alerts.h"
#include "broker/projections/history.h"
#include "broker/projections/viewer.h"

namespace gjallar::edges::cap {
namespace {

core::Error no_such_message() {
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, "identifier", "No such message is visible to you.",
                          "Take identifiers from the feed or from references.");
}

/// What only some are told of supersedes nothing that all have.
bool is_for_all(v1::EventType type) {
  return !domain::names_only(type);
}

/// The messages of an alert before `seq`: the first, and the latest.
core::Result<std::vector<EarlierMessage>> superseded_by(const log::LogSnapshot& snapshot,
                                                        const std::string& alert_id, core::Seq seq) {
  const auto rows = projections::history_of(snapshot.rows(), alert_id, 1, seq - 1);
  if (!rows) return rows.error();
  std::vector<core::Seq> seqs;
  for (const auto& row : rows.value()) {
    if (is_for_all(row.type)) seqs.push_back(row.seq);
  }
  constexpr std::size_t kMax = core::limits::kCapReferencesMax;
  if (seqs.size() > kMax) seqs.erase(seqs.begin() + 1, seqs.end() - (kMax - 1));
  std::vector<EarlierMessage> out;
  for (const core::Seq earlier : seqs) {
    const auto header = snapshot.read_header(earlier);
    if (!header) return header.error();
    out.push_back({earlier, core::to_timestamp(header.value().record.header.time)});
  }
  return out;
}

core::Result<bool> may_see(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                           const log::CommittedEvent& event) {
  const auto at = projections::find_alert(snapshot.rows(), event.record.header.subject);
  if (!at) return at.error();
  const auto viewer = projections::Viewer::at(snapshot, principal, snapshot.head().seq);
  if (!viewer) return viewer.error();
  if (!at.value() || !viewer.value().sees(*at.value())) return false;
  return viewer.value().sees_all_of(at.value()->alert) || at.value()->seq == event.record.header.seq ||
         viewer.value().was_told(event.targets);
}

core::Result<Sent> write(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                         const Settings& settings, const domain::Principal& principal, core::Seq seq) {
  const auto committed = snapshot.read(seq);
  if (!committed) return committed.error();
  if (committed.value().record.header.subject_kind != domain::SubjectKind::kAlert) return no_such_message();
  const auto visible = may_see(snapshot, principal, committed.value());
  if (!visible) return visible.error();
  if (!*visible) return no_such_message();
  const auto event = log::to_event(committed.value().record);
  if (!event) return event.error();
  auto superseded = superseded_by(snapshot, event.value().subject(), seq);
  if (!superseded) return superseded.error();
  const Outgoing outgoing{&event.value(), log_id, sender_of(settings, log_id), std::move(*superseded)};
  const XmlDocument document = write_message(outgoing);
  if (settings.signer) GJALLAR_TRY(settings.signer->sign(*document));
  return Sent{identifier_of(log_id, seq), to_bytes(*document)};
}

}  // namespace

std::string sender_of(const Settings& settings, const core::LogId& log_id) {
  return settings.sender.empty() ? "urn:gjallar:" + log_id.value() : settings.sender;
}

core::Result<Sent> message_of(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                              const Settings& settings, const domain::Principal& principal,
                              std::string_view identifier) {
  const auto cursor = core::parse_cursor(identifier);
  if (!cursor || cursor->log_id != log_id || cursor->seq == 0 || cursor->seq > snapshot.head().seq)
    return no_such_message();
  return write(snapshot, log_id, settings, principal, cursor->seq);
}

core::Result<Sent> last_message_of(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                                   const Settings& settings, const domain::Principal& principal,
                                   std::string_view alert) {
  const auto at = projections::find_alert(snapshot.rows(), alert);
  if (!at) return at.error();
  if (!at.value()) return projections::no_such_alert("alert_id");
  auto sent = write(snapshot, log_id, settings, principal, at.value()->seq);
  if (!sent && sent.error().code == v1::ERROR_CODE_NOT_FOUND) return projections::no_such_alert("alert_id");
  return sent;
}

}  // namespace gjallar::edges::cap
