// gjallar publish | revise | grade | widen | retract | observe | report | conclude | escalation-outcome
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <iostream>
#include <memory>
#include <utility>

#include "broker/core/clock.h"
#include "subscribers/client/publisher.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;

/// PublishWords of all the commands here; each subcommand binds those it takes.
struct PublishWords {
  std::string file, cap_file, alert, reason, idempotency_key, kind,
      language = "en", headline, description, instruction, substance, cas_number, form, urgency, severity,
      certainty, expires, expires_in, status = "actual", mask, confirm, subject, seen, outcome, superseded_by,
      no_duplicate, service, step;
  std::vector<std::string> areas, roles, services, dangers;
  std::uint64_t expected_version = 0, count = 1;
  bool validate_only = false;
};

/// "immediate" → URGENCY_IMMEDIATE; leaves `out` alone if the word is empty.
template <typename Enum>
core::Result<void> set_enum(const std::string& word, const std::string& field, Enum& out) {
  if (word.empty()) return {};
  const auto* descriptor = google::protobuf::GetEnumDescriptor<Enum>();
  std::string choices;
  for (int i = 1; i < descriptor->value_count(); ++i) {
    // Every value is named after its type, whose name the zero value carries before "_UNSPECIFIED".
    const std::string prefix =
        descriptor->value(0)->name().substr(0, descriptor->value(0)->name().size() - 11);
    const std::string name = plain_name(descriptor->value(i)->name(), prefix);
    if (name == word) {
      out = static_cast<Enum>(descriptor->value(i)->number());
      return {};
    }
    choices += (choices.empty() ? "" : ", ") + name;
  }
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "Not one of the words allowed.",
                          "Use one of: " + choices + ".");
}

core::Result<void> set_grade(const PublishWords& words, v1::Grade& grade) {
  v1::Urgency urgency = grade.urgency();
  v1::Severity severity = grade.severity();
  v1::Certainty certainty = grade.certainty();
  GJALLAR_TRY(set_enum(words.urgency, "urgency", urgency));
  GJALLAR_TRY(set_enum(words.severity, "severity", severity));
  GJALLAR_TRY(set_enum(words.certainty, "certainty", certainty));
  grade.set_urgency(urgency);
  grade.set_severity(severity);
  grade.set_certainty(certainty);
  return {};
}

void set_audience(const PublishWords& words, v1::Audience& audience) {
  if (!words.areas.empty()) {
    v1::AudienceGroup* group = audience.add_groups();
    for (const auto& area : words.areas)
      group->add_areas(area);
    for (const auto& role : words.roles)
      group->add_roles(role);
  }
  for (const auto& service : words.services)
    audience.add_services(service);
}

/// What is counted from the clock is another moment when the command is given again, and a repeat under the
/// same key must be the same command.
core::Error not_with_a_key(const std::string& field, const std::string& advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field,
                          "This counts from now, so a repeat with the same key would be another command.",
                          advice);
}

core::Result<void> set_expires(const PublishWords& words, v1::AlertContent& content) {
  if (!words.expires.empty() &&
      !google::protobuf::util::TimeUtil::FromString(words.expires, content.mutable_expires())) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "expires", "That is no time.",
                            "Write it as in 2026-06-01T12:00:00Z.");
  }
  if (words.expires_in.empty()) return {};
  const auto duration = parse_duration(words.expires_in, "expires-in");
  if (!duration) return duration.error();
  if (!words.idempotency_key.empty()) {
    return not_with_a_key("expires-in",
                          "Give the moment itself: --expires TIME, as in 2026-06-01T12:00:00Z.");
  }
  *content.mutable_expires() = core::to_timestamp(core::SystemClock().wall() + *duration);
  return {};
}

/// The content from the file, then what the words add to it.
core::Result<v1::AlertContent> content_of(const PublishWords& words) {
  v1::AlertContent content;
  if (!words.file.empty()) GJALLAR_TRY(read_json(words.file, content));
  v1::AlertKind kind = content.kind();
  GJALLAR_TRY(set_enum(words.kind, "kind", kind));
  content.set_kind(kind);
  if (content.status() == v1::STATUS_UNSPECIFIED) {
    v1::Status status = v1::STATUS_UNSPECIFIED;
    GJALLAR_TRY(set_enum(words.status, "status", status));
    content.set_status(status);
  }
  if (!words.headline.empty()) {
    v1::TextBlock* text = content.add_texts();
    text->set_language(words.language);
    text->set_headline(words.headline);
    text->set_description(words.description);
    text->set_instruction(words.instruction);
  }
  if (!words.substance.empty()) {
    v1::Substance* substance = content.add_substances();
    substance->set_name(words.substance);
    substance->set_cas_number(words.cas_number);
    substance->set_form(words.form);
  }
  if (!words.urgency.empty() || !words.severity.empty() || !words.certainty.empty()) {
    GJALLAR_TRY(set_grade(words, *content.mutable_grade()));
  }
  if (!words.areas.empty() || !words.services.empty()) set_audience(words, *content.mutable_audience());
  GJALLAR_TRY(set_expires(words, content));
  return content;
}

/// --no-duplicate: it is about something else than the alerts that the broker listed.
template <typename Command>
void set_no_duplicate(const PublishWords& words, Command& command) {
  if (words.no_duplicate.empty()) return;
  v1::Confirmation& confirmation = *command.mutable_confirmation();
  confirmation.set_no_duplicate(true);
  if (words.no_duplicate != words.confirm)
    confirmation.set_reason(confirmation.reason() + (words.confirm.empty() ? "" : "; ") + words.no_duplicate);
}

/// --confirm: the sender has looked at the texts again, and they point at no person.
template <typename Command>
void set_confirmation(const PublishWords& words, Command& command) {
  if (words.confirm.empty()) return;
  command.mutable_confirmation()->set_no_person(true);
  command.mutable_confirmation()->set_reason(words.confirm);
}

int print_outcome(const Globals& globals, const core::Result<v1::CommandOutcome>& outcome) {
  if (!outcome) return fail(globals, outcome.error());
  if (globals.json) {
    print_json(*outcome);
  } else if (outcome->seq() == 0) {
    fmt::print("Nothing stored. It would concern {} services.\n", outcome->services_concerned());
  } else {
    fmt::print("{}  version {}  seq {}  concerns {} services{}\n", outcome->reference(), outcome->version(),
               outcome->seq(), outcome->services_concerned(),
               outcome->duplicate() ? "  (said before: this is the first answer)" : "");
    for (const auto& other : outcome->possible_duplicates())
      fmt::print("may be about the same as {}  {}\n", other.reference(), other.headline());
  }
  if (!globals.json) {
    for (const v1::WithheldText& text : outcome->withheld()) {
      fmt::print("left out: {} ({}); gjallar revise {} --confirm REASON with the text releases it\n",
                 text.field(), text.rule(), outcome->reference());
    }
  }
  return kExitDone;
}

int send(const Globals& globals, const PublishWords& words, const core::Result<v1::Command>& command) {
  if (!command) return fail(globals, command.error());
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return fail(globals, connection.error());
  client::Publisher publisher(*connection);
  if (words.validate_only) return print_outcome(globals, publisher.preview(command->issue()));
  return print_outcome(globals, publisher.send(*command, words.idempotency_key));
}

void add_confirm_option(CLI::App& command, PublishWords& words) {
  command.add_option("--confirm", words.confirm,
                     "the texts point at no person, and why: the answer to confirm_required");
}

void add_no_duplicate_option(CLI::App& command, PublishWords& words) {
  command.add_option("--no-duplicate", words.no_duplicate,
                     "why it is about something else than the alerts that the broker listed");
}

void add_content_options(CLI::App& command, PublishWords& words) {
  command.add_option("--file", words.file,
                     "content as proto3 JSON of gjallar.v1.AlertContent; - for standard input");
  command.add_option("--kind", words.kind,
                     "seizure, new-substance, adulteration, high-potency, use-pattern, …");
  command.add_option("--language", words.language, "language of the text, BCP 47")->capture_default_str();
  command.add_option("--headline", words.headline, "headline");
  command.add_option("--description", words.description, "description");
  command.add_option("--instruction", words.instruction, "what to do");
  command.add_option("--substance", words.substance, "name of a substance");
  command.add_option("--cas", words.cas_number, "its CAS number");
  command.add_option("--form", words.form, "its form: tablet, powder, crystal, …");
  CLI::Option* until =
      command.add_option("--expires", words.expires, "when it stops being in force: 2026-06-01T12:00:00Z");
  command.add_option("--expires-in", words.expires_in, "how long it stays in force: 48h, 14d")
      ->excludes(until);
}

void add_grade_options(CLI::App& command, PublishWords& words) {
  command.add_option("--urgency", words.urgency, "immediate, expected, future, past, unknown");
  command.add_option("--severity", words.severity, "extreme, severe, moderate, minor, unknown");
  command.add_option("--certainty", words.certainty, "observed, likely, possible, unlikely, unknown");
}

void add_audience_options(CLI::App& command, PublishWords& words) {
  command.add_option("--area", words.areas, "area code of the audience (SE-12, NO-1101); may be repeated");
  command.add_option("--role", words.roles, "role of the audience; may be repeated; none: every role");
  command.add_option("--service", words.services, "service named one by one; may be repeated");
}

void add_change_options(CLI::App& command, PublishWords& words) {
  add_confirm_option(command, words);
  command.add_option("alert", words.alert, "the alert's reference (GJ-…) or id")->required();
  command.add_option("--reason", words.reason, "why");
  command.add_option("--expected-version", words.expected_version,
                     "refuse if the alert has another version by now");
}

core::Result<v1::Command> report_of(const PublishWords& w) {
  v1::Command command;
  v1::ReportAlert& report = *command.mutable_report();
  if (!w.file.empty()) GJALLAR_TRY(read_json(w.file, *report.mutable_details()));
  v1::AlertKind kind = v1::ALERT_KIND_UNSPECIFIED;
  GJALLAR_TRY(set_enum(w.kind, "kind", kind));
  report.set_kind(kind);
  report.set_subject(w.subject);
  for (const auto& word : w.dangers) {
    v1::DangerCriterion criterion = v1::DANGER_CRITERION_UNSPECIFIED;
    GJALLAR_TRY(set_enum(word, "danger", criterion));
    report.add_danger_criteria(criterion);
  }
  if (!w.areas.empty()) report.set_area(w.areas.front());
  if (w.seen == "now" && !w.idempotency_key.empty())
    return not_with_a_key("seen", "Give the moment itself: --seen 2026-06-01T12:00:00Z.");
  if (w.seen == "now") {
    *report.mutable_seen_at() = core::to_timestamp(core::SystemClock().wall());
  } else if (!w.seen.empty() &&
             !google::protobuf::util::TimeUtil::FromString(w.seen, report.mutable_seen_at())) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "seen", "That is no time.",
                            "Write it as in 2026-06-01T12:00:00Z, or say now.");
  }
  v1::Certainty certainty = v1::CERTAINTY_UNSPECIFIED;
  GJALLAR_TRY(set_enum(w.certainty, "certainty", certainty));
  report.set_certainty(certainty);
  if (report.details().status() == v1::STATUS_UNSPECIFIED && w.status != "actual") {
    v1::Status status = v1::STATUS_UNSPECIFIED;
    GJALLAR_TRY(set_enum(w.status, "status", status));
    report.mutable_details()->set_status(status);
  }
  if (report.details().texts().empty() && w.language != "en")
    report.mutable_details()->add_texts()->set_language(w.language);
  set_confirmation(w, report);
  return command;
}

core::Result<v1::Command> conclude_of(const PublishWords& w) {
  v1::Command command;
  v1::ConcludeReport& conclude = *command.mutable_conclude();
  conclude.set_alert_id(w.alert);
  conclude.set_expected_version(w.expected_version);
  conclude.set_reason(w.reason);
  conclude.set_superseded_by(w.superseded_by);
  v1::ReportOutcome outcome = v1::REPORT_OUTCOME_UNSPECIFIED;
  GJALLAR_TRY(set_enum(w.outcome, "outcome", outcome));
  conclude.set_outcome(outcome);
  set_confirmation(w, conclude);
  return command;
}

core::Result<v1::Command> escalation_outcome_of(const PublishWords& w) {
  v1::Command command;
  v1::ReportEscalation& report = *command.mutable_report_escalation();
  report.set_alert_id(w.alert);
  report.set_version(w.expected_version);
  report.set_service_id(w.service);
  v1::EscalationStep step = v1::ESCALATION_STEP_UNSPECIFIED;
  GJALLAR_TRY(set_enum(w.step, "step", step));
  report.set_step(step);
  v1::EscalationOutcome outcome = v1::ESCALATION_OUTCOME_UNSPECIFIED;
  GJALLAR_TRY(set_enum(w.outcome, "outcome", outcome));
  report.set_outcome(outcome);
  return command;
}

}  // namespace

void add_publish_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<PublishWords>();
  const auto add = [&app, &globals, &action, words](const char* name, const char* help, auto make) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("--idempotency-key", words->idempotency_key,
                        "makes a repeat of the command harmless");
    command->callback([&globals, &action, words, make] {
      action = [&globals, words, make] { return send(globals, *words, make(*words)); };
    });
    return command;
  };

  const auto issue = [](const PublishWords& w) -> core::Result<v1::Command> {
    auto content = content_of(w);
    if (!content) return content.error();
    v1::Command command;
    *command.mutable_issue()->mutable_content() = *content;
    set_confirmation(w, *command.mutable_issue());
    set_no_duplicate(w, *command.mutable_issue());
    return command;
  };
  CLI::App* publish = add("publish", "issue an alert, or carry out a CAP message", issue);
  add_content_options(*publish, *words);
  add_grade_options(*publish, *words);
  add_audience_options(*publish, *words);
  publish->add_option("--status", words->status, "actual, exercise, system, test")->capture_default_str();
  add_confirm_option(*publish, *words);
  add_no_duplicate_option(*publish, *words);
  publish->add_flag("--validate-only", words->validate_only, "only say what would happen");
  CLI::Option* cap =
      publish->add_option("--cap", words->cap_file, "a CAP 1.2 message instead: XML; - for standard input");
  for (const char* other : {"--file", "--kind", "--language", "--headline", "--description", "--instruction",
                            "--substance", "--cas", "--form", "--urgency", "--severity", "--certainty",
                            "--area", "--role", "--service", "--status", "--expires", "--expires-in"}) {
    cap->excludes(publish->get_option(other));
  }
  publish->callback([&globals, &action, words, issue] {
    action = [&globals, words, issue] {
      if (words->cap_file.empty()) return send(globals, *words, issue(*words));
      v1::PublishCapRequest request;
      request.set_idempotency_key(words->idempotency_key);
      request.set_validate_only(words->validate_only);
      set_confirmation(*words, request);
      set_no_duplicate(*words, request);
      return publish_cap(globals, words->cap_file, std::move(request));
    };
  });

  CLI::App* revise =
      add("revise", "change what an alert says", [](const PublishWords& w) -> core::Result<v1::Command> {
        PublishWords without_status = w;
        without_status.status.clear();
        auto content = content_of(without_status);
        if (!content) return content.error();
        v1::Command command;
        v1::ReviseAlert& revise = *command.mutable_revise();
        revise.set_alert_id(w.alert);
        revise.set_expected_version(w.expected_version);
        revise.set_reason(w.reason);
        std::string mask = w.mask;
        if (mask.empty()) {  // the fields that were given
          const auto* descriptor = content->GetDescriptor();
          for (int i = 0; i < descriptor->field_count(); ++i) {
            const auto* field = descriptor->field(i);
            const bool given = field->is_repeated() ? content->GetReflection()->FieldSize(*content, field) > 0
                                                    : content->GetReflection()->HasField(*content, field);
            if (given) revise.mutable_update_mask()->add_paths(field->name());
          }
        }
        for (std::size_t at = 0; at < mask.size();) {
          const std::size_t comma = std::min(mask.find(',', at), mask.size());
          revise.mutable_update_mask()->add_paths(mask.substr(at, comma - at));
          at = comma + 1;
        }
        *revise.mutable_content() = std::move(*content);
        set_confirmation(w, revise);
        set_no_duplicate(w, revise);
        return command;
      });
  add_change_options(*revise, *words);
  add_content_options(*revise, *words);
  add_audience_options(*revise, *words);
  add_no_duplicate_option(*revise, *words);
  revise->add_option("--mask", words->mask,
                     "fields to take over, comma-separated; none: those that were given");

  CLI::App* grade =
      add("grade", "change an alert's grade", [](const PublishWords& w) -> core::Result<v1::Command> {
        v1::Command command;
        v1::GradeAlert& grade = *command.mutable_grade();
        grade.set_alert_id(w.alert);
        grade.set_expected_version(w.expected_version);
        grade.set_reason(w.reason);
        GJALLAR_TRY(set_grade(w, *grade.mutable_grade()));
        set_confirmation(w, grade);
        return command;
      });
  add_change_options(*grade, *words);
  add_grade_options(*grade, *words);

  CLI::App* widen =
      add("widen", "add to an alert's audience", [](const PublishWords& w) -> core::Result<v1::Command> {
        v1::Command command;
        v1::WidenAlert& widen = *command.mutable_widen();
        widen.set_alert_id(w.alert);
        widen.set_expected_version(w.expected_version);
        widen.set_reason(w.reason);
        set_audience(w, *widen.mutable_audience());
        set_confirmation(w, widen);
        set_no_duplicate(w, widen);
        return command;
      });
  add_change_options(*widen, *words);
  add_audience_options(*widen, *words);
  add_no_duplicate_option(*widen, *words);

  CLI::App* retract = add("retract", "withdraw an alert; reaches everyone who got it",
                          [](const PublishWords& w) -> core::Result<v1::Command> {
                            v1::Command command;
                            v1::RetractAlert& retract = *command.mutable_retract();
                            retract.set_alert_id(w.alert);
                            retract.set_expected_version(w.expected_version);
                            retract.set_reason(w.reason);
                            set_confirmation(w, retract);
                            return command;
                          });
  add_change_options(*retract, *words);

  CLI::App* observe =
      add("observe", "say \"seen here too\"", [](const PublishWords& w) -> core::Result<v1::Command> {
        v1::Command command;
        v1::ObserveAlert& observe = *command.mutable_observe();
        observe.set_alert_id(w.alert);
        if (!w.areas.empty()) observe.set_area(w.areas.front());
        observe.set_count(w.count);
        observe.set_form(w.form);
        return command;
      });
  observe->add_option("alert", words->alert, "the alert's reference (GJ-…) or id")->required();
  observe->add_option("--area", words->areas, "area code where it was seen")->required()->expected(1);
  observe->add_option("--count", words->count, "how many times")->capture_default_str();
  observe->add_option("--form", words->form, "form seen");

  CLI::App* report = add("report", "tell the coordinators of something", report_of);
  report->add_option("--kind", words->kind, "what it is about: seizure, new-substance, adulteration, …");
  report->add_option("--subject", words->subject, "the substance, or what else it is about");
  report->add_option("--danger", words->dangers,
                     "why it is dangerous: acute-harm, high-strength, misleading-or-contaminated, "
                     "dangerous-use; may be repeated");
  report->add_option("--area", words->areas, "area code where it was seen")->expected(1);
  report->add_option("--seen", words->seen, "when: 2026-06-01T12:00:00Z, or now");
  report->add_option("--certainty", words->certainty,
                     "how sure: observed, likely, possible, unlikely, unknown");
  report->add_option("--language", words->language, "language of what is derived: sv, nb, da, fi, en")
      ->capture_default_str();
  report->add_option("--status", words->status, "actual, exercise, test")->capture_default_str();
  report->add_option("--file", words->file,
                     "anything else, as proto3 JSON of gjallar.v1.AlertContent; - for standard input");

  add_confirm_option(*report, *words);

  CLI::App* conclude = add("conclude", "say what became of a report; its reporter hears of it", conclude_of);
  add_change_options(*conclude, *words);
  conclude->add_option("--outcome", words->outcome, "no-action, shared-for-information, alert")->required();
  conclude->add_option("--alert", words->superseded_by, "with alert: the alert that came of it");

  CLI::App* called = add("escalation-outcome", "say what became of a call that an escalation asked for",
                         escalation_outcome_of);
  called->add_option("alert", words->alert, "the alert's reference (GJ-…) or id")->required();
  called->add_option("--service", words->service, "the service that was called")->required();
  called->add_option("--step", words->step, "what was missing: unreceived, unacknowledged")->required();
  called->add_option("--version", words->expected_version, "the version of the escalation")->required();
  called->add_option("--outcome", words->outcome, "reached, no-answer, failed, no-contact")->required();
}

}  // namespace gjallar::tool
