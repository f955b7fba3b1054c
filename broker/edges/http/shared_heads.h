#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/fanout/session.h"

namespace gjallar::edges::http {

/// What of an event's message depends on the interest alone, lately made: the sessions of one interest are
/// sent the same, one after another, each perhaps many events at once. One broker's log, one shard's thread.
class SharedHeads {
 public:
  using Head = std::shared_ptr<const std::string>;
  /// How a message is framed.
  enum class Form : std::uint8_t { kWebSocket, kWebSocketBatch, kSse, kSseChunked };

  /// The head of the delivery's message in that form: kept, or what `make()` gives.
  template <typename Make>
  [[nodiscard]] const Head& get(const fanout::Delivery& delivery, Form form, const Make& make) {
    if (entries_.empty()) entries_.resize(kForms * kEvents);
    const core::Seq seq = delivery.event->seq;
    Entry& entry = entries_[static_cast<std::size_t>(form) * kEvents + seq % kEvents];
    const bool has_it = entry.head && entry.seq == seq && entry.overtaking == delivery.overtaking &&
                        (delivery.overtaking || entry.prev_seq == delivery.prev_seq);
    if (!has_it) {
      entry = {seq, delivery.prev_seq, delivery.overtaking, std::make_shared<const std::string>(make())};
    }
    return entry.head;
  }

 private:
  static constexpr std::size_t kForms = 4;
  static constexpr std::size_t kEvents = 256;  ///< the last ones: more than are gathered into a write
  struct Entry {
    core::Seq seq = 0;
    core::Seq prev_seq = 0;
    bool overtaking = false;
    Head head;
  };
  std::vector<Entry> entries_;  ///< by form and seq
};

}  // namespace gjallar::edges::http
