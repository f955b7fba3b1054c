#include "broker/admission/early_rights.h"

#include "broker/domain/authority.h"

#include <string>

namespace gjallar::admission {
namespace {

/// Whether the rights could ever allow the command: never stricter than domain::decide.
bool could_be_allowed(const domain::Principal& principal, const v1::Command& command) {
  const domain::Rights& rights = principal.rights;
  const bool revises = rights.revise != domain::Scope::kNone;
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return rights.issue || (command.issue().content().report() && domain::may_report(principal));
    case v1::Command::kRevise:
      return revises || rights.analyse;
    case v1::Command::kGrade:
    case v1::Command::kWiden:
      return revises || rights.assess;
    case v1::Command::kRetract:
      return rights.retract != domain::Scope::kNone || rights.assess;
    case v1::Command::kObserve:
      return rights.observe || revises;
    case v1::Command::kExpire:
      return rights.retract == domain::Scope::kAny || principal.name == domain::broker_principal().name;
    case v1::Command::kRegisterService:
    case v1::Command::kChangeService:
    case v1::Command::kDisableService:
      return rights.operate || rights.assess;
    case v1::Command::kReport:
    case v1::Command::kCountOverdoses:
      return rights.issue || rights.observe;
    case v1::Command::kConclude:
      return rights.assess;
    case v1::Command::kReportEscalation:
      return principal.service.has_value();
    case v1::Command::kEscalate:
    case v1::Command::kAskExpiry:
      return principal.name == domain::broker_principal().name;
    case v1::Command::kNoteContacts:
    case v1::Command::kIssueToken:
    case v1::Command::kRotateToken:
    case v1::Command::kRevokeToken:
      return rights.operate;
    case v1::Command::COMMAND_NOT_SET:
      break;
  }
  return false;
}

}  // namespace

core::Result<void> check_early_rights(const domain::Principal& principal, const v1::Command& command) {
  if (could_be_allowed(principal, command)) return {};
  // The action, by its name in the contract: "issue", "register_service".
  const auto* const action = v1::Command::descriptor()->FindFieldByNumber(command.command_case());
  return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, action == nullptr ? "" : action->name(),
                          "This principal may not give this command.", "Ask the operator for the right.");
}

}  // namespace gjallar::admission
