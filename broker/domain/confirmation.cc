#include "broker/domain/confirmation.h"

#include "broker/domain/decide_parts.h"

namespace gjallar::domain {
namespace {

template <typename Message>
const v1::Confirmation* of(const Message& command) noexcept {
  return command.has_confirmation() ? &command.confirmation() : nullptr;
}

}  // namespace

const v1::Confirmation* confirmation_of(const v1::Command& command) noexcept {
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return of(command.issue());
    case v1::Command::kRevise:
      return of(command.revise());
    case v1::Command::kGrade:
      return of(command.grade());
    case v1::Command::kWiden:
      return of(command.widen());
    case v1::Command::kRetract:
      return of(command.retract());
    case v1::Command::kReport:
      return of(command.report());
    case v1::Command::kConclude:
      return of(command.conclude());
    default:
      return nullptr;
  }
}

v1::Confirmation* mutable_confirmation_of(v1::Command& command) noexcept {
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return command.mutable_issue()->mutable_confirmation();
    case v1::Command::kRevise:
      return command.mutable_revise()->mutable_confirmation();
    case v1::Command::kGrade:
      return command.mutable_grade()->mutable_confirmation();
    case v1::Command::kWiden:
      return command.mutable_widen()->mutable_confirmation();
    case v1::Command::kRetract:
      return command.mutable_retract()->mutable_confirmation();
    case v1::Command::kReport:
      return command.mutable_report()->mutable_confirmation();
    case v1::Command::kConclude:
      return command.mutable_conclude()->mutable_confirmation();
    default:
      return nullptr;
  }
}

std::string_view name_of_command(const v1::Command& command) noexcept {
  const auto* const field = v1::Command::descriptor()->FindFieldByNumber(command.command_case());
  return field == nullptr ? std::string_view() : std::string_view(field->name());
}

Decision decide(const Principal& principal, const v1::Command& command, const Situation& situation) {
  Decision decision = decide_command(principal, command, situation);
  if (decision) drop_uncovered_links(decision.value(), situation);
  const v1::Confirmation* const confirmation = confirmation_of(command);
  if (confirmation == nullptr || !decision || decision->empty()) return decision;
  v1::Confirmation& kept = *decision->front().payload.mutable_confirmation();
  kept = *confirmation;
  kept.DiscardUnknownFields();  // nobody has checked them
  return decision;
}

}  // namespace gjallar::domain
