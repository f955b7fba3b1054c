#pragma once

#include <bitset>
#include <cstddef>
#include <utility>
#include <vector>

#include "broker/core/ids.h"

namespace gjallar::fanout {

/// Which seqs were written to some session of a service, each but once: it has many sessions, and the first
/// receipt counts. Remembers the last ones only; an older seq may come again. Not synchronised.
class WrittenSeqs {
 public:
  /// True if it is new, and waits to be taken.
  bool add(core::Seq seq) {
    if (seq > newest_) forget_up_to(seq);
    if (newest_ - seq < kRemembered) {
      if (seen_.test(seq % kRemembered)) return false;
      seen_.set(seq % kRemembered);
    }
    waiting_.push_back(seq);
    return true;
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::vector<core::Seq> take() { return std::exchange(waiting_, {}); }

 private:
  static constexpr core::Seq kRemembered = 1'024;

  void forget_up_to(core::Seq seq) {
    if (seq - newest_ >= kRemembered) {
      seen_.reset();
    } else {
      for (core::Seq at = newest_ + 1; at <= seq; ++at)
        seen_.reset(at % kRemembered);
    }
    newest_ = seq;
  }

  std::bitset<kRemembered> seen_;  ///< of (newest_ - kRemembered, newest_]
  core::Seq newest_ = 0;
  std::vector<core::Seq> waiting_;
};

}  // namespace gjallar::fanout
