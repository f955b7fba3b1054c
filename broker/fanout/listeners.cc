#include "broker/fanout/listeners.h"

#include <algorithm>

namespace gjallar::fanout {

void RecentSeqs::assign(const std::vector<core::Seq>& seqs) {
  count_ = 0;
  for (const core::Seq seq : seqs)
    push(seq);
}

void RecentSeqs::push(core::Seq seq) noexcept {
  if (count_ == seqs_.size()) {
    std::move(seqs_.begin() + 1, seqs_.end(), seqs_.begin());
    --count_;
  }
  seqs_[count_++] = seq;
}

void Listeners::know(const std::vector<core::Seq>& seqs) noexcept {
  if (seqs.empty() || seqs.back() < recent_.newest()) return;
  if (seqs.back() > recent_.newest() || seqs.size() > recent_.count()) recent_.assign(seqs);
}

}  // namespace gjallar::fanout
