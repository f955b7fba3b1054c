#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/admission/privacy_gate.h"
#include "broker/admission/privacy_rules.h"
#include "broker/core/clock.h"
#include "broker/core/limits.h"
#include "broker/core/random.h"
#include "broker/domain/overdoses.h"
#include "broker/domain/principal.h"
#include "broker/domain/role.h"
#include "broker/log/event_log.h"
#include "broker/projections/live_directory.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::admission {

/// That something was refused, and never what: all that is kept of it.
struct Refusal {
  core::Code code = gjallar::v1::ERROR_CODE_UNSPECIFIED;
  std::string field;
  std::optional<PrivacyRule> rule;  ///< if the privacy gate refused or asked
  std::string principal;
  core::WallTime time;
};

/// What a deployment decides of the door.
struct AdmissionOptions {
  PrivacyRules privacy;
  domain::OwnThresholds overdose_thresholds;
  /// Live alerts about the same that were issued within so long are looked for; 0: none are.
  std::chrono::hours duplicates_within = core::limits::kDuplicatesWithin;
  /// Told of each command that the door refused, or that the gate asked about; any thread; must not block.
  std::function<void(const Refusal&)> on_refused;
};

/// Who waits for the answer to a command.
enum class Sender {
  kPerson,  ///< somebody who can answer a question
  kFeed,    ///< a machine: nothing is held up by a question
  kCap      ///< a person by a CAP message, whose name and signature the CAP inbox has seen
};

/// The door: validate → rights → privacy gate → decide at the head → append. Nothing refused is ever stored,
/// nor a text that was withheld. Every way in leads through it. Any thread.
class Admission {
 public:
  using Done = std::function<void(core::Result<gjallar::v1::CommandOutcome>)>;

  /// All must outlive it.
  Admission(log::EventLog& log, const projections::LiveDirectory& directory,
            const domain::RoleCatalogue& roles, const core::Clock& clock, core::Random& random,
            AdmissionOptions options = {});

  /// Carries out a command. `done` is called exactly once: at once if the command is refused at the door,
  /// else on the appender's thread after the sync; it must not block.
  /// A text that may point at a person asks (CONFIRM_REQUIRED) unless the command confirms it; of an urgent
  /// command, or one from a feed, it is left out and named in the outcome's `withheld`.
  /// `asked`: by what a repeat under the same key is told, where the command is more or less than what was
  /// asked for (asked_for); empty: the command itself.
  void submit(const domain::Principal& principal, gjallar::v1::Command command, std::string idempotency_key,
              Done done, Sender sender = Sender::kPerson, std::string asked = {});

  /// What submit would answer, with nothing stored: seq 0, services_concerned as of now. Calling thread.
  [[nodiscard]] core::Result<gjallar::v1::CommandOutcome> preview(const domain::Principal& principal,
                                                                  const gjallar::v1::Command& command,
                                                                  Sender sender = Sender::kPerson) const;

  /// The gate for one text that comes outside a command and is kept (a client's name): PERSONAL_IDENTIFIER,
  /// told to on_refused, if a rule that refuses meets it.
  [[nodiscard]] core::Result<void> check_name(const domain::Principal& principal, std::string_view field,
                                              std::string_view text) const;

  /// Pseudonym and note of who confirms an alert, outside a session: the first a short opaque name, the note
  /// at most limits::kNoteLengthMax characters; both through the gate, which refuses here what it would ask
  /// about. INVALID_ARGUMENT, TOO_LARGE, PERSONAL_IDENTIFIER, naming `pseudonym` or `note`.
  [[nodiscard]] core::Result<void> check_acknowledged(const domain::Principal& principal,
                                                      const gjallar::v1::Acknowledged& acknowledged) const;
  /// The same on a session, which has no answer for it: the confirmation stays, without what doesn't pass.
  void leave_out_what_may_not_pass(const std::string& principal,
                                   gjallar::v1::Acknowledged& acknowledged) const;

 private:
  /// Everything that needs no state. What it finds doubtful goes to `doubts`.
  [[nodiscard]] core::Result<void> check_at_the_door(const domain::Principal& principal,
                                                     const gjallar::v1::Command& command,
                                                     std::vector<Doubt>& doubts) const;
  void tell_refused(const domain::Principal& principal, const core::Error& error,
                    std::optional<PrivacyRule> rule) const;

  log::EventLog& log_;
  const projections::LiveDirectory& directory_;
  const domain::RoleCatalogue& roles_;
  const core::Clock& clock_;
  core::Random& random_;
  const AdmissionOptions options_;
};

/// The same bytes for the same request, its idempotency key aside: what a repeat is told by where the broker
/// makes the command of it (a token's secret is another each time, contacts aren't in the command). The
/// message has a string field `idempotency_key`.
[[nodiscard]] std::string asked_for(const google::protobuf::Message& request);

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
