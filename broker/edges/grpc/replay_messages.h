#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "broker/projections/replay.h"

namespace gjallar::edges {

/// The messages (serialised gjallar.v1.ReplayResponse) of a slice of a replay, made around the events' bytes
/// without parsing them. One thread at a time.
class ReplayMessages {
 public:
  /// Events of one batch, and bytes unless one event alone has more.
  static constexpr std::size_t kBatchEventsMax = 256;
  static constexpr std::size_t kBatchBytesMax = std::size_t{64} * 1024;

  struct Message {
    core::WallTime time{};  ///< of its first event
    std::size_t events = 0;
    std::string head;  ///< goes before the body
    std::string body;
  };

  /// Several events a message from now on, or one each.
  void set_batches(bool batches) noexcept { batches_ = batches; }
  void add(const projections::ReplayedEvent& event);
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  /// Of the next one. There must be one.
  [[nodiscard]] core::WallTime next_time() const { return messages_.front().time; }
  /// Takes the next one. There must be one.
  [[nodiscard]] Message take();

 private:
  bool batches_ = false;
  std::deque<Message> messages_;
};

}  // namespace gjallar::edges
