#include "broker/fanout/frame.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <atomic>
#include <cctype>
#include <string_view>

#include "broker/core/random.h"
#include "broker/log/protobuf_bytes.h"
#include "gjallar/v1/subscriber_service.pb.h"

namespace gjallar::fanout {
namespace {

// Wire tags of SubscribeResponse.frame, Frame.event and the fields of EventDelivery: field number << 3 | wire
// type.
constexpr char kResponseFrameTag = 0x0a;
constexpr char kFrameEventTag = 0x1a;
constexpr char kPrevSeqTag = 0x08;
constexpr char kCursorTag = 0x12;
constexpr char kOvertakingTag = 0x18;
constexpr char kEventTag = 0x22;

/// A JSON string with its quotes.
std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

std::string json_string(std::uint64_t number) {
  return fmt::format("\"{}\"", number);
}

/// Proto3 JSON mapping with the library's defaults; an empty object if a message can't be printed, which
/// valid ones always can.
core::Result<std::string> to_json(const google::protobuf::Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) {
    return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", "A message can't be written as JSON.",
                            "Verify the log.");
  }
  return json;
}

std::string source_of(const core::LogId& log_id) {
  return json_string("/gjallar/logs/" + log_id.value());
}

std::string cursor_text(const core::LogId& log_id, core::Seq seq) {
  return core::to_text(core::Cursor{log_id, seq});
}

/// Unique for every control frame of every broker: a random start a process, and a count.
std::string control_id(const core::LogId& log_id) {
  static const std::string start = [] {
    core::SystemRandom random;
    return fmt::format("{:016x}", random.uniform64());
  }();
  static std::atomic<std::uint64_t> count{0};
  return fmt::format("{}.{}.{}", log_id.value(), start, count.fetch_add(1, std::memory_order_relaxed) + 1);
}

/// What of a control frame goes into its envelope.
struct ControlPart {
  std::string name;
  const google::protobuf::Message* data = nullptr;
  std::string attributes;  ///< further ones, each followed by a comma
};

/// "exercise"; empty if it isn't set: the alert's status as an attribute of the envelope.
std::string status_name(gjallar::v1::Status status) {
  constexpr std::string_view kPrefix = "STATUS_";
  if (status == gjallar::v1::STATUS_UNSPECIFIED) return {};
  std::string name = gjallar::v1::Status_Name(status);
  if (name.compare(0, kPrefix.size(), kPrefix) == 0) name.erase(0, kPrefix.size());
  for (char& c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

/// With its comma; empty for what has no status.
std::string status_attribute(gjallar::v1::Status status) {
  const std::string name = status_name(status);
  return name.empty() ? name : fmt::format("\"status\":{},", json_string(name));
}

ControlPart part_of(const gjallar::v1::Frame& frame) {
  using Frame = gjallar::v1::Frame;
  switch (frame.frame_case()) {
    case Frame::kHello:
      return {"hello", &frame.hello(), ""};
    case Frame::kState:
      return {"state", &frame.state(),
              fmt::format("\"subject\":{},\"seq\":{},{}", json_string(frame.state().alert().alert_id()),
                          json_string(frame.state().seq()),
                          status_attribute(frame.state().alert().content().status()))};
    case Frame::kCaughtup:
      return {"caughtup", &frame.caughtup(),
              fmt::format("\"cursor\":{},", json_string(frame.caughtup().cursor()))};
    case Frame::kGap:
      return {"gap", &frame.gap(), ""};
    case Frame::kHeartbeat:
      return {"heartbeat", &frame.heartbeat(),
              fmt::format("\"cursor\":{},", json_string(frame.heartbeat().cursor()))};
    case Frame::kGoodbye:
      return {"goodbye", &frame.goodbye(), ""};
    case Frame::kEvent:
      return {"event", &frame.event(), ""};
    case Frame::kBatch:
      return {"batch", &frame.batch(), ""};
    case Frame::FRAME_NOT_SET:
      break;
  }
  return {"unspecified", &frame, ""};
}

}  // namespace

std::string cloud_event_type(gjallar::v1::EventType type) {
  constexpr std::string_view kPrefix = "EVENT_TYPE_";
  std::string name = gjallar::v1::EventType_Name(type);
  if (name.rfind(kPrefix, 0) != 0) return "gjallar.v1.unspecified";
  name.erase(0, kPrefix.size());
  for (char& c : name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t subject_end = name.find('_');
  if (subject_end != std::string::npos) name[subject_end] = '.';
  return "gjallar.v1." + name;
}

core::Result<SharedEvent> encode_event(const log::CommittedEvent& event, const core::LogId& log_id) {
  auto parsed = log::to_event(event.record);
  if (!parsed) return parsed.error();
  auto json = to_json(parsed.value());
  if (!json) return json.error();
  const log::Header& header = event.record.header;
  auto encoded = std::make_shared<EncodedEvent>();
  encoded->seq = header.seq;
  encoded->urgent = header.urgent;
  encoded->type = header.type;
  encoded->subject = header.subject;
  encoded->reach = header.reach;
  encoded->targets = event.targets;
  if (!parsed.value().SerializeToString(&encoded->proto_body)) {
    return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", "An event can't be encoded.",
                            "Verify the log.");
  }
  encoded->json_body = fmt::format(
      R"("specversion":"1.0","id":{},"source":{},"type":{},"subject":{},"time":{},"datacontenttype":"application/json","seq":{},{}"data":{}}})",
      json_string(cursor_text(log_id, header.seq)), source_of(log_id),
      json_string(cloud_event_type(header.type)), json_string(header.subject),
      json_string(core::to_rfc3339(header.time)), json_string(header.seq),
      status_attribute(parsed.value().payload().alert().content().status()), json.value());
  return SharedEvent(std::move(encoded));
}

std::string json_head(const Delivery& delivery, const core::LogId& log_id) {
  if (delivery.overtaking) return R"({"overtaking":"true",)";
  return fmt::format(R"({{"prevseq":"{}","cursor":{},"overtaking":"false",)", delivery.prev_seq,
                     json_string(cursor_text(log_id, delivery.event->seq)));
}

std::string proto_head(const Delivery& delivery, const core::LogId& log_id) {
  std::string fields;
  if (!delivery.overtaking) {
    if (delivery.prev_seq != 0) {
      fields.push_back(kPrevSeqTag);
      log::append_varint(delivery.prev_seq, fields);
    }
    const std::string cursor = cursor_text(log_id, delivery.event->seq);
    fields.push_back(kCursorTag);
    log::append_varint(cursor.size(), fields);
    fields += cursor;
  } else {
    fields.push_back(kOvertakingTag);
    fields.push_back(1);
  }
  const std::string& body = delivery.event->proto_body;
  fields.push_back(kEventTag);
  log::append_varint(body.size(), fields);

  std::string frame;
  frame.push_back(kFrameEventTag);
  log::append_varint(fields.size() + body.size(), frame);
  std::string head;
  head.push_back(kResponseFrameTag);
  log::append_varint(frame.size() + fields.size() + body.size(), head);
  head += frame;
  head += fields;
  return head;
}

std::string json_frame(const gjallar::v1::Frame& frame, const core::LogId& log_id) {
  const ControlPart part = part_of(frame);
  const auto json = to_json(*part.data);
  return fmt::format(
      R"({{"specversion":"1.0","id":{},"source":{},"type":"gjallar.v1.{}",{}"datacontenttype":"application/json","data":{}}})",
      json_string(control_id(log_id)), source_of(log_id), part.name, part.attributes,
      json ? json.value() : std::string("{}"));
}

}  // namespace gjallar::fanout
