#include "broker/fanout/frame.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "gjallar/v1/subscriber_service.pb.h"
#include "tests/support/sample_alerts.h"

namespace gjallar::fanout {
namespace {

namespace json = boost::json;

const core::LogId kFrameLog("0123456789ABCDEF");

log::CommittedEvent committed_event(core::Seq seq) {
  v1::EventPayload payload;
  payload.set_reason("Sagt \"så\"\n");
  payload.mutable_alert()->set_alert_id("0190a0b0-0000-7000-8000-000000000001");
  log::CommittedEvent event;
  log::Header& header = event.record.header;
  header.seq = seq;
  header.type = v1::EVENT_TYPE_ALERT_ISSUED;
  header.subject = "0190a0b0-0000-7000-8000-000000000001";
  header.version = 1;
  header.time = core::WallTime(std::chrono::seconds(1'767'225'600));
  header.urgent = true;
  header.principal = "police";
  event.record.payload.emplace();
  event.record.payload->bytes = payload.SerializeAsString();
  event.targets.add(3);
  return event;
}

json::object parsed(const std::string& text) {
  json::error_code error;
  const json::value value = json::parse(text, error);
  INFO(text);
  REQUIRE_FALSE(error);
  REQUIRE(value.is_object());
  return value.as_object();
}

TEST_CASE("an event is one CloudEvents object, to the letter") {
  const SharedEvent event = encode_event(committed_event(12), kFrameLog).value();
  CHECK(
      json_head({event, 7, false}, kFrameLog) + event->json_body ==
      R"({"prevseq":"7","cursor":"0123456789ABCDEF.12","overtaking":"false",)"
      R"("specversion":"1.0","id":"0123456789ABCDEF.12","source":"/gjallar/logs/0123456789ABCDEF",)"
      R"("type":"gjallar.v1.alert.issued","subject":"0190a0b0-0000-7000-8000-000000000001",)"
      R"("time":"2026-01-01T00:00:00.000000Z","datacontenttype":"application/json","seq":"12",)"
      R"("data":{"seq":"12","type":"EVENT_TYPE_ALERT_ISSUED","subject":"0190a0b0-0000-7000-8000-000000000001",)"
      R"("version":"1","time":"2026-01-01T00:00:00Z","principal":"police","urgent":true,)"
      R"("payload":{"alert":{"alertId":"0190a0b0-0000-7000-8000-000000000001"},"reason":"Sagt \"så\"\n"}}})");
}

TEST_CASE("every attribute of an event is a string, overtaking or not") {
  const SharedEvent event = encode_event(committed_event(12), kFrameLog).value();
  for (const bool overtaking : {false, true}) {
    const json::object object = parsed(json_head({event, 7, overtaking}, kFrameLog) + event->json_body);
    for (const auto& attribute : object) {
      if (attribute.key() != "data") CHECK(attribute.value().is_string());
    }
    CHECK(object.at("data").is_object());
    CHECK(object.at("overtaking").as_string() == (overtaking ? "true" : "false"));
    CHECK(object.contains("cursor") != overtaking);
    CHECK(object.contains("prevseq") != overtaking);
  }
}

TEST_CASE("head and body together parse as a SubscribeResponse") {
  const SharedEvent event = encode_event(committed_event(300), kFrameLog).value();
  for (const core::Seq prev_seq : {core::Seq{0}, core::Seq{7}, core::Seq{1} << 40}) {
    v1::SubscribeResponse response;
    REQUIRE(response.ParseFromString(proto_head({event, prev_seq, false}, kFrameLog) + event->proto_body));
    const v1::EventDelivery& delivery = response.frame().event();
    CHECK(delivery.prev_seq() == prev_seq);
    CHECK(delivery.cursor() == "0123456789ABCDEF.300");
    CHECK_FALSE(delivery.overtaking());
    CHECK(delivery.event().seq() == 300);
    CHECK(delivery.event().SerializeAsString() == event->proto_body);
  }
  v1::SubscribeResponse response;
  REQUIRE(response.ParseFromString(proto_head({event, 7, true}, kFrameLog) + event->proto_body));
  CHECK(response.frame().event().overtaking());
  CHECK(response.frame().event().cursor().empty());
  CHECK(response.frame().event().prev_seq() == 0);
}

TEST_CASE("the bytes are the same as the library would write") {
  const SharedEvent event = encode_event(committed_event(12), kFrameLog).value();
  v1::SubscribeResponse response;
  v1::EventDelivery& delivery = *response.mutable_frame()->mutable_event();
  delivery.set_prev_seq(7);
  delivery.set_cursor("0123456789ABCDEF.12");
  REQUIRE(delivery.mutable_event()->ParseFromString(event->proto_body));
  CHECK(proto_head({event, 7, false}, kFrameLog) + event->proto_body == response.SerializeAsString());
}

TEST_CASE("an event keeps what decides whom it concerns, and an event without its payload is still one") {
  log::CommittedEvent source = committed_event(12);
  source.record.payload.reset();
  const SharedEvent event = encode_event(source, kFrameLog).value();
  CHECK(event->targets.contains(3));
  CHECK(event->urgent);
  v1::Event parsed_event;
  REQUIRE(parsed_event.ParseFromString(event->proto_body));
  CHECK_FALSE(parsed_event.has_payload());
}

TEST_CASE("a payload that can't be parsed is an error, not a frame") {
  log::CommittedEvent source = committed_event(12);
  source.record.payload->bytes = "\xff\xff\xff";
  const auto event = encode_event(source, kFrameLog);
  REQUIRE(event.has_error());
  CHECK(event.error().code == v1::ERROR_CODE_DATA_CORRUPT);
}

TEST_CASE("control frames are CloudEvents with ids of their own") {
  v1::Frame heartbeat;
  heartbeat.mutable_heartbeat()->set_head_seq(9);
  heartbeat.mutable_heartbeat()->set_cursor("0123456789ABCDEF.9");
  const json::object first = parsed(json_frame(heartbeat, kFrameLog));
  const json::object second = parsed(json_frame(heartbeat, kFrameLog));
  CHECK(first.at("type").as_string() == "gjallar.v1.heartbeat");
  CHECK(first.at("cursor").as_string() == "0123456789ABCDEF.9");
  CHECK(first.at("data").as_object().at("headSeq").as_string() == "9");
  CHECK(first.at("id") != second.at("id"));

  v1::Frame frame;
  frame.mutable_hello()->set_log_id("0123456789ABCDEF");
  CHECK(parsed(json_frame(frame, kFrameLog)).at("type").as_string() == "gjallar.v1.hello");
  frame.mutable_gap()->set_reason(v1::GAP_REASON_OTHER_LOG);
  CHECK(parsed(json_frame(frame, kFrameLog)).at("type").as_string() == "gjallar.v1.gap");
  frame.mutable_goodbye()->set_reconnect(true);
  CHECK(parsed(json_frame(frame, kFrameLog)).at("type").as_string() == "gjallar.v1.goodbye");
  frame.mutable_caughtup()->set_cursor("0123456789ABCDEF.9");
  CHECK(parsed(json_frame(frame, kFrameLog)).at("cursor").as_string() == "0123456789ABCDEF.9");
  frame.mutable_state()->set_seq(5);
  const json::object state = parsed(json_frame(frame, kFrameLog));
  CHECK(state.at("type").as_string() == "gjallar.v1.state");
  for (const auto& attribute : state) {
    if (attribute.key() != "data") CHECK(attribute.value().is_string());
  }
}

TEST_CASE("types of events are named by subject and what happened") {
  CHECK(cloud_event_type(v1::EVENT_TYPE_ALERT_RETRACTED) == "gjallar.v1.alert.retracted");
  CHECK(cloud_event_type(v1::EVENT_TYPE_SERVICE_REGISTERED) == "gjallar.v1.service.registered");
  CHECK(cloud_event_type(v1::EVENT_TYPE_LOG_OPENED) == "gjallar.v1.log.opened");
}

}  // namespace
}  // namespace gjallar::fanout
