#include "subscribers/client/cloud_event.h"

#include <google/protobuf/util/json_util.h>

#include <boost/json.hpp>
#include <charconv>

namespace gjallar::client {
namespace {

namespace v1 = gjallar::v1;
namespace json = boost::json;

core::Error malformed() {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "",
                          "What the broker sent is not a CloudEvents object.",
                          "Check that the endpoint is a Gjallar broker of this version.");
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_of(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool parse_data(const json::object& object, google::protobuf::Message* message) {
  const json::value* data = object.if_contains("data");
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return data != nullptr &&
         google::protobuf::util::JsonStringToMessage(json::serialize(*data), message, options).ok();
}

}  // namespace

core::Result<v1::Frame> frame_of_cloud_event(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return malformed();
  const json::object& object = value.get_object();
  const std::string type = text_of(object, "type");
  v1::Frame frame;
  bool fine = false;
  if (type == "gjallar.v1.hello") {
    fine = parse_data(object, frame.mutable_hello());
  } else if (type == "gjallar.v1.state") {
    fine = parse_data(object, frame.mutable_state());
  } else if (type == "gjallar.v1.caughtup") {
    fine = parse_data(object, frame.mutable_caughtup());
  } else if (type == "gjallar.v1.gap") {
    fine = parse_data(object, frame.mutable_gap());
  } else if (type == "gjallar.v1.heartbeat") {
    fine = parse_data(object, frame.mutable_heartbeat());
  } else if (type == "gjallar.v1.goodbye") {
    fine = parse_data(object, frame.mutable_goodbye());
  } else {
    v1::EventDelivery* delivery = frame.mutable_event();
    fine = parse_data(object, delivery->mutable_event());
    delivery->set_overtaking(text_of(object, "overtaking") == "true");
    delivery->set_cursor(text_of(object, "cursor"));
    delivery->set_prev_seq(number_of(text_of(object, "prevseq")));
  }
  if (!fine) return malformed();
  return frame;
}

std::string cloud_event_of(const v1::Received& received) {
  std::string data;
  (void)google::protobuf::util::MessageToJsonString(received, &data);
  return R"({"specversion":"1.0","id":"received","source":"/gjallar/client","type":"gjallar.v1.received","data":)" +
         data + "}";
}

}  // namespace gjallar::client
