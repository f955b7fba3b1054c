#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "broker/log/event_log.h"
#include "broker/receipts/receipt_store.h"

namespace gjallar::receipts {

/// Tells which events concerned a service, from the log's targets. Keeps the sets read last, since every
/// service that an event concerned asks for the same ones. One thread.
class Expansion {
 public:
  /// `log` must outlive it.
  explicit Expansion(const log::EventLog& log) : log_(log) {}

  /// The log's head as far as this has looked; looks again if `seq` is beyond it.
  [[nodiscard]] core::Seq head_for(core::Seq seq);
  /// Whether the event concerned the service; false beyond the head.
  [[nodiscard]] core::Result<bool> concerned(core::Seq seq, core::ServiceNumber service);
  /// Lets go of the log's snapshot, so that it doesn't hold old data for long. Call when a group is done.
  void rest() { snapshot_.reset(); }

 private:
  const log::EventLog& log_;
  core::Seq head_ = 0;
  std::unique_ptr<log::LogSnapshot> snapshot_;
  std::unordered_map<core::Seq, domain::ServiceSet> sets_;
  std::deque<core::Seq> oldest_first_;
};

}  // namespace gjallar::receipts
