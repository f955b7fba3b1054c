#include "broker/edges/grpc/replay_messages.h"

#include <utility>

#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::edges {
namespace {

/// What stands before a field of length-delimited bytes (Protocol Buffers encoding, wire type 2).
void append_field_head(int number, std::size_t size, std::string& out) {
  out.push_back(static_cast<char>((number << 3) | 2));
  for (; size >= 0x80; size >>= 7)
    out.push_back(static_cast<char>((size & 0x7F) | 0x80));
  out.push_back(static_cast<char>(size));
}

// So a body is a whole ReplayResponse if it has one event, and an EventBatch however many it has.
static_assert(static_cast<int>(v1::ReplayResponse::kEventFieldNumber) ==
              static_cast<int>(v1::EventBatch::kEventsFieldNumber));

}  // namespace

void ReplayMessages::add(const projections::ReplayedEvent& event) {
  const bool fits = batches_ && !messages_.empty() && messages_.back().events < kBatchEventsMax &&
                    messages_.back().body.size() + event.bytes.size() <= kBatchBytesMax;
  if (!fits) messages_.emplace_back().time = event.time;
  Message& message = messages_.back();
  ++message.events;
  append_field_head(v1::EventBatch::kEventsFieldNumber, event.bytes.size(), message.body);
  message.body += event.bytes;
}

ReplayMessages::Message ReplayMessages::take() {
  Message message = std::move(messages_.front());
  messages_.pop_front();
  if (batches_) append_field_head(v1::ReplayResponse::kBatchFieldNumber, message.body.size(), message.head);
  return message;
}

}  // namespace gjallar::edges
