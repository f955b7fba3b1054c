#include "broker/edges/grpc/replay_messages.h"

#include <algorithm>
#include <utility>

#include "broker/log/protobuf_bytes.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::edges {
namespace {

/// Tag and length before an event, at most.
constexpr std::size_t kHeadMax = 16;

// So a body is a whole ReplayResponse if it has one event, and an EventBatch however many it has.
static_assert(static_cast<int>(v1::ReplayResponse::kEventFieldNumber) ==
              static_cast<int>(v1::EventBatch::kEventsFieldNumber));

}  // namespace

void ReplayMessages::add(const projections::ReplayedEvent& event) {
  const bool fits = batches_ && !messages_.empty() && messages_.back().events < kBatchEventsMax &&
                    messages_.back().body.size() + event.bytes.size() <= kBatchBytesMax;
  if (!fits) {
    messages_.emplace_back().time = event.time;
    if (batches_) messages_.back().body.reserve(std::max(kBatchBytesMax, event.bytes.size()) + kHeadMax);
  }
  Message& message = messages_.back();
  ++message.events;
  log::append_field_head(v1::EventBatch::kEventsFieldNumber, event.bytes.size(), message.body);
  message.body += event.bytes;
}

ReplayMessages::Message ReplayMessages::take() {
  Message message = std::move(messages_.front());
  messages_.pop_front();
  if (batches_)
    log::append_field_head(v1::ReplayResponse::kBatchFieldNumber, message.body.size(), message.head);
  return message;
}

}  // namespace gjallar::edges
