#pragma once

#include <cstddef>
#include <vector>

#include "broker/fanout/frame.h"

namespace gjallar::fanout {

/// The last events, found by seq, without gaps: what all sessions of a shard read from. Bounded by count and
/// by bytes; the oldest fall off. One thread.
class Ring {
 public:
  Ring(std::size_t frames_max, std::size_t bytes_max);

  /// Takes the next event: its seq must be last_seq() + 1.
  void push(SharedEvent event);
  /// Empties it; the next event is seq + 1.
  void reset(core::Seq seq);

  /// Seq of the oldest event held; last_seq() + 1 if it is empty.
  [[nodiscard]] core::Seq first_seq() const noexcept { return last_seq_ + 1 - count_; }
  /// Seq of the newest event taken, held or not.
  [[nodiscard]] core::Seq last_seq() const noexcept { return last_seq_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// The event of a seq from first_seq() to last_seq().
  [[nodiscard]] const SharedEvent& at(core::Seq seq) const;

 private:
  [[nodiscard]] SharedEvent& slot(core::Seq seq) { return slots_[seq % slots_.size()]; }
  void drop_oldest();

  std::vector<SharedEvent> slots_;  ///< by seq modulo its size: no allocation when an event comes
  const std::size_t bytes_max_;
  core::Seq last_seq_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

/// Bytes that an event counts for.
[[nodiscard]] std::size_t weight_of(const EncodedEvent& event) noexcept;

}  // namespace gjallar::fanout
