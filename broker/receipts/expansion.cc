#include "broker/receipts/expansion.h"

#include <utility>

namespace gjallar::receipts {
namespace {

/// Sets of targets kept in memory: 20,000 services make 2.5 KB a set.
constexpr std::size_t kSetsMax = 2'048;

}  // namespace

core::Seq Expansion::head_for(core::Seq seq) {
  if (seq > head_) head_ = log_.head().seq;
  return head_;
}

core::Result<bool> Expansion::concerned(core::Seq seq, core::ServiceNumber service) {
  if (seq == 0 || seq > head_for(seq)) return false;
  if (const auto found = sets_.find(seq); found != sets_.end()) return found->second.contains(service);
  if (!snapshot_ || snapshot_->head().seq < seq) snapshot_ = log_.snapshot();
  auto event = snapshot_->read_header(seq);
  if (!event) return event.error();
  if (oldest_first_.size() >= kSetsMax) {
    sets_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  oldest_first_.push_back(seq);
  return sets_.emplace(seq, std::move(event.value().targets)).first->second.contains(service);
}

}  // namespace gjallar::receipts
