#include "broker/fanout/ring.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "broker/core/fault.h"

namespace gjallar::fanout {

std::size_t weight_of(const EncodedEvent& event) noexcept {
  return sizeof(EncodedEvent) + event.proto_body.size() + event.json_body.size();
}

Ring::Ring(std::size_t frames_max, std::size_t bytes_max)
    : slots_(std::max<std::size_t>(frames_max, 1)), bytes_max_(bytes_max) {}

void Ring::push(SharedEvent event) {
  assert(event->seq == last_seq_ + 1);
  const std::size_t weight = weight_of(*event);
  while (count_ > 0 && (count_ == slots_.size() || bytes_ + weight > bytes_max_))
    drop_oldest();
  ++last_seq_;
  ++count_;
  bytes_ += weight;
  slot(last_seq_) = std::move(event);
}

void Ring::reset(core::Seq seq) {
  while (count_ > 0)
    drop_oldest();
  last_seq_ = seq;
}

const SharedEvent& Ring::at(core::Seq seq) const {
  assert(seq >= first_seq() && seq <= last_seq_);
  if (core::faulty(core::Fault::kRingOffByOne) && seq < last_seq_) ++seq;
  return slots_[seq % slots_.size()];
}

void Ring::drop_oldest() {
  SharedEvent& oldest = slot(first_seq());
  bytes_ -= weight_of(*oldest);
  oldest.reset();
  --count_;
}

}  // namespace gjallar::fanout
