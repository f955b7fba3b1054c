// gjallar replay | verify | rebuild | status
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/core/digest.h"
#include "broker/core/random.h"
#include "broker/log/local_log.h"
#include "gjallar/v1/operator_service.grpc.pb.h"
#include "subscribers/client/replay.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/moment.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Operators = v1::OperatorService;
/// Verify and rebuild of a large log take their time.
constexpr std::chrono::hours kPatience{6};

struct OperatorWords {
  std::string from, to, service, area, role, alert, data_dir;
  std::vector<std::string> types;
  std::uint64_t from_seq = 0;
  double speed = 0;
};

/// "alert-issued" → EVENT_TYPE_ALERT_ISSUED.
core::Result<v1::EventType> type_of(const std::string& word) {
  std::string choices;
  for (int i = 1; i < v1::EventType_descriptor()->value_count(); ++i) {
    const auto* value = v1::EventType_descriptor()->value(i);
    const std::string name = plain_name(value->name(), "EVENT_TYPE_");
    if (name == word) return static_cast<v1::EventType>(value->number());
    choices += (choices.empty() ? "" : ", ") + name;
  }
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "type", "Not a type of event.",
                          "Use one of: " + choices + ".");
}

int replay(const Globals& globals, const OperatorWords& words) {
  v1::ReplayRequest request;
  request.set_service_id(words.service);
  request.set_area(words.area);
  request.set_role(words.role);
  request.set_alert_id(words.alert);
  request.set_speed(words.speed);
  for (const std::string& word : words.types) {
    const auto type = type_of(word);
    if (!type) return fail(globals, type.error());
    request.add_types(*type);
  }
  if (!words.from.empty()) {
    if (const auto moment = set_moment(words.from, "from", *request.mutable_from()); !moment)
      return fail(globals, moment.error());
  }
  if (!words.to.empty()) {
    if (const auto moment = set_moment(words.to, "to", *request.mutable_to()); !moment)
      return fail(globals, moment.error());
  }
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return fail(globals, connection.error());
  const auto replayed = client::replay(**connection, std::move(request), [&](const v1::Event& event) {
    if (globals.json) {
      v1::ReplayResponse step;
      *step.mutable_event() = event;
      print_json(step);
      return true;
    }
    const bool about_alert = event.payload().has_alert();
    fmt::print(
        "{:>6}  {}  {}  {}  {}\n", event.seq(), zoned_time(event.time()),
        padded(event_label(event.type()), 18),
        padded(about_alert ? event.payload().alert().reference() : event.subject(), 17),
        about_alert ? headline_of(event.payload().alert()) : event.payload().service().service().name());
    return true;
  });
  if (!replayed) return fail(globals, replayed.error());
  if (globals.json) {
    v1::ReplayResponse step;
    *step.mutable_caughtup() = replayed->caughtup;
    print_json(step);
  } else {
    fmt::print("{} events, up to seq {}\n", replayed->events, replayed->caughtup.seq());
  }
  return kExitDone;
}

int print_verified(const Globals& globals, const v1::VerifyResponse& report) {
  if (globals.json) {
    print_json(report);
  } else if (report.intact()) {
    fmt::print("intact: {} events, head seq {}, chain hash {}\n", report.events(), report.head_seq(),
               core::to_hex(report.head_hash()));
  } else if (report.first_bad_seq() != 0) {
    fmt::print("NOT intact: first bad seq {}: {}\n", report.first_bad_seq(), report.finding());
  } else {
    fmt::print("NOT intact: {}\n", report.finding());
  }
  return report.intact() ? kExitDone : kExitFailed;
}

/// Without a broker: reads the folder itself, so that a log which a broker refuses to open can be looked
/// into.
int verify_folder(const Globals& globals, const OperatorWords& words) {
  const core::SystemClock clock;
  core::SystemRandom random;
  log::LocalLogOptions options;
  options.directory = words.data_dir + "/log";
  options.clock = &clock;
  options.random = &random;
  options.folds = [](log::FoldPurpose) { return std::vector<std::unique_ptr<log::Fold>>(); };
  options.read_only = true;
  auto opened = log::open_local_log(std::move(options));
  if (!opened) return fail(globals, opened.error());
  const auto snapshot = (*opened)->snapshot();
  if (const auto there = log::check_from_seq(*snapshot, words.from_seq); !there)
    return fail(globals, there.error());
  const log::VerifyReport found = log::verify(*snapshot, words.from_seq);
  v1::VerifyResponse report;
  report.set_intact(found.intact);
  report.set_events(found.events);
  report.set_head_seq(found.head.seq);
  report.set_head_hash(std::string(core::as_view(found.head.hash)));
  report.set_first_bad_seq(found.first_bad_seq);
  report.set_finding(found.finding);
  return print_verified(globals, report);
}

int verify(const Globals& globals, const OperatorWords& words) {
  if (!words.data_dir.empty()) return verify_folder(globals, words);
  v1::VerifyRequest request;
  request.set_from_seq(words.from_seq);
  const auto response = call<Operators::Stub, v1::VerifyRequest, v1::VerifyResponse>(
      globals, &Operators::Stub::Verify, &Operators::NewStub, request, kPatience);
  if (!response) return fail(globals, response.error());
  return print_verified(globals, *response);
}

int rebuild(const Globals& globals) {
  const auto response = call<Operators::Stub, v1::RebuildRequest, v1::RebuildResponse>(
      globals, &Operators::Stub::Rebuild, &Operators::NewStub, v1::RebuildRequest(), kPatience);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
  } else {
    fmt::print("{} events folded into {} rows; {} were different from what stood before\n",
               response->events(), response->rows(), response->differences());
  }
  return kExitDone;
}

int status(const Globals& globals) {
  const auto response = call<Operators::Stub, v1::GetStatusRequest, v1::GetStatusResponse>(
      globals, &Operators::Stub::GetStatus, &Operators::NewStub, v1::GetStatusRequest());
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  fmt::print("log {}, head seq {}, chain hash {}\n", response->log_id(), response->head_seq(),
             core::to_hex(response->head_hash()));
  fmt::print("{} live alerts, {} services, {} sessions, {} commands waiting\n", response->live_alerts(),
             response->services(), response->sessions(), response->commands_waiting());
  fmt::print("version {}, up since {}, {}\n", response->version(), zoned_time(response->started()),
             response->ready() ? "ready" : "NOT ready");
  for (const auto& finding : response->findings())
    fmt::print("  {}\n", finding);
  return kExitDone;
}

}  // namespace

void add_operator_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<OperatorWords>();
  CLI::App* again = app.add_subcommand("replay", "the log's events once more, for you alone");
  again->add_option("--from", words->from, "first moment: seq or RFC 3339 time");
  again->add_option("--to", words->to, "last moment: seq or RFC 3339 time");
  again->add_option("--service", words->service, "only what concerned this service");
  again->add_option("--area", words->area, "only what met this area");
  again->add_option("--role", words->role, "only what was for this role");
  again->add_option("--type", words->types,
                    "only events of this type: alert-issued, alert-retracted, …; may be repeated");
  again->add_option("--alert", words->alert, "only this alert");
  again->add_option("--speed", words->speed, "times as fast as it happened; 0: as fast as possible")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  again->callback(
      [&globals, &action, words] { action = [&globals, words] { return replay(globals, *words); }; });
  CLI::App* check = app.add_subcommand("verify", "check the log from the first event to the head");
  check->add_option("--from", words->from_seq, "first seq to check");
  check->add_option("--data-dir", words->data_dir, "without a broker: read this data folder");
  check->callback(
      [&globals, &action, words] { action = [&globals, words] { return verify(globals, *words); }; });
  CLI::App* fold = app.add_subcommand("rebuild", "fold all views anew and switch");
  fold->callback([&globals, &action] { action = [&globals] { return rebuild(globals); }; });
  CLI::App* how = app.add_subcommand("status", "how the broker does");
  how->callback([&globals, &action] { action = [&globals] { return status(globals); }; });
}

}  // namespace gjallar::tool
