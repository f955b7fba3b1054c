#include <fmt/format.h>

#include "broker/edges/http/sse_session.h"

namespace gjallar::edges::http {
namespace {

/// Where to resume after a frame; empty if it doesn't move the cursor.
const std::string& cursor_of(const v1::Frame& frame) {
  static const std::string kNone;
  if (frame.has_caughtup()) return frame.caughtup().cursor();
  if (frame.has_heartbeat()) return frame.heartbeat().cursor();
  return kNone;
}

/// "gjallar.v1.hello": the name of what is set.
std::string type_of(const v1::Frame& frame) {
  const auto* field = v1::Frame::descriptor()->FindFieldByNumber(static_cast<int>(frame.frame_case()));
  return field == nullptr ? "gjallar.v1.frame" : "gjallar.v1." + field->name();
}

}  // namespace

std::string sse_head(const fanout::Delivery& delivery, const core::LogId& log_id) {
  std::string head;
  if (!delivery.overtaking) head = "id: " + core::to_text(core::Cursor{log_id, delivery.event->seq}) + "\n";
  return head + "event: " + fanout::cloud_event_type(delivery.event->type) +
         "\ndata: " + fanout::json_head(delivery, log_id);
}

std::string sse_frame(const v1::Frame& frame, const core::LogId& log_id) {
  std::string text;
  if (const std::string& cursor = cursor_of(frame); !cursor.empty()) text = "id: " + cursor + "\n";
  if (frame.has_goodbye() && frame.goodbye().has_retry_after()) {
    const auto& wait = frame.goodbye().retry_after();
    text += fmt::format("retry: {}\n", wait.seconds() * 1000 + wait.nanos() / 1'000'000);
  }
  return text + "event: " + type_of(frame) + "\ndata: " + fanout::json_frame(frame, log_id);
}

}  // namespace gjallar::edges::http
