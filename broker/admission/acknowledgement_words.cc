// What who confirms an alert sends along: an opaque pseudonym and a note. It isn't a command, so nothing can
// be asked or released later: what is doubtful is refused.
#include <algorithm>

#include "broker/admission/admission.h"
#include "broker/admission/checks.h"
#include "broker/admission/field_path.h"

namespace gjallar::admission {
namespace {

bool is_pseudonym(std::string_view text) {
  return text.size() <= core::limits::kPseudonymLengthMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

}  // namespace

core::Result<void> Admission::check_acknowledged(const domain::Principal& principal,
                                                 const v1::Acknowledged& acknowledged) const {
  const auto refuse = [&](core::Error error, std::optional<PrivacyRule> rule) {
    tell_refused(principal, error, rule);
    return core::Result<void>(std::move(error));
  };
  if (!is_pseudonym(acknowledged.pseudonym())) {
    return refuse(
        core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "pseudonym", "A pseudonym is a short opaque name.",
                         "Send at most 64 letters, digits, '-', '_' or '.', or leave it out."),
        std::nullopt);
  }
  GJALLAR_TRY(check_name(principal, "pseudonym", acknowledged.pseudonym()));
  const std::string& note = acknowledged.note();
  const auto formed = check_free_text(FieldPath("note"), note, core::limits::kNoteLengthMax,
                                      Presence::kOptional, Lines::kOne);
  if (!formed) return refuse(formed.error(), std::nullopt);
  const auto found = look_through(note, TextKind::kProse, options_.privacy);
  if (!found) return refuse(found.error(), std::nullopt);
  if (!found.value()) return {};
  core::Error error = personal_identifier("note", *found.value());
  if (asks(found.value()->rule))
    error.advice = "Say it without what may point at a person, or confirm without a note.";
  return refuse(std::move(error), found.value()->rule);
}

void Admission::leave_out_what_may_not_pass(const std::string& principal,
                                            v1::Acknowledged& acknowledged) const {
  domain::Principal sender;
  sender.name = core::PrincipalName(principal);
  v1::Acknowledged one;
  one.set_pseudonym(acknowledged.pseudonym());
  if (!check_acknowledged(sender, one)) acknowledged.clear_pseudonym();
  one.clear_pseudonym();
  one.set_note(acknowledged.note());
  if (!check_acknowledged(sender, one)) acknowledged.clear_note();
}

}  // namespace gjallar::admission
