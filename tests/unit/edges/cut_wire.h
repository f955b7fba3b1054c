// What a session sends as the bytes of each transport, and a client's own small decoder of such bytes.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/edges/http/sse_session.h"
#include "broker/edges/websocket/framing.h"
#include "broker/edges/websocket/handshake.h"
#include "tests/support/memory_transport.h"

namespace gjallar::testing {

enum class Wire {
  kObjects,     ///< WebSocket, cloudevents.json
  kArrays,      ///< WebSocket, gjallar.v1.batch
  kServerSent,  ///< Server-Sent Events, chunked
};

/// What was sent, in the pieces that one write each would take.
using SentGroups = std::vector<std::vector<MemoryTransport::Sent>>;

inline std::string json_of(const MemoryTransport::Sent& sent, const core::LogId& log_id) {
  if (sent.event) return fanout::json_head(*sent.event, log_id) + sent.event->event->json_body;
  return fanout::json_frame(*sent.frame, log_id);
}

inline std::string text_message(const std::string& payload) {
  using edges::websocket::FrameHead;
  using edges::websocket::Opcode;
  return std::string(FrameHead(Opcode::kText, payload.size()).view()) + payload;
}

inline std::string chunk_of(const MemoryTransport::Sent& sent, const core::LogId& log_id) {
  const std::string text =
      (sent.event ? edges::http::sse_head(*sent.event, log_id) + sent.event->event->json_body
                  : edges::http::sse_frame(*sent.frame, log_id)) +
      "\n\n";
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

/// All bytes from the response's head on, with a ping before each heartbeat of a WebSocket.
inline std::string bytes_of(Wire wire, const SentGroups& groups, const core::LogId& log_id) {
  if (wire == Wire::kServerSent) {
    std::string bytes = edges::http::sse_opening(true);
    for (const auto& group : groups) {
      for (const MemoryTransport::Sent& sent : group)
        bytes += chunk_of(sent, log_id);
    }
    return bytes;
  }
  const bool arrays = wire == Wire::kArrays;
  std::string bytes = *edges::websocket::upgrade_response("dGhlIHNhbXBsZSBub25jZQ==", "13",
                                                          arrays ? "gjallar.v1.batch" : "cloudevents.json");
  for (const auto& group : groups) {
    std::string array;
    for (const MemoryTransport::Sent& sent : group) {
      if (sent.text() == "heartbeat")
        bytes += edges::websocket::control_frame(edges::websocket::Opcode::kPing, "");
      const std::string json = json_of(sent, log_id);
      if (arrays) array += (array.empty() ? "[" : ",") + json;
      if (!arrays) bytes += text_message(json);
    }
    if (arrays) bytes += text_message(array + "]");
  }
  return bytes;
}

/// A client's end of the wire: bytes in, whole messages out. Throws on what no broker may send.
class WireDecoder {
 public:
  /// A message as text: one CloudEvents object, or an array of them.
  struct Text {
    std::string json;
    std::string id;  ///< of Server-Sent Events
  };

  explicit WireDecoder(Wire wire) : wire_(wire) {}

  /// What this byte completes, mostly nothing.
  std::vector<Text> take(char byte) {
    bytes_.push_back(byte);
    if (!opened_) {
      if (ends_with("\r\n\r\n")) open();
      return {};
    }
    return wire_ == Wire::kServerSent ? take_chunked() : take_frame();
  }

 private:
  [[nodiscard]] bool ends_with(std::string_view end) const {
    return bytes_.size() >= end.size() && bytes_.compare(bytes_.size() - end.size(), end.size(), end) == 0;
  }
  static void must(bool right, const char* what) {
    if (!right) throw std::runtime_error(what);
  }

  void open() {
    must(bytes_.rfind(wire_ == Wire::kServerSent ? "HTTP/1.1 200 " : "HTTP/1.1 101 ", 0) == 0, "refused");
    opened_ = true;
    bytes_.clear();
  }

  std::vector<Text> take_frame() {
    const auto at = [this](std::size_t i) { return static_cast<unsigned char>(bytes_[i]); };
    if (bytes_.size() < 2) return {};
    const std::size_t extra = at(1) < 126 ? 0 : at(1) == 126 ? 2 : 8;
    if (bytes_.size() < 2 + extra) return {};
    std::size_t size = extra == 0 ? at(1) : 0;
    for (std::size_t i = 0; i < extra; ++i)
      size = size << 8 | at(2 + i);
    if (bytes_.size() < 2 + extra + size) return {};
    const unsigned char first = at(0);
    must(first == 0x81 || first == 0x89, "neither a whole text nor a ping");
    std::vector<Text> texts;
    if (first == 0x81) texts.push_back({bytes_.substr(2 + extra), ""});
    bytes_.clear();
    return texts;
  }

  /// Chunks need not end where events do: what is in them is read as it comes.
  std::vector<Text> take_chunked() {
    if (chunk_left_ == 0) {
      if (!ends_with("\r\n")) return {};
      const bool after_chunk = bytes_.size() == 2;
      if (!after_chunk) chunk_left_ = std::stoul(bytes_, nullptr, 16);
      bytes_.clear();
      return {};
    }
    --chunk_left_;
    event_ += bytes_;
    bytes_.clear();
    if (event_.size() < 2 || event_.compare(event_.size() - 2, 2, "\n\n") != 0) return {};
    return {read_event(std::exchange(event_, {}))};
  }

  static Text read_event(std::string_view event) {
    Text text;
    std::string name;
    while (!event.empty() && event.front() != '\n') {
      const std::string_view line = event.substr(0, event.find('\n'));
      event.remove_prefix(line.size() + 1);
      const std::size_t colon = line.find(": ");
      must(colon != std::string_view::npos, "a line without a field");
      const std::string_view field = line.substr(0, colon);
      const std::string value(line.substr(colon + 2));
      if (field == "id") text.id = value;
      if (field == "event") name = value;
      if (field == "data") text.json = value;
    }
    must(name.rfind("gjallar.v1.", 0) == 0 && !text.json.empty(), "an event without its name or data");
    return text;
  }

  const Wire wire_;
  bool opened_ = false;
  std::string bytes_;
  std::size_t chunk_left_ = 0;
  std::string event_;
};

}  // namespace gjallar::testing
