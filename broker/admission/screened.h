#pragma once

#include <optional>
#include <vector>

#include "broker/admission/privacy_gate.h"
#include "broker/domain/decide.h"

namespace gjallar::admission {

/// A command that the gate has looked through, on its way to be decided. One thread at a time.
class Screened {
 public:
  /// `from_feed`: a machine sent it, which can't answer questions.
  Screened(gjallar::v1::Command command, std::vector<Doubt> doubts, bool from_feed);

  [[nodiscard]] const gjallar::v1::Command& command() const noexcept { return command_; }
  /// Decides it at the head. With doubts that it doesn't confirm: CONFIRM_REQUIRED, or without the doubtful
  /// texts if it is urgent or from a feed. May be called again on another head.
  [[nodiscard]] core::Result<std::vector<domain::NewEvent>> decide(const domain::Principal& principal,
                                                                   const domain::Situation& situation);

  /// Whether it has doubts that it doesn't confirm.
  [[nodiscard]] bool doubtful() const noexcept { return !doubts_.empty(); }
  /// The rule that is asked about; nothing if none is.
  [[nodiscard]] std::optional<PrivacyRule> asked() const;
  /// What the last `decide` left out.
  [[nodiscard]] const std::vector<gjallar::v1::WithheldText>& withheld() const noexcept { return withheld_; }

 private:
  gjallar::v1::Command command_;
  std::vector<Doubt> doubts_;
  bool from_feed_;
  std::vector<gjallar::v1::WithheldText> withheld_;
};

}  // namespace gjallar::admission
