#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/limits.h"
#include "broker/core/random.h"
#include "broker/domain/principal.h"
#include "broker/domain/role.h"
#include "broker/log/event_log.h"
#include "broker/projections/live_directory.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::admission {

/// What a deployment decides of the door.
struct DoorOptions {
  /// Live alerts about the same that were issued within so long are looked for; 0: none are.
  std::chrono::hours duplicates_within = core::limits::kDuplicatesWithin;
};

/// How a command came.
struct SubmitOptions {
  bool feed = false;  ///< on a machine's feed: nobody is there to be asked
};

/// The door: validate → privacy gate → decide at the head → append. Nothing refused is ever stored. Any
/// thread.
class Admission {
 public:
  using Done = std::function<void(core::Result<gjallar::v1::CommandOutcome>)>;

  /// All must outlive it.
  Admission(log::EventLog& log, const projections::LiveDirectory& directory,
            const domain::RoleCatalogue& roles, const core::Clock& clock, core::Random& random,
            DoorOptions options = {});

  /// Carries out a command. `done` is called exactly once: at once if the command is refused at the door,
  /// else on the appender's thread after the sync; it must not block.
  void submit(const domain::Principal& principal, gjallar::v1::Command command, std::string idempotency_key,
              Done done, SubmitOptions how = {});

  /// What submit would answer, with nothing stored: seq 0, services_concerned as of now. Calling thread.
  [[nodiscard]] core::Result<gjallar::v1::CommandOutcome> preview(const domain::Principal& principal,
                                                                  const gjallar::v1::Command& command) const;

 private:
  log::EventLog& log_;
  const projections::LiveDirectory& directory_;
  const domain::RoleCatalogue& roles_;
  const core::Clock& clock_;
  core::Random& random_;
  const DoorOptions options_;
};

/// Ends alerts whose time is over, and asks their senders' services about it before. Call `run_once`
/// when next_expiry or next_question says so; both pause while wall and steady clock disagree by more than
/// 60 s.
class Expirer {
 public:
  /// All must outlive it and every answer to what it submitted.
  Expirer(Admission& admission, const log::EventLog& log, const core::Clock& clock);
  ~Expirer();
  Expirer(const Expirer&) = delete;
  Expirer& operator=(const Expirer&) = delete;
  /// Submits expire and ask-expiry commands for what is due (each bounded); returns how many. None for an
  /// alert whose command is still under way. Operations thread.
  std::size_t run_once();
  /// Empty while expiry runs; else why it pauses, one line. Any thread.
  [[nodiscard]] std::string finding() const;
  /// An operator confirms that the wall clock is right. Any thread.
  void confirm_clock();

 private:
  struct UnderWay;

  std::size_t submit(const std::vector<std::string>& due, bool question);
  [[nodiscard]] core::Micros disagreement() const;

  Admission& admission_;
  const log::EventLog& log_;
  const core::Clock& clock_;
  mutable std::mutex mutex_;  ///< guards the two starts
  core::WallTime wall_start_;
  core::SteadyTime steady_start_;
  std::shared_ptr<UnderWay> under_way_;
};

}  // namespace gjallar::admission
