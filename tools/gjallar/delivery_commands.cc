// gjallar delivery | activity
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>

#include "gjallar/v1/view_service.grpc.pb.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/delivery_report.h"
#include "tools/gjallar/delivery_words.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using LedgerViews = v1::ViewService;
using google::protobuf::util::TimeUtil;

struct DeliveryWords {
  std::string alert, report, area, role, from, to;
  std::uint64_t version = 0;
  bool watch = false, exercises = false;
};

void print_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines)
    std::cout << line << "\n";
  std::cout.flush();
}

int delivery_once(const Globals& globals, const DeliveryWords& words) {
  v1::GetDeliveryRequest request;
  request.set_alert_id(words.alert);
  request.set_version(words.version);
  const auto response = call<LedgerViews::Stub, v1::GetDeliveryRequest, v1::GetDeliveryResponse>(
      globals, &LedgerViews::Stub::GetDelivery, &LedgerViews::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (words.report == "csv") {
    std::cout << csv_report(*response) << std::flush;
  } else if (words.report == "html") {
    std::cout << html_report(*response) << std::flush;
  } else if (words.report == "table") {
    print_lines(table_report(*response));
  } else if (globals.json) {
    print_json(*response);
  } else {
    print_lines(delivery_lines(*response, TimeUtil::GetCurrentTime(), globals.colour));
  }
  return kExitDone;
}

/// Until the broker ends it or Ctrl-C ends the program. A terminal is drawn anew, anything else gets a line a
/// change.
int delivery_watch(const Globals& globals, const DeliveryWords& words) {
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return fail(globals, connection.error());
  v1::WatchDeliveryRequest request;
  request.set_alert_id(words.alert);
  request.set_version(words.version);
  grpc::ClientContext context;
  (*connection)->authorize(context);
  const auto stub = LedgerViews::NewStub((*connection)->channel());
  const auto stream = stub->WatchDelivery(&context, request);
  v1::WatchDeliveryResponse answer;
  std::optional<v1::GetDeliveryResponse> before;
  while (stream->Read(&answer)) {
    const auto now = TimeUtil::GetCurrentTime();
    if (globals.json) {
      print_json(answer.delivery());
    } else if (globals.colour) {
      std::cout << "\033[H\033[2J";
      print_lines(delivery_lines(answer.delivery(), now, true));
    } else {
      print_lines(change_lines(before ? &*before : nullptr, answer.delivery(), now));
    }
    before = answer.delivery();
  }
  const grpc::Status status = stream->Finish();
  return status.ok() ? kExitDone : fail(globals, client::error_of(status));
}

core::Result<void> set_period_time(const std::string& word, const char* field,
                                   google::protobuf::Timestamp& time) {
  if (TimeUtil::FromString(word, &time)) return {};
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "Not a time.",
                          "Write it as in RFC 3339: 2026-03-01T00:00:00Z.");
}

int activity(const Globals& globals, const DeliveryWords& words) {
  v1::ListServiceActivityRequest request;
  request.set_area(words.area);
  request.set_role(words.role);
  request.set_exercises(words.exercises);
  if (!words.from.empty()) {
    if (const auto set = set_period_time(words.from, "from", *request.mutable_from()); !set)
      return fail(globals, set.error());
  }
  if (!words.to.empty()) {
    if (const auto set = set_period_time(words.to, "to", *request.mutable_to()); !set)
      return fail(globals, set.error());
  }
  const auto response =
      call<LedgerViews::Stub, v1::ListServiceActivityRequest, v1::ListServiceActivityResponse>(
          globals, &LedgerViews::Stub::ListServiceActivity, &LedgerViews::NewStub, request,
          std::chrono::minutes(10));
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  const auto time_or_never = [](bool there, const google::protobuf::Timestamp& time) {
    return there ? zoned_time(time) : std::string("never");
  };
  Table table(
      {"SERVICE", "CONFIRMED", "REPORTED", "RECEIVED", "ONLINE", "URGENT", "GOT", "CONFIRMED OF THEM"});
  for (const auto& service : response->services()) {
    table.add({service.service_id(),
               time_or_never(service.has_last_acknowledged(), service.last_acknowledged()),
               time_or_never(service.has_last_reported(), service.last_reported()),
               time_or_never(service.has_last_received(), service.last_received()),
               service.online() ? "yes" : "no", std::to_string(service.urgent_alerts()),
               std::to_string(service.urgent_received()), std::to_string(service.urgent_acknowledged())});
  }
  table.print(globals.colour);
  return kExitDone;
}

}  // namespace

void add_delivery_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<DeliveryWords>();
  CLI::App* ledger = app.add_subcommand("delivery", "who has an alert and who hasn't, by county");
  ledger->add_option("alert", words->alert, "reference (GJ-…) or id")->required();
  ledger->add_option("--version", words->version, "version; none: the current one");
  auto* const watch = ledger->add_flag("--watch", words->watch, "live, until Ctrl-C");
  ledger
      ->add_option("--report", words->report,
                   "a report to keep: csv, html or table; who, how fast, who never")
      ->check(CLI::IsMember({"csv", "html", "table"}))
      ->excludes(watch);
  ledger->callback([&globals, &action, words] {
    action = [&globals, words] {
      return words->watch ? delivery_watch(globals, *words) : delivery_once(globals, *words);
    };
  });
  CLI::App* how =
      app.add_subcommand("activity", "how each service keeps up: the longest silent first, urgent alerts");
  how->add_option("--area", words->area, "only services that meet this area");
  how->add_option("--role", words->role, "only services with this role");
  how->add_option("--from", words->from, "start of the period, RFC 3339; none: of this month (UTC)");
  how->add_option("--to", words->to, "end of the period, RFC 3339; none: now");
  how->add_flag("--exercises", words->exercises, "exercises and tests instead of actual alerts");
  how->callback(
      [&globals, &action, words] { action = [&globals, words] { return activity(globals, *words); }; });
}

}  // namespace gjallar::tool
