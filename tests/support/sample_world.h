// The domain alone, without a log: decides commands one after another and keeps the state in memory. The
// model that tests of the log and of its folds may compare with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/random.h"
#include "broker/domain/decide.h"

namespace gjallar::testing {

/// Not synchronised.
class SampleWorld {
 public:
  explicit SampleWorld(std::uint64_t seed = 1) : random_(seed) {}

  /// One event as it was decided, and whom it concerned.
  struct Happened {
    domain::NewEvent event;
    std::string principal;
    domain::ServiceSet targets;
    core::WallTime time;
  };

  /// Decides a command against the present state, evolves the state by what comes of it, and returns the
  /// events.
  core::Result<std::vector<domain::NewEvent>> run(const domain::Principal& principal,
                                                  const v1::Command& command);
  /// Issues as `principal`; the alert's id. The command must be accepted.
  std::string issue(const domain::Principal& principal, const v1::Command& command);
  /// Registers by the operator. The service must be accepted.
  void add(const v1::Service& service);

  [[nodiscard]] const v1::Alert& alert(const std::string& alert_id) const { return alerts_.at(alert_id); }
  [[nodiscard]] const std::map<std::string, v1::Alert>& alerts() const { return alerts_; }
  /// Every service that any event of the alert concerned up to now.
  [[nodiscard]] domain::ServiceSet targeted(const std::string& alert_id) const;
  [[nodiscard]] const domain::Directory& directory() const { return directory_; }
  [[nodiscard]] const std::vector<Happened>& history() const { return history_; }
  [[nodiscard]] core::ManualClock& clock() { return clock_; }

 private:
  core::Result<void> take(const domain::Principal& principal, const domain::NewEvent& event);

  core::ManualClock clock_;
  core::SeededRandom random_;
  domain::Directory directory_;
  std::map<std::string, v1::Alert> alerts_;
  std::map<std::string, domain::ServiceSet> targeted_;
  std::vector<Happened> history_;
};

}  // namespace gjallar::testing
