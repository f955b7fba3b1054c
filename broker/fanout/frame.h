#pragma once

#include <memory>
#include <string>

#include "broker/core/identity.h"
#include "broker/domain/concerns.h"
#include "broker/log/event_log.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::fanout {

/// One committed event, encoded once a format and shared by every session of every shard. Immutable.
struct EncodedEvent {
  core::Seq seq = 0;
  bool urgent = false;
  gjallar::v1::EventType type = gjallar::v1::EVENT_TYPE_UNSPECIFIED;
  std::string subject;
  domain::EventReach reach;
  domain::ServiceSet targets;
  /// Serialised gjallar.v1.Event: the body of an EventDelivery.
  std::string proto_body;
  /// The CloudEvents object from `"specversion"` to the closing brace, without the opening brace and the
  /// session's own attributes (prevseq, cursor, overtaking), which come before it.
  std::string json_body;
};
using SharedEvent = std::shared_ptr<const EncodedEvent>;

/// DATA_CORRUPT if the payload can't be parsed.
[[nodiscard]] core::Result<SharedEvent> encode_event(const log::CommittedEvent& event,
                                                     const core::LogId& log_id);

/// An event on its way to one session: the small head; the body is shared.
struct Delivery {
  SharedEvent event;
  core::Seq prev_seq = 0;  ///< the one before that concerned this interest; meaningless when overtaking
  bool overtaking = false;
};

/// `{"prevseq":"7","cursor":"LOG.12","overtaking":"false",`; overtaking: without prevseq and cursor. Followed
/// by json_body it is one CloudEvents object.
[[nodiscard]] std::string json_head(const Delivery& delivery, const core::LogId& log_id);
/// The bytes of a SubscribeResponse up to and including the length of the Event; followed by proto_body it is
/// the whole message.
[[nodiscard]] std::string proto_head(const Delivery& delivery, const core::LogId& log_id);
/// Any other frame as a CloudEvents object: type gjallar.v1.hello | state | caughtup | gap | heartbeat |
/// goodbye; heartbeat and caughtup carry `cursor`.
[[nodiscard]] std::string json_frame(const gjallar::v1::Frame& frame, const core::LogId& log_id);
/// CloudEvents type of an event: "gjallar.v1.alert.issued", "gjallar.v1.service.registered".
[[nodiscard]] std::string cloud_event_type(gjallar::v1::EventType type);

}  // namespace gjallar::fanout
