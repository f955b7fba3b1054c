#include "broker/edges/cap/inbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "broker/core/identity.h"
#include "broker/domain/confirmation.h"
#include "broker/domain/status_class.h"
#include "broker/edges/cap/command.h"
#include "broker/edges/cap/reader.h"
#include "broker/edges/cap/signature.h"
#include "broker/log/idempotency.h"
#include "broker/projections/alerts.h"
#include "broker/projections/viewer.h"

namespace gjallar::edges::cap {
namespace {

/// Alerts by id that references name.
using Named = std::map<std::string, v1::Alert>;

/// Where a message is resolved.
struct Scene {
  const log::LogSnapshot& snapshot;
  const core::LogId& log_id;
  const domain::Principal& principal;
  core::WallTime now;
};

core::Result<std::optional<storage::v1::IdempotencyRow>> earlier_command(const Scene& scene,
                                                                         const std::string& key) {
  return log::find_command(scene.snapshot.rows(), log::idempotency_hash(scene.principal.name.value(), key),
                           scene.now);
}

/// The id of the alert that an event of this log is about; empty if it isn't about one.
core::Result<std::string> subject_of_event(const Scene& scene, core::Seq seq) {
  const auto event = scene.snapshot.read_header(seq);
  if (!event) return event.error();
  const log::Header& header = event.value().record.header;
  return header.subject_kind == domain::SubjectKind::kAlert ? header.subject : std::string();
}

core::Result<void> add_alert(const Scene& scene, const std::string& alert_id, Named& named) {
  if (alert_id.empty() || named.count(alert_id) != 0) return {};
  auto at = projections::find_alert(scene.snapshot.rows(), alert_id);
  if (!at) return at.error();
  const auto viewer = projections::Viewer::at(scene.snapshot, scene.principal, scene.snapshot.head().seq);
  if (!viewer) return viewer.error();
  if (at.value() && viewer.value().sees(*at.value())) named.emplace(alert_id, std::move(at.value()->alert));
  return {};
}

/// By an identifier of this log, or by a message that this principal sent before.
core::Result<void> add_named_directly(const Scene& scene, const Triple& triple, Named& named) {
  const auto cursor = core::parse_cursor(triple.identifier);
  if (cursor && cursor->log_id == scene.log_id && cursor->seq > 0 &&
      cursor->seq <= scene.snapshot.head().seq) {
    const auto id = subject_of_event(scene, cursor->seq);
    if (!id) return id.error();
    return add_alert(scene, *id, named);
  }
  const auto row = earlier_command(scene, idempotency_key_of(triple));
  if (!row) return row.error();
  if (!row->has_value()) return {};
  const auto id = subject_of_event(scene, (*row)->first_seq());
  if (!id) return id.error();
  return add_alert(scene, *id, named);
}

/// By a message that a live alert's content came from.
core::Result<void> add_named_by_content(const Scene& scene, const std::vector<Triple>& triples,
                                        Named& named) {
  std::vector<std::string> ids;
  GJALLAR_TRY(projections::for_each_live(scene.snapshot.rows(), [&](const projections::AlertAt& at) {
    const auto& messages = at.alert.content().cap().messages();
    const bool fits = std::any_of(messages.begin(), messages.end(), [&triples](const std::string& stored) {
      return std::any_of(triples.begin(), triples.end(),
                         [&stored](const Triple& triple) { return names_same(triple, stored); });
    });
    if (fits) ids.push_back(at.alert.alert_id());
    return true;
  }));
  for (const std::string& id : ids)
    GJALLAR_TRY(add_alert(scene, id, named));
  return {};
}

std::string_view phase_word(v1::Phase phase) {
  switch (phase) {
    case v1::PHASE_RETRACTED:
      return "retracted";
    case v1::PHASE_EXPIRED:
      return "expired";
    case v1::PHASE_SUPERSEDED:
      return "superseded";
    default:
      return "live";
  }
}

core::Error unresolved(const Incoming& message, const Named& named, std::size_t live) {
  std::string list;
  for (const auto& entry : named) {
    if (live > 0 && entry.second.phase() != v1::PHASE_LIVE) continue;
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", entry.second.reference(),
                        phase_word(entry.second.phase()));
  }
  const auto where = message.places.find("references");
  const Place place = where == message.places.end() ? Place{"alert/references", 1} : where->second;
  if (live > 1) {
    return error_at(place, v1::ERROR_CODE_INVALID_ARGUMENT,
                    fmt::format("The references name {} live alerts: {}.", live, list),
                    "Send one message for each, with references to its own messages alone.");
  }
  if (message.references.empty()) {
    return error_at(place, v1::ERROR_CODE_MISSING_FIELD, "The message references no earlier one.",
                    "Reference the message that it changes: sender,identifier,sent.");
  }
  return error_at(place, v1::ERROR_CODE_NOT_FOUND,
                  list.empty() ? std::string("The references name no alert that you can see.")
                               : fmt::format("The references name no live alert: {}.", list),
                  "Check the references, or send it as a new Alert.");
}

/// The one live alert that an Update or Cancel is about.
core::Result<v1::Alert> resolve(const Scene& scene, const Incoming& message) {
  Named named;
  for (const Triple& triple : message.references)
    GJALLAR_TRY(add_named_directly(scene, triple, named));
  if (!message.references.empty()) GJALLAR_TRY(add_named_by_content(scene, message.references, named));
  std::vector<const v1::Alert*> live;
  for (const auto& entry : named) {
    if (entry.second.phase() == v1::PHASE_LIVE) live.push_back(&entry.second);
  }
  if (live.size() != 1) return unresolved(message, named, live.size());
  return *live.front();
}

/// The alert as it stood when a repeated message was answered first: the command is then the same again.
core::Result<std::optional<v1::Alert>> held_before(const Scene& scene, core::Seq first_seq) {
  const auto id = subject_of_event(scene, first_seq);
  if (!id) return id.error();
  if (id->empty()) return std::optional<v1::Alert>();
  auto at = projections::alert_as_of(scene.snapshot, *id, first_seq - 1);
  if (!at) return at.error();
  if (!at.value()) return std::optional<v1::Alert>();
  return std::optional<v1::Alert>(std::move(at.value()->alert));
}

/// An exercise never touches an actual alert, nor any status another. Only an alert that lost its status by
/// redaction takes what isn't an exercise, a test or a draft.
core::Result<void> check_status(const Incoming& message, const v1::Alert& held) {
  const v1::Status told = message.content.status();
  const v1::Status stands = held.content().status();
  const bool fits = stands == v1::STATUS_UNSPECIFIED
                        ? domain::status_class(told) == domain::StatusClass::kReal
                        : told == stands;
  if (fits) return {};
  const auto where = message.places.find("status");
  const Place place = where == message.places.end() ? Place{"alert/status", 1} : where->second;
  return error_at(place, v1::ERROR_CODE_INVALID_ARGUMENT,
                  "The alert that the message references has another status: an exercise, a test or a draft "
                  "never changes an actual alert, nor the other way round.",
                  "Reference a message of the same status, or send it as a new Alert.");
}

core::Result<Planned> plan_for(const Scene& scene, const Incoming& message, const v1::Alert& held) {
  GJALLAR_TRY(check_status(message, held));
  return plan(message, &held, scene.principal);
}

core::Result<Planned> planned(const Scene& scene, const Incoming& message, const std::string& key) {
  const bool changes = message.type == MessageType::kUpdate || message.type == MessageType::kCancel;
  if (!changes) return plan(message, nullptr, scene.principal);
  const auto before = earlier_command(scene, key);
  if (!before) return before.error();
  if (before->has_value()) {
    const auto held = held_before(scene, (*before)->first_seq());
    if (!held) return held.error();
    if (*held) return plan_for(scene, message, **held);
  }
  const auto held = resolve(scene, message);
  if (!held) return held.error();
  return plan_for(scene, message, *held);
}

core::Result<Incoming> read(const Parts& parts, std::string_view document) {
  const auto xml = parse_xml(document);
  if (!xml) return xml.error();
  auto message = read_message(**xml);
  if (!message) return message;
  message->signature = signature_fact(**xml, parts.cap.verifier.get());
  if (message->signature && message->says_something)
    *message->content.mutable_cap()->mutable_signature() = *message->signature;
  return message;
}

core::Result<void> confirm(const v1::Confirmation& confirmation, v1::Command& command) {
  v1::Confirmation* const answers = domain::mutable_confirmation_of(command);
  if (answers == nullptr) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "confirmation",
                            "Nothing is asked about such a message that could be answered.",
                            "Send it without a confirmation.");
  }
  *answers = confirmation;
  return {};
}

}  // namespace

void publish(const Parts& parts, const domain::Principal& principal, std::string_view document, Terms terms,
             PublishedDone done) {
  auto read_result = read(parts, document);
  if (!read_result) return done(read_result.error());
  const auto message = std::make_shared<const Incoming>(std::move(*read_result));
  std::string key =
      terms.idempotency_key.empty() ? idempotency_key_of(message->self) : std::move(terms.idempotency_key);
  const auto snapshot = parts.log.snapshot();
  const core::LogId log_id = parts.log.id();
  const Scene scene{*snapshot, log_id, principal, std::max(parts.clock.wall(), snapshot->head().time)};
  auto plan = planned(scene, *message, key);
  if (!plan) return done(in_document(*message, plan.error()));
  Published published;
  published.action = plan->action;
  if (plan->command.command_case() == v1::Command::COMMAND_NOT_SET) return done(std::move(published));
  if (terms.confirmation) {
    if (const auto taken = confirm(*terms.confirmation, plan->command); !taken) return done(taken.error());
  }
  if (terms.validate_only) {
    auto outcome = parts.admission.preview(principal, plan->command, admission::Sender::kCap);
    if (!outcome) return done(in_document(*message, outcome.error()));
    published.outcome = std::move(*outcome);
    return done(std::move(published));
  }
  auto answered = [message, action = plan->action,
                   done = std::move(done)](const core::Result<v1::CommandOutcome>& outcome) {
    if (!outcome) return done(in_document(*message, outcome.error()));
    done(Published{*outcome, action});
  };
  parts.admission.submit(principal, std::move(plan->command), std::move(key), std::move(answered),
                         admission::Sender::kCap);
}

}  // namespace gjallar::edges::cap
