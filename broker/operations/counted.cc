#include "broker/operations/counted.h"

#include <utility>

namespace gjallar::operations {

void CountedLog::append(log::AppendRequest request, std::function<void(log::AppendOutcome)> done) {
  log_.append(std::move(request), [this, done = std::move(done)](log::AppendOutcome outcome) {
    commands_[static_cast<std::size_t>(outcome.status)].fetch_add(1, std::memory_order_relaxed);
    done(std::move(outcome));
  });
}

void CountedLog::on_committed(std::function<void(const log::CommittedGroup&, const log::Head&)> listener) {
  log_.on_committed(
      [this, listener = std::move(listener)](const log::CommittedGroup& group, const log::Head& head) {
        events_.fetch_add(group.size(), std::memory_order_relaxed);
        groups_.fetch_add(1, std::memory_order_relaxed);
        listener(group, head);
      });
}

bool CountedReceipts::record(receipts::Receipt receipt, std::function<void()> synced) {
  const auto stage = static_cast<std::size_t>(receipt.stage);
  const bool taken = store_.record(std::move(receipt), std::move(synced));
  (taken ? taken_[stage] : refused_).fetch_add(1, std::memory_order_relaxed);
  return taken;
}

}  // namespace gjallar::operations
