#include "broker/admission/screened.h"

#include <utility>

#include "broker/admission/withhold.h"
#include "broker/domain/confirmation.h"

namespace gjallar::admission {

Screened::Screened(v1::Command command, std::vector<Doubt> doubts, bool from_feed)
    : command_(std::move(command)), doubts_(std::move(doubts)), from_feed_(from_feed) {
  const v1::Confirmation* const confirmation = domain::confirmation_of(command_);
  if (confirmation != nullptr && confirmation->no_person()) doubts_.clear();  // its reason was checked
}

core::Result<std::vector<domain::NewEvent>> Screened::decide(const domain::Principal& principal,
                                                             const domain::Situation& situation) {
  withheld_.clear();
  if (doubts_.empty()) {
    auto decided = domain::decide(principal, command_, situation);
    if (decided) note_withheld(decided.value(), principal, situation.alert, {});
    return decided;
  }
  if (!from_feed_ && !is_urgent_command(command_, situation.alert)) {
    // Who may not do it anyhow is told so.
    const auto decided = domain::decide(principal, command_, situation);
    return decided ? confirm_required(doubts_.front()) : decided.error();
  }
  Withheld without = withhold(command_, doubts_, situation.alert);
  auto decided = domain::decide(principal, without.command, situation);
  if (!decided) {
    const bool nothing_left = decided.error().code == v1::ERROR_CODE_NOTHING_TO_CHANGE;
    return nothing_left ? confirm_required(doubts_.front()) : decided.error();
  }
  note_withheld(decided.value(), principal, situation.alert, without.texts);
  withheld_ = std::move(without.texts);
  return decided;
}

std::optional<PrivacyRule> Screened::asked() const {
  if (doubts_.empty()) return std::nullopt;
  return doubts_.front().hit.rule;
}

}  // namespace gjallar::admission
