#include "broker/edges/cap/command.h"

#include <algorithm>

#include "broker/core/digest.h"
#include "broker/core/limits.h"
#include "broker/domain/authority.h"
#include "broker/domain/content_change.h"
#include "broker/edges/cap/parameters.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::string_view kCancelled = "Cancelled by its sender.";

/// The messages that the content came from, this one the last.
void remember(const Incoming& message, const v1::AlertContent* held, v1::AlertContent& content) {
  v1::CapDetails& cap = *content.mutable_cap();
  cap.clear_messages();
  if (held != nullptr) {
    for (const std::string& earlier : held->cap().messages())
      cap.add_messages(earlier);
  }
  cap.add_messages(message.self.text());
  while (cap.messages_size() > core::limits::kCapMessagesMax)
    cap.mutable_messages()->DeleteSubrange(1, 1);  // the first is what everybody refers to
}

/// What a text says beyond CAP stays with it as long as what CAP says of it stays.
void keep_lengths(const v1::AlertContent& held, v1::TextBlock& text) {
  for (const v1::TextBlock& before : held.texts()) {
    if (before.language() != text.language() || before.headline() != text.headline() ||
        before.description() != text.description() || before.instruction() != text.instruction()) {
      continue;
    }
    const v1::TextBlock told = text;
    text = before;
    text.MergeFrom(told);
    if (!told.role_instructions().empty()) *text.mutable_role_instructions() = told.role_instructions();
  }
}

/// The audience of other areas, with what else is held if that is one group.
v1::Audience moved(const v1::Audience& held, const v1::Audience& told) {
  if (areas_of(held) == areas_of(told)) return held;
  if (held.groups_size() != 1 || told.groups_size() != 1) return told;
  v1::Audience out = held;
  *out.mutable_groups(0)->mutable_areas() = told.groups(0).areas();
  return out;
}

/// The whole content after an Update by a system that knows CAP's elements alone: what it can't say stays.
v1::AlertContent updated(const v1::AlertContent& held, const Incoming& message) {
  if (message.from_gjallar) return message.content;
  v1::AlertContent out = held;
  const v1::AlertContent& told = message.content;
  out.set_status(told.status());
  *out.mutable_grade() = told.grade();
  *out.mutable_texts() = told.texts();
  for (v1::TextBlock& text : *out.mutable_texts())
    keep_lengths(held, text);
  out.clear_onset();
  if (told.has_onset()) *out.mutable_onset() = told.onset();
  if (told.has_expires()) *out.mutable_expires() = told.expires();
  *out.mutable_attachments() = told.attachments();
  out.clear_cap();
  if (told.has_cap()) *out.mutable_cap() = told.cap();
  const bool audience_told = message.told.count("audience") != 0;
  *out.mutable_audience() = audience_told ? told.audience() : moved(held.audience(), told.audience());
  for (const std::string& name : message.told) {
    const auto* const field = told.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->number() == v1::AlertContent::kAudienceFieldNumber) continue;
    v1::AlertContent one = told;
    out.GetReflection()->SwapFields(&out, &one, {field});
  }
  return out;
}

/// Without what changes with every message, and what only the issuing one says.
v1::AlertContent comparable(v1::AlertContent content) {
  if (!content.has_cap()) return content;
  content.mutable_cap()->clear_messages();
  content.mutable_cap()->clear_signature();
  if (content.cap().ByteSizeLong() == 0) content.clear_cap();
  return content;
}

/// A command about the alert that is held: all of them name it so.
template <typename Command>
Command& about(const v1::Alert& held, std::string_view action, Command& command, Planned& planned) {
  planned.action = std::string(action);
  command.set_alert_id(held.alert_id());
  return command;
}

/// One that is for the version that is held, with the message's note as its reason.
template <typename Command>
Command& change(const Incoming& message, const v1::Alert& held, std::string_view action, Command& command,
                Planned& planned) {
  about(held, action, command, planned).set_expected_version(held.version());
  command.set_reason(message.note);
  return command;
}

Planned grade(const Incoming& message, const v1::Alert& held, const v1::Grade& wanted) {
  Planned planned;
  *change(message, held, "grade", *planned.command.mutable_grade(), planned).mutable_grade() = wanted;
  if (message.signature) *planned.command.mutable_grade()->mutable_cap_signature() = *message.signature;
  return planned;
}

bool is_without_effect(v1::EventType type) {
  return type == v1::EVENT_TYPE_ALERT_EXPIRED || type == v1::EVENT_TYPE_ALERT_NOTICE ||
         type == v1::EVENT_TYPE_ALERT_ESCALATED || type == v1::EVENT_TYPE_ALERT_ESCALATION_REPORTED ||
         type == v1::EVENT_TYPE_ALERT_REDACTED;
}

Planned observe(const Incoming& message, const v1::Alert& held, const v1::Observation& seen) {
  Planned planned;
  v1::ObserveAlert& observe = about(held, "observe", *planned.command.mutable_observe(), planned);
  observe.set_area(seen.area());
  observe.set_count(seen.count());
  observe.set_form(seen.form());
  if (seen.has_seen_at()) *observe.mutable_seen_at() = seen.seen_at();
  if (message.signature) *observe.mutable_cap_signature() = *message.signature;
  return planned;
}

Planned conclude(const Incoming& message, const v1::Alert& held) {
  Planned planned;
  v1::ConcludeReport& conclude =
      change(message, held, "conclude", *planned.command.mutable_conclude(), planned);
  conclude.set_outcome(message.report_outcome);
  conclude.set_superseded_by(message.superseded_by);
  if (message.signature) *conclude.mutable_cap_signature() = *message.signature;
  return planned;
}

/// `remembers`: the sender may change more than the substances, and so what the content came from.
Planned revise(const Incoming& message, const v1::Alert& held, v1::AlertContent content,
               const std::vector<std::string>& changed, bool remembers) {
  Planned planned;
  v1::ReviseAlert& revise = change(message, held, "revise", *planned.command.mutable_revise(), planned);
  for (const std::string& field : changed)
    revise.mutable_update_mask()->add_paths(field);
  if (remembers) {
    if (std::find(changed.begin(), changed.end(), "cap") == changed.end())
      revise.mutable_update_mask()->add_paths("cap");
    remember(message, &held.content(), content);
  }
  *revise.mutable_content() = std::move(content);
  return planned;
}

core::Result<Planned> plan_update(const Incoming& message, const v1::Alert& held,
                                  const domain::Principal& principal) {
  if (message.from_gjallar) {
    if (is_without_effect(message.event)) return Planned{};
    if (message.event == v1::EVENT_TYPE_ALERT_OBSERVED && message.observation)
      return observe(message, held, *message.observation);
    if (message.event == v1::EVENT_TYPE_ALERT_CONCLUDED) return conclude(message, held);
  }
  v1::AlertContent content = updated(held.content(), message);
  if (content.has_cap() || held.content().has_cap()) {
    // The note of the message that issued it stays; this one's is the reason.
    if (!held.content().cap().note().empty()) content.mutable_cap()->set_note(held.content().cap().note());
  }
  const auto changed = domain::changed_fields(comparable(held.content()), comparable(content));
  const bool assessed =
      message.assessed_grade && (!held.has_assessed_grade() ||
                                 grade_words(held.assessed_grade()) != grade_words(*message.assessed_grade));
  if (changed.empty() && assessed) {
    if (!principal.rights.assess) {
      return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "grade",
                              "The message assesses the grade, which this principal may not.",
                              "Ask the operator for the right to assess.");
    }
    return grade(message, held, *message.assessed_grade);
  }
  if (changed == std::vector<std::string>{"grade"}) return grade(message, held, content.grade());
  if (changed.empty() && message.from_gjallar) return Planned{};
  return revise(message, held, std::move(content), changed,
                domain::reaches(principal.rights.revise, principal, held));
}

}  // namespace

core::Result<Planned> plan(const Incoming& message, const v1::Alert* held,
                           const domain::Principal& principal) {
  Planned planned;
  switch (message.type) {
    case MessageType::kAck:
    case MessageType::kError:
      return planned;
    case MessageType::kAlert: {
      planned.action = "issue";
      v1::AlertContent& content = *planned.command.mutable_issue()->mutable_content();
      content = message.content;
      remember(message, nullptr, content);
      return planned;
    }
    case MessageType::kUpdate:
      return plan_update(message, *held, principal);
    case MessageType::kCancel:
      break;
  }
  v1::RetractAlert& retract = change(message, *held, "retract", *planned.command.mutable_retract(), planned);
  if (message.note.empty()) retract.set_reason(std::string(kCancelled));
  if (message.signature) *retract.mutable_cap_signature() = *message.signature;
  return planned;
}

std::string idempotency_key_of(const Triple& triple) {
  const std::string text = "cap:" + triple.text();
  const bool fits = text.size() <= core::limits::kIdempotencyKeyLengthMax &&
                    std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  return fits ? text : "cap:" + core::to_hex(core::as_view(core::sha256(text)));
}

}  // namespace gjallar::edges::cap
