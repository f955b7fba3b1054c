#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "broker/admission/validate.h"
#include "gjallar/v1/command.pb.h"

using namespace gjallar;

namespace {

const std::string kId = "0190b8f0-7c2a-7d3e-9f10-0123456789ab";

boost::json::value read_scenario() {
  const char* source = std::getenv("GJALLAR_SOURCE");
  std::ifstream file(std::string(source != nullptr ? source : ".") + "/tools/scenario/demo.json");
  std::ostringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str());
}

void must_parse(const boost::json::value& json, google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status =
      google::protobuf::util::JsonStringToMessage(boost::json::serialize(json), message, options);
  INFO(status.ToString());
  REQUIRE(status.ok());
}

/// The command of a step; not set if the step is something else.
v1::Command command_of(const boost::json::object& step) {
  v1::Command command;
  if (const auto* content = step.if_contains("issue")) {
    must_parse(*content, command.mutable_issue()->mutable_content());
  } else if (const auto* revise = step.if_contains("revise")) {
    must_parse(*revise, command.mutable_revise());
    command.mutable_revise()->set_alert_id(kId);
  } else if (const auto* grade = step.if_contains("grade")) {
    must_parse(*grade, command.mutable_grade());
    command.mutable_grade()->set_alert_id(kId);
  } else if (const auto* widen = step.if_contains("widen")) {
    must_parse(*widen, command.mutable_widen());
    command.mutable_widen()->set_alert_id(kId);
  } else if (const auto* retract = step.if_contains("retract")) {
    must_parse(*retract, command.mutable_retract());
    command.mutable_retract()->set_alert_id(kId);
  } else if (const auto* observe = step.if_contains("observe")) {
    must_parse(*observe, command.mutable_observe());
    command.mutable_observe()->set_alert_id(kId);
  } else if (const auto* report = step.if_contains("report")) {
    must_parse(*report, command.mutable_report());
  } else if (const auto* conclude = step.if_contains("conclude")) {
    must_parse(*conclude, command.mutable_conclude());
    command.mutable_conclude()->set_alert_id(kId);
    if (command.conclude().outcome() == v1::REPORT_OUTCOME_ALERT)
      command.mutable_conclude()->set_superseded_by(kId);  // the scenario has its name
  }
  return command;
}

}  // namespace

TEST_CASE("every command and service of the demonstration passes the door") {
  const domain::RoleCatalogue roles;
  const boost::json::value scenario = read_scenario();
  int checked = 0;
  for (const auto& step : scenario.at("steps").as_array()) {
    const v1::Command command = command_of(step.as_object());
    if (command.command_case() == v1::Command::COMMAND_NOT_SET) continue;
    const auto result = admission::validate(command, roles);
    INFO((result ? std::string() : core::to_text(result.error())));
    CHECK(result.has_value());
    ++checked;
  }
  CHECK(checked >= 40);
  for (const auto& service : scenario.at("services").as_array()) {
    v1::Command command;
    must_parse(service, command.mutable_register_service()->mutable_service());
    const auto result = admission::validate(command, roles);
    INFO((result ? std::string() : core::to_text(result.error())));
    CHECK(result.has_value());
  }
}
