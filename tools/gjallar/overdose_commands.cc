// gjallar count-overdoses | overdoses
#include <fmt/format.h>

#include <memory>

#include "gjallar/v1/view_service.grpc.pb.h"
#include "subscribers/client/publisher.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/moment.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Views = v1::ViewService;

struct OverdoseWords {
  std::string area, from, to, source, status = "actual", idempotency_key, as_of;
  std::uint32_t fatal = 0, not_fatal = 0;
  bool raw = false;
};

/// A time as people type it; nothing for an empty text.
core::Result<void> set_time(const std::string& text, const std::string& field,
                            google::protobuf::Timestamp& time) {
  v1::Moment moment;
  GJALLAR_TRY(set_moment(text, field, moment));
  if (moment.moment_case() == v1::Moment::kSeq) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "This isn't a time.",
                            "Write it as in 2026-06-01T12:00:00Z.");
  }
  time = moment.time();
  return {};
}

core::Result<v1::Status> status_of(const std::string& word) {
  for (const v1::Status status : {v1::STATUS_ACTUAL, v1::STATUS_EXERCISE, v1::STATUS_TEST}) {
    if (plain_name(v1::Status_Name(status), "STATUS_") == word) return status;
  }
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "status", "Not a status of a count.",
                          "Use actual, exercise or test.");
}

core::Result<v1::Command> count_of(const OverdoseWords& words) {
  v1::Command command;
  v1::CountOverdoses& count = *command.mutable_count_overdoses();
  count.set_area(words.area);
  GJALLAR_TRY(set_time(words.from, "from", *count.mutable_from()));
  GJALLAR_TRY(set_time(words.to, "to", *count.mutable_to()));
  count.set_fatal(words.fatal);
  count.set_not_fatal(words.not_fatal);
  count.set_source(words.source);
  const auto status = status_of(words.status);
  if (!status) return status.error();
  count.set_status(*status);
  return command;
}

int send_count(const Globals& globals, const OverdoseWords& words) {
  const auto command = count_of(words);
  if (!command) return fail(globals, command.error());
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return fail(globals, connection.error());
  client::Publisher publisher(*connection);
  const auto outcome = publisher.send(*command, words.idempotency_key);
  if (!outcome) return fail(globals, outcome.error());
  if (globals.json) {
    print_json(*outcome);
  } else {
    fmt::print("counted  seq {}\n", outcome->seq());
    if (outcome->services_concerned() > 0)
      fmt::print("more than usual: a hint went to {} services\n", outcome->services_concerned());
  }
  return kExitDone;
}

int show(const Globals& globals, const OverdoseWords& words) {
  v1::ListOverdosesRequest request;
  request.set_area(words.area);
  request.set_raw(words.raw);
  if (!words.from.empty()) {
    if (const auto from = set_time(words.from, "from", *request.mutable_from()); !from)
      return fail(globals, from.error());
  }
  if (!words.to.empty()) {
    if (const auto to = set_time(words.to, "to", *request.mutable_to()); !to)
      return fail(globals, to.error());
  }
  if (const auto moment = set_moment(words.as_of, "as-of", *request.mutable_as_of()); !moment)
    return fail(globals, moment.error());
  const auto status = status_of(words.status);
  if (!status) return fail(globals, status.error());
  request.set_status(*status);
  const auto response = call<Views::Stub, v1::ListOverdosesRequest, v1::ListOverdosesResponse>(
      globals, &Views::Stub::ListOverdoses, &Views::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  Table table({"AREA", "FROM", "TO", "OVERDOSES", "FATAL"});
  for (const auto& period : response->periods()) {
    table.add(
        {period.area(), zoned_time(period.from()), zoned_time(period.to()), period.count(), period.fatal()});
  }
  if (table.empty()) {
    fmt::print("Nothing is told yet: a municipality's week is told three days after its end.\n");
  } else {
    table.print(globals.colour);
  }
  return kExitDone;
}

}  // namespace

void add_overdose_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<OverdoseWords>();
  CLI::App* count = app.add_subcommand("count-overdoses", "send how many overdoses there were: numbers only");
  count->add_option("area", words->area, "the municipality's code (SE-1280)")->required();
  count->add_option("--from", words->from, "start of the period, at most 24 hours")->required();
  count->add_option("--to", words->to, "end of the period")->required();
  count->add_option("--fatal", words->fatal, "how many ended in death")->capture_default_str();
  count->add_option("--not-fatal", words->not_fatal, "how many didn't")->capture_default_str();
  count->add_option("--source", words->source, "kind of source: ambulance, police, outreach")->required();
  count->add_option("--status", words->status, "actual, exercise, test")->capture_default_str();
  count->add_option("--idempotency-key", words->idempotency_key, "makes a repeat of the command harmless");
  count->callback(
      [&globals, &action, words] { action = [&globals, words] { return send_count(globals, *words); }; });

  CLI::App* list = app.add_subcommand("overdoses", "overdose counts of an area, rounded where they must be");
  list->add_option("area", words->area, "area code")->required();
  list->add_option("--from", words->from, "first moment");
  list->add_option("--to", words->to, "last moment");
  list->add_option("--as-of", words->as_of, "a past moment: a time or a seq");
  list->add_option("--status", words->status, "actual, exercise, test")->capture_default_str();
  list->add_flag("--raw", words->raw, "as they were sent; for those who assess");
  list->callback(
      [&globals, &action, words] { action = [&globals, words] { return show(globals, *words); }; });
}

}  // namespace gjallar::tool
