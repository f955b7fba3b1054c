#pragma once

#include <string>
#include <vector>

#include "broker/core/ids.h"
#include "broker/edges/cap/xml.h"
#include "gjallar/v1/event.pb.h"

/// From an alert's event to a CAP 1.2 message. Pure.
namespace gjallar::edges::cap {

/// A message of this log by its seq and event time.
struct EarlierMessage {
  core::Seq seq = 0;
  google::protobuf::Timestamp sent;
};

/// An event and what a message about it must know beside.
struct Outgoing {
  const gjallar::v1::Event* event = nullptr;
  core::LogId log_id;
  std::string sender;
  std::vector<EarlierMessage> superseded;  ///< the oldest first
};

/// "LOG.SEQ": new for every message, the same for ever, without space, comma, < or &.
[[nodiscard]] std::string identifier_of(const core::LogId& log_id, core::Seq seq);
/// What the event is as a message: issuing is an Alert; retraction and being superseded a Cancel; all else,
/// expiry included, an Update.
[[nodiscard]] std::string_view message_type_of(gjallar::v1::EventType type) noexcept;
/// The headline of a text as a message shows it: with the marking of exercises and tests.
[[nodiscard]] std::string marked(const gjallar::v1::AlertContent& content, std::string_view language,
                                 std::string_view text);

/// The message as a document, not signed. An event whose payload was destroyed has no info block and says so
/// in its note.
[[nodiscard]] XmlDocument write_message(const Outgoing& outgoing);

/// The area blocks that the broker writes for an audience: one a code, with its official name.
[[nodiscard]] std::vector<gjallar::v1::CapArea> default_areas(const gjallar::v1::Audience& audience);
/// The audience in words: its roles; empty if it is every role.
[[nodiscard]] std::string default_audience(const gjallar::v1::Audience& audience);

}  // namespace gjallar::edges::cap
