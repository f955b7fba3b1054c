#include "broker/admission/admission.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "broker/admission/early_rights.h"
#include "broker/admission/provenance.h"
#include "broker/admission/screened.h"
#include "broker/admission/validate.h"
#include "broker/core/identity.h"
#include "broker/core/limits.h"
#include "broker/domain/concerns.h"
#include "broker/domain/content_change.h"
#include "broker/domain/decide.h"
#include "broker/domain/report.h"
#include "broker/domain/substances.h"
#include "broker/projections/alerts.h"
#include "broker/projections/duplicates.h"
#include "broker/projections/escalations.h"
#include "broker/projections/overdoses.h"
#include "broker/projections/tokens.h"

namespace gjallar::admission {
namespace {

/// The same bytes for the same command, so that a repeat is told from another command under the same key.
std::string deterministic_bytes(const google::protobuf::Message& command) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream out(&bytes);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    (void)command.SerializeToCodedStream(&coded);
  }
  return bytes;
}

/// What a command is decided against, read from rows. Must not outlive the directory.
struct Loaded {
  std::optional<projections::AlertAt> alert;
  std::optional<projections::AlertAt> successor;
  std::optional<domain::TokenAt> token;
  std::vector<domain::DuplicateCandidate> possible_duplicates;
  std::map<std::string, domain::Circle> linked;
  std::map<std::string, v1::Status> referred;
  domain::OverdoseSituation overdoses;
  std::vector<domain::TakenStep> escalations;
  domain::Situation situation;
};

/// The statuses of the alerts that a content refers to, as far as they are there.
core::Result<void> load_referred(Loaded& loaded, const log::RowReader& rows,
                                 const v1::AlertContent& content) {
  const auto load = [&](const auto& references) -> core::Result<void> {
    for (const v1::AlertReference& reference : references) {
      if (reference.alert_id().empty()) continue;
      const auto found = projections::find_alert(rows, reference.alert_id());
      if (!found) return found.error();
      if (found.value())
        loaded.referred.emplace(reference.alert_id(), found.value()->alert.content().status());
    }
    return {};
  };
  GJALLAR_TRY(load(content.references()));
  GJALLAR_TRY(load(content.possible_duplicate_of()));
  loaded.situation.referred = &loaded.referred;
  return {};
}

/// Who may know of the alerts that the command's alert is linked to: at most kReferencesMax, each by its key.
core::Result<void> load_linked(Loaded& loaded, const log::RowReader& rows) {
  for (const v1::AlertReference& link : loaded.alert->alert.content().possible_duplicate_of()) {
    if (link.alert_id().empty()) continue;
    const auto found = projections::find_alert(rows, link.alert_id());
    if (!found) return found.error();
    if (!found.value()) continue;
    const projections::AlertAt& at = *found.value();
    loaded.linked.emplace(link.alert_id(),
                          domain::circle_of(at.alert, at.targeted, *loaded.situation.directory));
  }
  loaded.situation.linked = &loaded.linked;
  return {};
}

core::Result<void> load_possible_duplicates(Loaded& loaded, const log::RowReader& rows,
                                            const domain::Principal& principal,
                                            const v1::AlertContent& content, std::chrono::hours within) {
  if (within <= std::chrono::hours(0)) return {};
  const domain::Directory& directory = *loaded.situation.directory;
  auto found =
      projections::possible_duplicates(rows, content, loaded.situation.now - within, loaded.situation.alert);
  if (!found) return found.error();
  for (const projections::AlertAt& at : found.value()) {
    loaded.possible_duplicates.push_back({domain::possible_duplicate_of(at.alert),
                                          domain::may_view(principal, at.alert, at.targeted, directory),
                                          domain::circle_of(at.alert, at.targeted, directory)});
  }
  loaded.situation.possible_duplicates = &loaded.possible_duplicates;
  return {};
}

core::Result<void> load_token(Loaded& loaded, const log::RowReader& rows, const std::string& token_id) {
  auto found = projections::find_token(rows, token_id);
  if (!found) return found.error();
  loaded.token = std::move(found.value());
  if (loaded.token) loaded.situation.token = &*loaded.token;
  const auto in_force = projections::tokens_in_force(rows);
  if (!in_force) return in_force.error();
  loaded.situation.tokens_in_force = in_force.value();
  return {};
}

/// Those that a change makes the alert meet. What can't be changed so is decided elsewhere.
core::Result<void> load_newly_met(Loaded& loaded, const log::RowReader& rows,
                                  const domain::Principal& principal, const v1::Command& command,
                                  std::chrono::hours within) {
  if (!loaded.alert || loaded.alert->alert.phase() != v1::PHASE_LIVE) return {};
  const v1::AlertContent& held = loaded.alert->alert.content();
  v1::AlertContent after = held;
  if (command.has_revise()) {
    auto revised = domain::revised_content(held, command.revise());
    if (!revised) return {};
    after = std::move(revised.value());
  } else {
    auto widened = domain::widened_audience(held.audience(), command.widen().audience(), "widen.audience");
    if (!widened) return {};
    *after.mutable_audience() = std::move(widened.value());
  }
  const bool same_audience = held.audience().SerializeAsString() == after.audience().SerializeAsString();
  if (same_audience && domain::substance_keys(held) == domain::substance_keys(after)) return {};
  return load_possible_duplicates(loaded, rows, principal, after, within);
}

core::Result<void> load_others(Loaded& loaded, const log::RowReader& rows, const domain::Principal& principal,
                               const v1::Command& command, const AdmissionOptions& options) {
  switch (command.command_case()) {
    case v1::Command::kIssue:
      GJALLAR_TRY(load_referred(loaded, rows, command.issue().content()));
      return load_possible_duplicates(loaded, rows, principal, command.issue().content(),
                                      options.duplicates_within);
    case v1::Command::kReport: {
      const v1::AlertContent content = domain::report_content(command.report());
      GJALLAR_TRY(load_referred(loaded, rows, content));
      return load_possible_duplicates(loaded, rows, principal, content, options.duplicates_within);
    }
    case v1::Command::kRevise:
      GJALLAR_TRY(load_referred(loaded, rows, command.revise().content()));
      return load_newly_met(loaded, rows, principal, command, options.duplicates_within);
    case v1::Command::kWiden:
      return load_newly_met(loaded, rows, principal, command, options.duplicates_within);
    case v1::Command::kConclude: {
      if (command.conclude().superseded_by().empty()) return {};
      auto found = projections::find_alert(rows, command.conclude().superseded_by());
      if (!found) return found.error();
      loaded.successor = std::move(found.value());
      if (loaded.successor) loaded.situation.successor = &loaded.successor->alert;
      return {};
    }
    case v1::Command::kCountOverdoses: {
      auto counted = projections::overdose_situation(rows, command.count_overdoses());
      if (!counted) return counted.error();
      loaded.overdoses = std::move(counted.value());
      loaded.situation.overdoses = &loaded.overdoses;
      loaded.situation.overdose_thresholds = &options.overdose_thresholds;
      return {};
    }
    case v1::Command::kIssueToken:
      return load_token(loaded, rows, command.issue_token().token_id());
    case v1::Command::kRotateToken:
      return load_token(loaded, rows, command.rotate_token().token_id());
    case v1::Command::kRevokeToken:
      return load_token(loaded, rows, command.revoke_token().token_id());
    default:
      return {};
  }
}

core::Result<void> load(Loaded& loaded, const log::RowReader& rows, const domain::Principal& principal,
                        const v1::Command& command, core::WallTime now, const core::AlertId& new_alert_id,
                        const domain::Directory& directory, const AdmissionOptions& options) {
  loaded.situation.now = now;
  loaded.situation.new_alert_id = new_alert_id;
  loaded.situation.directory = &directory;
  if (const std::string& named = domain::alert_named_by(command); !named.empty()) {
    auto found = projections::find_alert(rows, named);
    if (!found) return found.error();
    loaded.alert = std::move(found.value());
  }
  if (loaded.alert) {
    loaded.situation.alert = &loaded.alert->alert;
    loaded.situation.already_targeted = &loaded.alert->targeted;
    const bool chases = command.has_escalate() || command.has_report_escalation();
    if (!command.has_observe() && !chases) GJALLAR_TRY(load_linked(loaded, rows));
    if (chases) {
      auto taken = projections::steps_taken(rows, loaded.alert->alert.alert_id());
      if (!taken) return taken.error();
      loaded.escalations = std::move(taken.value());
      loaded.situation.escalations = &loaded.escalations;
    }
  }
  return load_others(loaded, rows, principal, command, options);
}

v1::CommandOutcome outcome_of(const log::Committed& committed, bool duplicate, const core::LogId& log_id) {
  v1::CommandOutcome outcome;
  outcome.set_duplicate(duplicate);
  if (committed.last_seq == 0) return outcome;
  outcome.set_seq(committed.last_seq);
  if (committed.subject_kind == domain::SubjectKind::kAlert) {
    outcome.set_alert_id(committed.subject);
    outcome.set_reference(core::reference_of(core::AlertId(committed.subject)));
  }
  outcome.set_version(committed.version);
  *outcome.mutable_time() = core::to_timestamp(committed.time);
  outcome.set_services_concerned(committed.services_concerned);
  outcome.set_cursor(core::to_text(core::Cursor{log_id, committed.last_seq}));
  return outcome;
}

/// The alerts that an event of a command tells the coordinators may be about the same as its own.
const google::protobuf::RepeatedPtrField<std::string>& duplicates_told(const v1::EventPayload& payload) {
  return payload.notice().possible_duplicate_of();
}

/// The alerts that the one just decided may be about the same as, as far as the caller may see them.
std::vector<core::PossibleDuplicate> met_and_visible(const Loaded& loaded,
                                                     const std::vector<domain::NewEvent>& events) {
  std::vector<core::PossibleDuplicate> out;
  for (const domain::NewEvent& event : events) {
    for (const std::string& id : duplicates_told(event.payload)) {
      for (const domain::DuplicateCandidate& candidate : loaded.possible_duplicates) {
        if (candidate.visible && candidate.alert.alert_id == id) out.push_back(candidate.alert);
      }
    }
  }
  return out;
}

void add_possible_duplicates(v1::CommandOutcome& outcome,
                             const std::vector<core::PossibleDuplicate>& duplicates) {
  for (const core::PossibleDuplicate& duplicate : duplicates)
    *outcome.add_possible_duplicates() = core::to_proto(duplicate);
}

/// Whom the events of a command would concern, were they written now.
std::uint32_t would_concern(const std::vector<domain::NewEvent>& events, const domain::Situation& situation) {
  const domain::ServiceSet none;
  const domain::ServiceSet& told = situation.already_targeted != nullptr ? *situation.already_targeted : none;
  domain::Directory after = *situation.directory;
  domain::ServiceSet targets;
  for (const domain::NewEvent& event : events) {
    if (event.subject_kind == domain::SubjectKind::kService) after.apply(event.payload.service());
    targets |= domain::targets_of(event.type, event.reach, told, after);
  }
  return static_cast<std::uint32_t>(targets.count());
}

/// A command between the door and its answer. From the append on, the appender's thread alone has it.
struct UnderWay {
  domain::Principal principal;
  Screened screened;
  Sender sender;
  core::AlertId new_alert_id;  ///< chosen once: the same append decided again is about the same alert
  Admission::Done done;
  std::vector<core::PossibleDuplicate> met;  ///< what was decided last is what is answered
};

// A repeat is answered as it was the first time, from the log. That happens on the appender's thread, which
// everybody waits for, so it must stay bounded: a snapshot, the few events of the command, and at most
// kPossibleDuplicatesMax alerts, each by its key; for repeats alone, and never anything that grows with the
// log.

v1::EventPayload payload_at(const log::LogSnapshot& snapshot, core::Seq seq) {
  const auto event = snapshot.read(seq);
  v1::EventPayload payload;
  if (!event || !event.value().record.payload ||
      !payload.ParseFromString(event.value().record.payload->bytes))
    return {};
  return payload;
}

/// The texts that a command left out the first time, from the notice it wrote last.
std::vector<v1::WithheldText> withheld_before(const log::LogSnapshot& snapshot, core::Seq last_seq) {
  const v1::EventPayload payload = payload_at(snapshot, last_seq);
  return {payload.notice().withheld().begin(), payload.notice().withheld().end()};
}

/// The alerts that a command was said to be about the same as the first time, as far as the caller may see
/// them now: from its notices, which follow its first event.
std::vector<core::PossibleDuplicate> met_before(const log::LogSnapshot& snapshot,
                                                const log::Committed& committed,
                                                const domain::Principal& principal,
                                                const domain::Directory& directory) {
  std::vector<core::PossibleDuplicate> out;
  for (core::Seq seq = committed.first_seq + 1; seq <= committed.last_seq; ++seq) {
    const v1::EventPayload payload = payload_at(snapshot, seq);
    for (const std::string& id : duplicates_told(payload)) {
      const auto found = projections::find_alert(snapshot.rows(), id);
      if (!found || !found.value()) continue;
      const projections::AlertAt& at = *found.value();
      if (domain::may_view(principal, at.alert, at.targeted, directory))
        out.push_back(domain::possible_duplicate_of(at.alert));
    }
  }
  return out;
}

}  // namespace

Admission::Admission(log::EventLog& log, const projections::LiveDirectory& directory,
                     const domain::RoleCatalogue& roles, const core::Clock& clock, core::Random& random,
                     AdmissionOptions options)
    : log_(log),
      directory_(directory),
      roles_(roles),
      clock_(clock),
      random_(random),
      options_(std::move(options)) {}

core::Result<void> Admission::check_at_the_door(const domain::Principal& principal,
                                                const v1::Command& command,
                                                std::vector<Doubt>& doubts) const {
  auto checked = validate(command, roles_);
  if (checked) checked = check_early_rights(principal, command);
  if (!checked) {
    tell_refused(principal, checked.error(), std::nullopt);
    return checked;
  }
  Screening screening = screen(command, options_.privacy);
  if (screening.refusal) {
    tell_refused(principal, *screening.refusal, screening.refused_by);
    return std::move(*screening.refusal);
  }
  doubts = std::move(screening.doubts);
  return {};
}

core::Result<void> Admission::check_name(const domain::Principal& principal, std::string_view field,
                                         std::string_view text) const {
  const auto found = look_through(text, TextKind::kName, options_.privacy);
  if (!found || !found.value()) return {};  // a name is ASCII
  const core::Error refused = personal_identifier(std::string(field), *found.value());
  tell_refused(principal, refused, found.value()->rule);
  return refused;
}

void Admission::tell_refused(const domain::Principal& principal, const core::Error& error,
                             std::optional<PrivacyRule> rule) const {
  if (!options_.on_refused) return;
  options_.on_refused({error.code, error.field, rule, principal.name.value(), clock_.wall()});
}

std::string asked_for(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> kept(request.New());
  kept->CopyFrom(request);
  kept->DiscardUnknownFields();
  kept->GetReflection()->ClearField(kept.get(), kept->GetDescriptor()->FindFieldByName("idempotency_key"));
  // No command's bytes begin with its name.
  return request.GetDescriptor()->full_name() + ' ' + deterministic_bytes(*kept);
}

void Admission::submit(const domain::Principal& principal, v1::Command command, std::string idempotency_key,
                       Done done, Sender sender, std::string asked) {
  command.DiscardUnknownFields();  // what this broker doesn't know, nobody has checked
  std::vector<Doubt> doubts;
  auto admitted = validate_idempotency_key(idempotency_key);
  if (!admitted) tell_refused(principal, admitted.error(), std::nullopt);
  if (admitted) admitted = check_at_the_door(principal, command, doubts);
  if (!admitted) return done(admitted.error());

  log::AppendRequest request;
  request.principal = principal.name.value();
  request.idempotency_key = std::move(idempotency_key);
  // As it was sent, whatever is withheld.
  request.command_bytes = asked.empty() ? deterministic_bytes(command) : std::move(asked);
  request.deadline = clock_.steady() + core::limits::kAppendDeadline;
  Screened screened(std::move(command), std::move(doubts), sender == Sender::kFeed);
  const auto under_way = std::make_shared<UnderWay>(UnderWay{principal,
                                                             std::move(screened),
                                                             sender,
                                                             core::new_alert_id(clock_.wall(), random_),
                                                             std::move(done),
                                                             {}});
  request.decide = [this, under_way](
                       const log::RowReader& rows,
                       core::WallTime event_time) -> core::Result<std::vector<domain::NewEvent>> {
    UnderWay& own = *under_way;
    Loaded loaded;
    loaded.situation.feed = own.sender == Sender::kFeed;
    GJALLAR_TRY(load(loaded, rows, own.principal, own.screened.command(), event_time, own.new_alert_id,
                     directory_.at_head(), options_));
    auto decided = own.screened.decide(own.principal, loaded.situation);
    // After the rights: who may not see the alert doesn't learn what it holds.
    if (decided && own.sender != Sender::kCap)
      GJALLAR_TRY(check_provenance(own.screened.command(), loaded.situation.alert));
    if (decided) own.met = met_and_visible(loaded, decided.value());
    return decided;
  };
  log_.append(std::move(request), [this, under_way](log::AppendOutcome outcome) {
    const UnderWay& own = *under_way;
    const bool duplicate = outcome.status == log::AppendStatus::kDuplicate;
    if (!duplicate && outcome.status != log::AppendStatus::kCommitted) {
      if (outcome.error.code == v1::ERROR_CODE_CONFIRM_REQUIRED)
        tell_refused(own.principal, outcome.error, own.screened.asked());
      return own.done(std::move(outcome.error));
    }
    v1::CommandOutcome answer = outcome_of(outcome.committed, duplicate, log_.id());
    std::vector<v1::WithheldText> withheld = own.screened.withheld();
    std::vector<core::PossibleDuplicate> met = std::move(under_way->met);
    if (duplicate && outcome.committed.last_seq != 0) {
      const auto snapshot = log_.snapshot();
      if (own.screened.doubtful()) withheld = withheld_before(*snapshot, outcome.committed.last_seq);
      met = met_before(*snapshot, outcome.committed, own.principal, directory_.at_head());
    }
    *answer.mutable_withheld() = {withheld.begin(), withheld.end()};
    add_possible_duplicates(answer, met);
    own.done(std::move(answer));
  });
}

core::Result<v1::CommandOutcome> Admission::preview(const domain::Principal& principal,
                                                    const v1::Command& command, Sender sender) const {
  v1::Command known = command;
  known.DiscardUnknownFields();
  std::vector<Doubt> doubts;
  GJALLAR_TRY(check_at_the_door(principal, known, doubts));
  const auto directory = directory_.now();
  const auto snapshot = log_.snapshot();
  const core::WallTime now = std::max(clock_.wall(), snapshot->head().time);
  Loaded loaded;
  GJALLAR_TRY(load(loaded, snapshot->rows(), principal, known, now, core::new_alert_id(now, random_),
                   *directory, options_));
  Screened screened(std::move(known), std::move(doubts), sender == Sender::kFeed);
  const auto decided = screened.decide(principal, loaded.situation);
  if (!decided) {
    if (decided.error().code == v1::ERROR_CODE_CONFIRM_REQUIRED)
      tell_refused(principal, decided.error(), screened.asked());
    return decided.error();
  }
  if (sender != Sender::kCap) GJALLAR_TRY(check_provenance(screened.command(), loaded.situation.alert));
  v1::CommandOutcome outcome;
  if (decided.value().empty()) return outcome;
  add_possible_duplicates(outcome, met_and_visible(loaded, decided.value()));
  if (loaded.alert) {  // a new alert has no id before it is issued
    outcome.set_alert_id(loaded.alert->alert.alert_id());
    outcome.set_reference(loaded.alert->alert.reference());
  }
  outcome.set_version(decided.value().back().version);
  *outcome.mutable_time() = core::to_timestamp(now);
  outcome.set_services_concerned(would_concern(decided.value(), loaded.situation));
  *outcome.mutable_withheld() = {screened.withheld().begin(), screened.withheld().end()};
  return outcome;
}

}  // namespace gjallar::admission
