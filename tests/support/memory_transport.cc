#include "tests/support/memory_transport.h"

#include <chrono>
#include <stdexcept>

namespace gjallar::testing {
namespace {

constexpr std::chrono::seconds kWithin{60};

std::string name_of(const v1::Frame& frame) {
  switch (frame.frame_case()) {
    case v1::Frame::kHello:
      return "hello";
    case v1::Frame::kState:
      return "state";
    case v1::Frame::kCaughtup:
      return "caughtup";
    case v1::Frame::kGap:
      return "gap";
    case v1::Frame::kHeartbeat:
      return "heartbeat";
    default:
      return "unexpected";
  }
}

}  // namespace

std::string MemoryTransport::Sent::text() const {
  if (event) return (event->overtaking ? "overtaking " : "event ") + std::to_string(event->event->seq);
  return frame ? name_of(*frame) : "goodbye";
}

void MemoryTransport::put(Sent sent) {
  {
    const std::lock_guard lock(mutex_);
    sent_.push_back(std::move(sent));
  }
  came_.notify_all();
}

fanout::Sent MemoryTransport::send(const fanout::Delivery& delivery, bool) {
  Sent sent;
  sent.event = delivery;
  put(std::move(sent));
  return fanout::Sent::kQueued;
}

fanout::Sent MemoryTransport::send(const v1::Frame& frame, bool) {
  Sent sent;
  sent.frame = frame;
  put(std::move(sent));
  return fanout::Sent::kQueued;
}

void MemoryTransport::finish(const v1::Goodbye& goodbye) {
  Sent sent;
  sent.goodbye = goodbye;
  put(std::move(sent));
}

void MemoryTransport::wait_for(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, kWithin, [&] { return sent_.size() >= count; })) {
    throw std::runtime_error("the session sends nothing more");
  }
}

MemoryTransport::Sent MemoryTransport::take() {
  wait_for(1);
  return std::move(take_some(1).front());
}

std::vector<MemoryTransport::Sent> MemoryTransport::take_some(std::size_t max) {
  std::vector<Sent> taken;
  {
    const std::lock_guard lock(mutex_);
    while (taken.size() < max && !sent_.empty()) {
      taken.push_back(std::move(sent_.front()));
      sent_.pop_front();
    }
  }
  if (!taken.empty() && handle_) handle_->written(taken.size());
  return taken;
}

std::vector<MemoryTransport::Sent> MemoryTransport::take_until(const std::function<bool(const Sent&)>& last) {
  std::vector<Sent> taken;
  do {
    taken.push_back(take());
  } while (!last(taken.back()));
  return taken;
}

std::vector<MemoryTransport::Sent> MemoryTransport::take_until(const std::string& text) {
  return take_until([&text](const Sent& sent) { return sent.text() == text; });
}

std::size_t MemoryTransport::waiting() const {
  const std::lock_guard lock(mutex_);
  return sent_.size();
}

void MemoryTransport::cut() {
  if (handle_) handle_->closed();
  handle_.reset();
}

std::vector<std::string> texts_of(const std::vector<MemoryTransport::Sent>& sent) {
  std::vector<std::string> texts;
  for (const MemoryTransport::Sent& one : sent) {
    if (one.text() != "heartbeat") texts.push_back(one.text());
  }
  return texts;
}

}  // namespace gjallar::testing
