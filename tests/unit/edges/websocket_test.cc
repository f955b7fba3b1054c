#include <catch2/catch.hpp>

#include "broker/edges/websocket/client_message.h"
#include "broker/edges/websocket/close_codes.h"
#include "broker/edges/websocket/subprotocol.h"

namespace v1 = gjallar::v1;
namespace websocket = gjallar::edges::websocket;
using gjallar::edges::websocket::Framing;

TEST_CASE("the first known subprotocol of the offer counts") {
  CHECK(websocket::read_offer("")->framing == Framing::kCloudEvents);
  CHECK(websocket::read_offer("")->answer.empty());
  CHECK(websocket::read_offer("cloudevents.json")->answer == "cloudevents.json");
  CHECK(websocket::read_offer("graphql-ws, gjallar.v1.batch , cloudevents.json")->framing == Framing::kBatch);
  CHECK(websocket::read_offer("graphql-ws").error().code == v1::ERROR_CODE_UNSUPPORTED);
}

TEST_CASE("a token in the offer is found and never answered with") {
  const auto offer = websocket::read_offer("cloudevents.json, bearer.abc.def-_1");
  REQUIRE(offer.has_value());
  CHECK(offer->token == "abc.def-_1");
  CHECK(offer->answer == "cloudevents.json");
  CHECK(websocket::read_offer("bearer.abc")->answer.empty());
}

TEST_CASE("receipts are read from CloudEvents, whatever of the envelope is missing") {
  const auto messages = websocket::parse_client_message(
      R"({"specversion":"1.0","type":"gjallar.v1.received","data":{"upToSeq":"12","seqs":["14",15],"later":true}})");
  REQUIRE(messages.has_value());
  REQUIRE(messages->size() == 1);
  const auto& received = std::get<v1::Received>(messages->front());
  CHECK(received.up_to_seq() == 12);
  CHECK(received.seqs_size() == 2);

  const auto several = websocket::parse_client_message(
      R"([{"type":"gjallar.v1.received","data":{}},{"type":"gjallar.v1.acknowledged","data":{"alertId":"a","version":"2"}}])");
  REQUIRE(several.has_value());
  REQUIRE(several->size() == 2);
  CHECK(std::get<v1::Acknowledged>((*several)[1]).version() == 2);
}

TEST_CASE("anything else breaks the protocol") {
  for (const char* text : {"", "hello", "{}", "null", "[1]", R"({"type":"gjallar.v1.received"})",
                           R"({"type":"gjallar.v1.received","data":"x"})", R"({"type":7,"data":{}})",
                           R"({"type":"gjallar.v1.hello","data":{}})",
                           R"({"type":"gjallar.v1.received","data":{"upToSeq":"-1"}})"}) {
    INFO(text);
    CHECK_FALSE(websocket::parse_client_message(text).has_value());
  }
  CHECK_FALSE(websocket::parse_client_message(std::string(60'000, '[')).has_value());
}

TEST_CASE("close codes are as documented") {
  const auto code = [](v1::GoodbyeReason reason) {
    return static_cast<int>(websocket::close_code_of(reason));
  };
  CHECK(code(v1::GOODBYE_REASON_DRAINING) == 1001);
  CHECK(code(v1::GOODBYE_REASON_SLOW) == 4000);
  CHECK(code(v1::GOODBYE_REASON_SERVICE_DISABLED) == 4001);
  CHECK(code(v1::GOODBYE_REASON_CREDENTIALS_REVOKED) == 4002);
  CHECK(code(v1::GOODBYE_REASON_PROTOCOL_ERROR) == 4003);
  CHECK(code(v1::GOODBYE_REASON_INTERNAL) == 4004);
}
