#include "broker/admission/provenance.h"

#include <algorithm>

#include "broker/admission/checks.h"
#include "broker/domain/confirmation.h"

namespace gjallar::admission {
namespace {

/// What the command would store of the CAP message that it came from; nullptr if nothing.
const v1::CapDetails* details_of(const v1::Command& command) {
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return &command.issue().content().cap();
    case v1::Command::kReport:
      return &command.report().details().cap();
    case v1::Command::kRevise: {
      const auto& mask = command.revise().update_mask().paths();
      const bool takes = mask.empty() || std::find(mask.begin(), mask.end(), "cap") != mask.end();
      return takes ? &command.revise().content().cap() : nullptr;
    }
    default:
      return nullptr;
  }
}

bool same_messages(const v1::CapDetails& a, const v1::CapDetails& b) {
  return std::equal(a.messages().begin(), a.messages().end(), b.messages().begin(), b.messages().end());
}

bool same_signature(const v1::CapSignature& a, const v1::CapSignature& b) {
  return a.state() == b.state() && a.certificate_subject() == b.certificate_subject();
}

}  // namespace

core::Result<void> check_provenance(const v1::Command& command, const v1::Alert* held) {
  if (command.grade().has_cap_signature() || command.retract().has_cap_signature() ||
      command.observe().has_cap_signature() || command.conclude().has_cap_signature()) {
    const FieldPath path(domain::name_of_command(command));
    return invalid(FieldPath(path, "cap_signature"), "Only a CAP message brings a signature.",
                   "Leave it out.");
  }
  const v1::CapDetails* const told = details_of(command);
  if (told == nullptr) return {};
  const v1::CapDetails& stands = held == nullptr ? v1::CapDetails::default_instance() : held->content().cap();
  const FieldPath root(command.has_issue() ? "issue" : command.has_report() ? "report" : "revise");
  const FieldPath content(root, command.has_report() ? "details" : "content");
  const FieldPath cap(content, "cap");
  const std::string advice = "Leave it out, or send it back as the alert has it.";
  if (!told->messages().empty() && !same_messages(*told, stands)) {
    return invalid(FieldPath(cap, "messages"), "Only a CAP message says which messages an alert came from.",
                   advice);
  }
  if (told->has_signature() && !same_signature(told->signature(), stands.signature())) {
    return invalid(FieldPath(cap, "signature"), "Only a CAP message brings a signature.", advice);
  }
  return {};
}

}  // namespace gjallar::admission
