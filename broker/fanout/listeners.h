#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "broker/core/counted.h"
#include "broker/core/limits.h"
#include "broker/fanout/interest.h"
#include "broker/fanout/ring.h"

namespace gjallar::fanout {

class SessionState;

/// The last seqs of some, oldest first, without memory of its own.
class RecentSeqs {
 public:
  void assign(const std::vector<core::Seq>& seqs);
  void push(core::Seq seq) noexcept;
  /// 0 if there is none.
  [[nodiscard]] core::Seq newest() const noexcept { return count_ == 0 ? 0 : seqs_[count_ - 1U]; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] const core::Seq* begin() const noexcept { return seqs_.data(); }
  [[nodiscard]] const core::Seq* end() const noexcept { return seqs_.data() + count_; }

 private:
  std::array<core::Seq, core::limits::kRecentSeqs> seqs_{};
  std::uint8_t count_ = 0;
};

/// Sessions of a shard with one interest, and what they have in common. One session's own at first; shared
/// once its dispatcher knows them. The ring and the log's id outlive the sessions' calls. Changed on
/// the shard's thread alone; let go of on any.
class Listeners final : public core::Counted {
 public:
  Listeners(Interest the_interest, const Ring& the_ring, const core::LogId& the_log_id)
      : interest(std::move(the_interest)), ring(the_ring), log_id(the_log_id) {}

  /// The seqs up to a position, nothing between them and it left out.
  void know(const std::vector<core::Seq>& seqs) noexcept;
  /// A session is sent an event that concerns them. It knows the one before.
  void note(core::Seq seq) noexcept {
    if (seq > recent_.newest()) recent_.push(seq);
  }
  /// The last that concerned them, of all that any of them was sent. Those up to a session's cursor are the
  /// last up to there, fewer if others are ahead of it.
  [[nodiscard]] const RecentSeqs& recent() const noexcept { return recent_; }

  const Interest interest;
  const Ring& ring;
  const core::LogId& log_id;
  std::vector<SessionState*> sessions;  ///< the dispatcher's; each knows its place

 private:
  RecentSeqs recent_;
};

}  // namespace gjallar::fanout
