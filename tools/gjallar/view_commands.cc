// gjallar view | history
#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <memory>

#include "broker/core/identity.h"
#include "broker/domain/short_text.h"
#include "gjallar/v1/view_service.grpc.pb.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/moment.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Views = v1::ViewService;

struct ViewWords {
  std::string alert, service, area, role, kind, substance, as_of, language, status, length;
  bool all = false;
};

/// What became of a report, and what took the alert's place.
void print_outcome_of(const v1::Alert& alert) {
  if (alert.content().report()) {
    const bool open = alert.report_outcome() == v1::REPORT_OUTCOME_UNSPECIFIED;
    fmt::print("report, {}\n",
               open ? "not concluded yet"
                    : plain_name(v1::ReportOutcome_Name(alert.report_outcome()), "REPORT_OUTCOME_"));
  }
  if (!alert.superseded_by().empty())
    fmt::print("see {}\n", core::reference_of(core::AlertId(alert.superseded_by())));
  for (const auto& link : alert.content().possible_duplicate_of()) {
    if (!link.alert_id().empty())
      fmt::print("may be about the same as {}\n", core::reference_of(core::AlertId(link.alert_id())));
  }
}

void print_facts(const v1::Alert& alert) {
  for (const auto& substance : alert.content().substances()) {
    fmt::print("substance {} {} {}\n", substance.name(), substance.cas_number(), substance.form());
  }
  if (alert.content().has_shortage()) {
    const auto& shortage = alert.content().shortage();
    fmt::print(
        "runs short: {}{}{}\n", shortage.product(),
        shortage.has_expected_until() ? ", expected until " + zoned_time(shortage.expected_until()) : "",
        shortage.alternatives().empty() ? "" : "; instead: " + shortage.alternatives());
  }
  for (const auto& seen : alert.observations()) {
    fmt::print("seen in {}: {}, latest {}\n", seen.area(), seen.observations(), zoned_time(seen.latest()));
  }
}

void print_alert(const Globals& globals, const ViewWords& words, const v1::Alert& alert, std::uint64_t seq) {
  const std::string status = plain_name(v1::Status_Name(alert.content().status()), "STATUS_");
  fmt::print("{}  {}  {}  {}  version {}  seq {}\n", alert.reference(), grade_label(alert, globals.colour),
             status, phase_label(alert.phase()), alert.version(), seq);
  fmt::print("sent {} by {}{}\n", zoned_time(alert.sent()), alert.sender(),
             alert.content().has_expires() ? ", expires " + zoned_time(alert.content().expires()) : "");
  fmt::print("areas {}\n", areas_of(alert));
  print_outcome_of(alert);
  print_facts(alert);
  if (!words.language.empty()) {
    fmt::print("\n{}\n", domain::full_text(alert, words.language, words.role));
    return;
  }
  for (const auto& text : alert.content().texts())
    fmt::print("\n[{}] {}\n", text.language(), domain::full_text(alert, text.language(), words.role));
}

/// One of the three lengths, and nothing else; false if it is none.
bool print_length(const ViewWords& words, const v1::Alert& alert) {
  if (words.length == "sms") {
    fmt::print("{}\n", domain::sms_text(alert, words.language));
  } else if (words.length == "summary") {
    fmt::print("{}\n", domain::summary_text(alert, words.language));
  } else if (words.length == "full") {
    fmt::print("{}\n", domain::full_text(alert, words.language, words.role));
  } else {
    return false;
  }
  return true;
}

core::Error no_such_length() {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "length", "There is no such length.",
                          "Use sms, summary or full.");
}

int view_one(const Globals& globals, const ViewWords& words) {
  v1::GetAlertRequest request;
  request.set_alert_id(words.alert);
  if (const auto moment = set_moment(words.as_of, "as-of", *request.mutable_as_of()); !moment)
    return fail(globals, moment.error());
  const auto response = call<Views::Stub, v1::GetAlertRequest, v1::GetAlertResponse>(
      globals, &Views::Stub::GetAlert, &Views::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
  } else {
    if (!words.length.empty()) return print_length(words, response->alert()) ? kExitDone : kExitFailed;
    print_alert(globals, words, response->alert(), response->seq());
  }
  return kExitDone;
}

/// Open shortages have columns of their own.
Table shortage_table() {
  return Table({"REFERENCE", "STATUS", "PRODUCT", "AREAS", "FROM", "EXPECTED UNTIL", "ALTERNATIVES"});
}

std::vector<std::string> shortage_row(const v1::Alert& alert) {
  const auto& shortage = alert.content().shortage();
  const auto time = [](bool there, const google::protobuf::Timestamp& at) {
    return there ? zoned_time(at) : std::string("not known");
  };
  return {alert.reference(),
          plain_name(v1::Status_Name(alert.content().status()), "STATUS_"),
          shortage.product(),
          areas_of(alert),
          time(shortage.has_from(), shortage.from()),
          time(shortage.has_expected_until(), shortage.expected_until()),
          shortage.alternatives()};
}

int view_list(const Globals& globals, const ViewWords& words) {
  v1::ListAlertsRequest request;
  request.set_service_id(words.service);
  request.set_area(words.area);
  request.set_role(words.role);
  request.set_substance(words.substance);
  request.set_include_ended(words.all);
  if (!words.kind.empty()) {
    std::string name = "ALERT_KIND_" + words.kind;
    for (char& c : name)
      c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    v1::AlertKind kind = v1::ALERT_KIND_UNSPECIFIED;
    if (!v1::AlertKind_Parse(name, &kind)) {
      return fail(globals,
                  core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "kind", "Not a kind of alert.",
                                   "Use seizure, new-substance, adulteration, high-potency, use-pattern, "
                                   "overdose-cluster, supply-shortage or general."));
    }
    request.set_kind(kind);
  }
  if (!words.status.empty()) {
    std::string name = "STATUS_" + words.status;
    for (char& c : name)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    v1::Status status = v1::STATUS_UNSPECIFIED;
    if (!v1::Status_Parse(name, &status)) {
      return fail(globals, core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "status", "Not a status.",
                                            "Use actual, exercise, system, test or draft."));
    }
    request.set_status(status);
  }
  if (const auto moment = set_moment(words.as_of, "as-of", *request.mutable_as_of()); !moment)
    return fail(globals, moment.error());
  const bool shortages = request.kind() == v1::ALERT_KIND_SUPPLY_SHORTAGE && !request.include_ended();
  Table table =
      shortages ? shortage_table()
                : Table({"REFERENCE", "LEVEL", "STATUS", "PHASE", "VERSION", "CHANGED", "AREAS", "HEADLINE"});
  const bool short_texts = words.length == "sms" || words.length == "summary";
  std::uint64_t as_of_seq = 0;
  do {
    const auto response = call<Views::Stub, v1::ListAlertsRequest, v1::ListAlertsResponse>(
        globals, &Views::Stub::ListAlerts, &Views::NewStub, request);
    if (!response) return fail(globals, response.error());
    if (globals.json) print_json(*response);
    as_of_seq = response->as_of_seq();
    for (const auto& alert : response->alerts()) {
      if (shortages) {
        table.add(shortage_row(alert));
        continue;
      }
      if (short_texts && !globals.json) {
        (void)print_length(words, alert);
        continue;
      }
      table.add({alert.reference(), grade_label(alert, globals.colour),
                 plain_name(v1::Status_Name(alert.content().status()), "STATUS_"), phase_label(alert.phase()),
                 std::to_string(alert.version()), zoned_time(alert.changed()), areas_of(alert),
                 headline_of(alert, words.language)});
    }
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  if (!globals.json) {
    if (short_texts && !shortages) {
      fmt::print("as of seq {}\n", as_of_seq);
    } else if (table.empty()) {
      fmt::print("No alerts at seq {}.\n", as_of_seq);
    } else {
      table.print(globals.colour);
      fmt::print("as of seq {}\n", as_of_seq);
    }
  }
  return kExitDone;
}

int history(const Globals& globals, const ViewWords& words) {
  v1::GetHistoryRequest request;
  request.set_alert_id(words.alert);
  const auto response = call<Views::Stub, v1::GetHistoryRequest, v1::GetHistoryResponse>(
      globals, &Views::Stub::GetHistory, &Views::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  Table table({"SEQ", "TIME", "EVENT", "VERSION", "BY", "LEVEL", "CHANGED", "REASON"});
  for (const auto& event : response->events()) {
    table.add({std::to_string(event.seq()), zoned_time(event.time()), event_label(event.type()),
               std::to_string(event.version()), event.principal(),
               grade_label(event.payload().alert(), globals.colour), joined(event.payload().changed_fields()),
               event.payload().reason()});
  }
  table.print(globals.colour);
  return kExitDone;
}

}  // namespace

void add_view_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<ViewWords>();
  CLI::App* view = app.add_subcommand("view", "alerts as they stand, or stood; or one of them");
  view->add_option("alert", words->alert, "reference (GJ-…) or id of one alert");
  view->add_option("--service", words->service, "what this service sees");
  view->add_option("--area", words->area, "alerts whose audience meets this area");
  view->add_option("--role", words->role,
                   "alerts whose audience includes this role; of one alert, its instruction first");
  view->add_option("--kind", words->kind, "alerts of this kind");
  view->add_option("--substance", words->substance, "alerts with this substance: name or CAS number");
  view->add_option("--status", words->status,
                   "alerts of this status: exercise, test, …; none: actual ones and those about the system");
  view->add_option("--length", words->length, "the text alone: sms, summary or full");
  view->add_option("--as-of", words->as_of, "a past moment: RFC 3339 time or seq");
  view->add_option("--language", words->language, "language of headlines and texts");
  view->add_flag("--all", words->all, "retracted and expired ones too");
  view->callback([&globals, &action, words] {
    action = [&globals, words] {
      const bool known = words->length.empty() || words->length == "sms" || words->length == "summary" ||
                         words->length == "full";
      if (!known) return fail(globals, no_such_length());
      return words->alert.empty() ? view_list(globals, *words) : view_one(globals, *words);
    };
  });
  CLI::App* events = app.add_subcommand("history", "one alert's events in order");
  events->add_option("alert", words->alert, "reference (GJ-…) or id")->required();
  events->callback(
      [&globals, &action, words] { action = [&globals, words] { return history(globals, *words); }; });
}

}  // namespace gjallar::tool
