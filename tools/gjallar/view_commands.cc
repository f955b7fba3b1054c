// gjallar view | history | delivery
#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <memory>

#include "gjallar/v1/view_service.grpc.pb.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/moment.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Views = v1::ViewService;

struct Words {
  std::string alert, service, area, role, kind, substance, as_of, language;
  std::uint64_t version = 0;
  bool all = false;
};

void print_alert(const Globals& globals, const v1::Alert& alert, std::uint64_t seq) {
  fmt::print("{}  {}  {}  version {}  seq {}\n", alert.reference(),
             level_label(alert.level(), globals.colour), phase_label(alert.phase()), alert.version(), seq);
  fmt::print("sent {} by {}, {}\n", local_time(alert.sent()), alert.sender(),
             plain_name(v1::Verification_Name(alert.verification()), "VERIFICATION_"));
  fmt::print("areas {}\n", areas_of(alert));
  for (const auto& substance : alert.content().substances()) {
    fmt::print("substance {} {} {}\n", substance.name(), substance.cas_number(), substance.form());
  }
  for (const auto& text : alert.content().texts()) {
    fmt::print("\n[{}] {}\n{}\n{}\n", text.language(), text.headline(), text.description(),
               text.instruction());
    for (const auto& own : text.role_instructions())
      fmt::print("  {}: {}\n", own.role(), own.instruction());
  }
}

int view_one(const Globals& globals, const Words& words) {
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
    print_alert(globals, response->alert(), response->seq());
  }
  return kExitDone;
}

int view_list(const Globals& globals, const Words& words) {
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
  if (const auto moment = set_moment(words.as_of, "as-of", *request.mutable_as_of()); !moment)
    return fail(globals, moment.error());
  Table table({"REFERENCE", "LEVEL", "STATUS", "PHASE", "VERSION", "CHANGED", "AREAS", "HEADLINE"});
  std::uint64_t as_of_seq = 0;
  do {
    const auto response = call<Views::Stub, v1::ListAlertsRequest, v1::ListAlertsResponse>(
        globals, &Views::Stub::ListAlerts, &Views::NewStub, request);
    if (!response) return fail(globals, response.error());
    if (globals.json) print_json(*response);
    as_of_seq = response->as_of_seq();
    for (const auto& alert : response->alerts()) {
      table.add({alert.reference(), level_label(alert.level(), globals.colour),
                 plain_name(v1::Status_Name(alert.content().status()), "STATUS_"), phase_label(alert.phase()),
                 std::to_string(alert.version()), local_time(alert.changed()), areas_of(alert),
                 headline_of(alert, words.language)});
    }
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  if (!globals.json) {
    if (table.empty()) {
      fmt::print("No alerts at seq {}.\n", as_of_seq);
    } else {
      table.print(globals.colour);
      fmt::print("as of seq {}\n", as_of_seq);
    }
  }
  return kExitDone;
}

int history(const Globals& globals, const Words& words) {
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
    table.add({std::to_string(event.seq()), local_time(event.time()), event_label(event.type()),
               std::to_string(event.version()), event.principal(),
               level_label(event.payload().alert().level(), globals.colour),
               joined(event.payload().changed_fields()), event.payload().reason()});
  }
  table.print(globals.colour);
  return kExitDone;
}

int delivery(const Globals& globals, const Words& words) {
  v1::GetDeliveryRequest request;
  request.set_alert_id(words.alert);
  request.set_version(words.version);
  const auto response = call<Views::Stub, v1::GetDeliveryRequest, v1::GetDeliveryResponse>(
      globals, &Views::Stub::GetDelivery, &Views::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  fmt::print("version {}, seq {}, {}: {} of {} services have not received it\n", response->version(),
             response->seq(), local_time(response->time()), response->not_received(),
             response->services_size());
  const auto time_or_dash = [](bool there, const google::protobuf::Timestamp& time) {
    return there ? local_time(time) : std::string("–");
  };
  Table table({"SERVICE", "WRITTEN", "RECEIVED", "ACKNOWLEDGED", "BY"});
  for (const auto& service : response->services()) {
    table.add({service.service_id(), time_or_dash(service.has_written(), service.written()),
               time_or_dash(service.has_received(), service.received()),
               time_or_dash(service.has_acknowledged(), service.acknowledged()), service.transport()});
  }
  table.print(globals.colour);
  return kExitDone;
}

}  // namespace

void add_view_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<Words>();
  CLI::App* view = app.add_subcommand("view", "alerts as they stand, or stood; or one of them");
  view->add_option("alert", words->alert, "reference (GJ-…) or id of one alert");
  view->add_option("--service", words->service, "what this service sees");
  view->add_option("--area", words->area, "alerts whose audience meets this area");
  view->add_option("--role", words->role, "alerts whose audience includes this role");
  view->add_option("--kind", words->kind, "alerts of this kind");
  view->add_option("--substance", words->substance, "alerts with this substance: name or CAS number");
  view->add_option("--as-of", words->as_of, "a past moment: RFC 3339 time or seq");
  view->add_option("--language", words->language, "language of the headlines");
  view->add_flag("--all", words->all, "retracted and expired ones too");
  view->callback([&globals, &action, words] {
    action = [&globals, words] {
      return words->alert.empty() ? view_list(globals, *words) : view_one(globals, *words);
    };
  });
  CLI::App* events = app.add_subcommand("history", "one alert's events in order");
  events->add_option("alert", words->alert, "reference (GJ-…) or id")->required();
  events->callback(
      [&globals, &action, words] { action = [&globals, words] { return history(globals, *words); }; });
  CLI::App* ledger = app.add_subcommand("delivery", "who has an alert and who hasn't");
  ledger->add_option("alert", words->alert, "reference (GJ-…) or id")->required();
  ledger->add_option("--version", words->version, "version; none: the current one");
  ledger->callback(
      [&globals, &action, words] { action = [&globals, words] { return delivery(globals, *words); }; });
}

}  // namespace gjallar::tool
