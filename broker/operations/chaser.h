#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/admission/admission.h"
#include "broker/core/clock.h"
#include "broker/log/event_log.h"
#include "broker/projections/live_directory.h"
#include "broker/receipts/chase_state.h"

namespace gjallar::operations {

/// Has services called that alerts haven't reached, or that nobody confirmed at: watches the alerts that
/// somebody may still be called about, and issues EscalateAlert when a step is due. Each step comes once,
/// whatever other brokers and earlier runs did: the log decides it. Pauses while the clock is doubtful, as
/// expiry does.
///
/// Nothing is escalated in the first 30 s (or as long as a service may take to receive, if that is shorter):
/// after an outage programs need a moment to connect again.
///
/// What it costs is bounded by what is open: of a watched alert it looks at those services alone that may
/// still be called, when one becomes due, and once a minute. `on_committed` runs on the appender's thread,
/// everything else on one thread of the caller's. Answers to what it submitted don't need it.
class Chaser {
 public:
  /// All must outlive it. `expirer` says whether the clock can be relied on.
  Chaser(admission::Admission& admission, const log::EventLog& log, const receipts::ReceiptStore& receipts,
         const projections::LiveDirectory& directory, const admission::Expirer& expirer,
         const core::Clock& clock, receipts::ChasePolicies policies);

  /// Notes which alerts changed; true if there are any. Cheap.
  bool on_committed(const log::CommittedGroup& group);

  /// Looks at what is due and has it escalated; returns how many commands were submitted. `stop` is asked
  /// between slices of the work. The first run finds the alerts that are open.
  std::size_t run_once(const std::function<bool()>& stop = {});
  /// When the next run has something to do; empty if nothing is open.
  [[nodiscard]] std::optional<core::WallTime> next() const;

  /// Alerts that it watches.
  [[nodiscard]] std::size_t watched() const noexcept { return watches_.size(); }

 private:
  struct Watch {
    receipts::ChasedAlert alert;
    domain::ServiceSet open;  ///< services that may still be called
    core::WallTime look{};    ///< when to look at them
  };
  using Stop = std::function<bool()>;

  [[nodiscard]] bool is_chased(v1::GradeLevel level) const noexcept;
  /// Adds the alerts that may be open in a log that was there before.
  [[nodiscard]] core::Result<void> discover(const log::LogSnapshot& snapshot, const Stop& stop,
                                            std::set<std::string>& found) const;
  /// Takes up an alert as it stands now; lets go of one that nobody can be called about any more.
  [[nodiscard]] core::Result<void> take_up(const log::LogSnapshot& snapshot, const std::string& alert_id);
  /// Looks at the open services of an alert; how many commands it submitted.
  [[nodiscard]] core::Result<std::size_t> look_at(const log::LogSnapshot& snapshot, Watch& watch,
                                                  core::WallTime now, const Stop& stop);
  std::size_t submit(const receipts::ChasedAlert& alert, v1::EscalationStep step,
                     const std::vector<v1::EscalatedService>& services);
  void let_go(const std::string& alert_id);

  admission::Admission& admission_;
  const log::EventLog& log_;
  const receipts::ReceiptStore& receipts_;
  const projections::LiveDirectory& directory_;
  const admission::Expirer& expirer_;
  const core::Clock& clock_;
  const receipts::ChasePolicies policies_;
  const core::SteadyTime ready_;  ///< nothing is escalated before it

  std::map<std::string, Watch> watches_;
  bool discovered_ = false;

  std::mutex mutex_;                   ///< guards what follows; a leaf
  std::set<std::string> changed_;      ///< to be taken up
  std::set<std::string> watched_ids_;  ///< the keys of `watches_`
};

}  // namespace gjallar::operations
