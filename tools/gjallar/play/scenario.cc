#include "tools/gjallar/play/scenario.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>

#include "subscribers/client/connection.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
namespace json = boost::json;

core::Error bad(const std::string& field, const std::string& message) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, message,
                          "See tools/scenario/README.md for the form.");
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

core::Result<void> parse(const json::value& value, const std::string& field,
                         google::protobuf::Message& message) {
  if (google::protobuf::util::JsonStringToMessage(json::serialize(value), &message).ok()) return {};
  return bad(field, "Not proto3 JSON of " + message.GetDescriptor()->full_name() + ".");
}

core::Result<ScenarioService> service_of(json::object object, const std::string& field) {
  ScenarioService service;
  service.over_websocket = text_of(object, "transport") == "websocket";
  service.late = text_of(object, "connects") == "late";
  const json::value* closed = object.if_contains("closed_now");
  service.closed = closed != nullptr && closed->is_bool() && closed->get_bool();
  object.erase("transport");
  object.erase("connects");
  object.erase("closed_now");
  GJALLAR_TRY(parse(object, field, service.service));
  return service;
}

core::Result<ScenarioStep> step_of(const json::object& object, const std::string& field) {
  ScenarioStep step;
  step.as = text_of(object, "as");
  step.name = text_of(object, "name");
  step.say = text_of(object, "say");
  step.connect = text_of(object, "connect");
  step.wait_expired = text_of(object, "wait_expired");
  step.delivery = text_of(object, "delivery");
  step.wait_called = text_of(object, "wait_called");
  step.refused = text_of(object, "refused");
  if (const json::value* seconds = object.if_contains("expires_in_s");
      seconds != nullptr && seconds->is_int64()) {
    step.expires_in_s = static_cast<long>(seconds->get_int64());
  }
  v1::Command command;
  for (const char* kind : {"issue", "revise", "grade", "widen", "retract", "observe", "report", "conclude",
                           "report_escalation"}) {
    const json::value* value = object.if_contains(kind);
    if (value == nullptr) continue;
    const std::string here = field + "." + kind;
    if (std::string_view(kind) == "issue") {
      GJALLAR_TRY(parse(*value, here, *command.mutable_issue()->mutable_content()));
    } else {
      const auto* descriptor = v1::Command::descriptor()->FindFieldByName(kind);
      GJALLAR_TRY(parse(*value, here, *command.GetReflection()->MutableMessage(&command, descriptor)));
    }
    step.command = command;
  }
  if (!step.command && step.connect.empty() && step.wait_expired.empty() && step.delivery.empty() &&
      step.wait_called.empty())
    return bad(field, "The step says nothing to do.");
  if (step.command && (step.as.empty() || step.name.empty()))
    return bad(field, "A command needs \"as\" and \"name\".");
  return step;
}

}  // namespace

core::Result<Scenario> load_scenario(const std::string& path) {
  auto text = client::read_file(path, "file");
  if (!text) return text.error();
  boost::system::error_code error;
  const json::value value = json::parse(*text, error);
  if (error || !value.is_object()) return bad("file", "Not a JSON object.");
  Scenario scenario;
  scenario.title = text_of(value.get_object(), "title");
  const auto each = [&](const char* key, auto&& take) -> core::Result<void> {
    const json::value* list = value.get_object().if_contains(key);
    if (list == nullptr || !list->is_array()) return bad(key, "Missing.");
    std::size_t index = 0;
    for (const json::value& item : list->get_array()) {
      const std::string field = std::string(key) + "[" + std::to_string(index++) + "]";
      if (!item.is_object()) return bad(field, "Not an object.");
      GJALLAR_TRY(take(item.get_object(), field));
    }
    return {};
  };
  GJALLAR_TRY(
      each("services", [&](const json::object& object, const std::string& field) -> core::Result<void> {
        auto service = service_of(object, field);
        if (!service) return service.error();
        scenario.services.push_back(std::move(*service));
        return {};
      }));
  GJALLAR_TRY(each("steps", [&](const json::object& object, const std::string& field) -> core::Result<void> {
    auto step = step_of(object, field);
    if (!step) return step.error();
    scenario.steps.push_back(std::move(*step));
    return {};
  }));
  return scenario;
}

}  // namespace gjallar::tool
