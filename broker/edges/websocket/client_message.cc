#include "broker/edges/websocket/client_message.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "broker/edges/http/json.h"

namespace gjallar::edges::websocket {
namespace {

core::Error refused() {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "", "This isn't a message of the protocol.",
                          "Send CloudEvents of type gjallar.v1.received or gjallar.v1.acknowledged.");
}

template <typename Data>
core::Result<ClientMessage> read_data(const boost::json::object& event) {
  const auto* data = event.if_contains("data");
  if (data == nullptr || !data->is_object()) return refused();
  Data message;
  GJALLAR_TRY(http::from_json(boost::json::serialize(*data), "data", message, http::UnknownFields::kIgnored));
  return ClientMessage(std::move(message));
}

core::Result<ClientMessage> read_event(const boost::json::value& value) {
  if (!value.is_object()) return refused();
  const boost::json::object& event = value.get_object();
  const auto* type = event.if_contains("type");
  if (type == nullptr || !type->is_string()) return refused();
  if (type->get_string() == "gjallar.v1.received") return read_data<v1::Received>(event);
  if (type->get_string() == "gjallar.v1.acknowledged") return read_data<v1::Acknowledged>(event);
  return refused();
}

}  // namespace

core::Result<std::vector<ClientMessage>> parse_client_message(std::string_view text) {
  boost::system::error_code malformed;
  const boost::json::value parsed = boost::json::parse({text.data(), text.size()}, malformed);
  if (malformed) return refused();
  std::vector<ClientMessage> messages;
  if (!parsed.is_array()) {
    auto message = read_event(parsed);
    if (!message) return message.error();
    messages.push_back(std::move(*message));
    return messages;
  }
  for (const boost::json::value& value : parsed.get_array()) {
    auto message = read_event(value);
    if (!message) return message.error();
    messages.push_back(std::move(*message));
  }
  return messages;
}

}  // namespace gjallar::edges::websocket
