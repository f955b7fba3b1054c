#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "broker/log/event_log.h"

namespace gjallar::receipts {

/// When each principal last issued, reported, observed or counted something. Remembers how far it has read,
/// so that only the first question reads the whole log. Any thread.
class ReportTimes {
 public:
  /// Reads up to `max` events more of the log at a snapshot; true if some are left.
  [[nodiscard]] core::Result<bool> read_on(const log::LogSnapshot& snapshot, std::size_t max);
  /// By principal.
  [[nodiscard]] std::map<std::string, core::WallTime> last() const;

 private:
  mutable std::mutex mutex_;
  core::Seq read_up_to_ = 0;
  std::map<std::string, core::WallTime> last_;
};

}  // namespace gjallar::receipts
