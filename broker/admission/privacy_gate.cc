#include "broker/admission/privacy_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/admission/cap_words.h"
#include "broker/admission/email_address.h"
#include "broker/admission/find_number.h"
#include "broker/admission/normal_text.h"
#include "broker/admission/quasi_identifier.h"
#include "broker/admission/reading.h"
#include "broker/admission/telephone.h"
#include "broker/admission/utf8.h"

namespace gjallar::admission {
namespace {

Hit hit_by(PrivacyRule rule) {
  return {rule, std::string(words_of(rule))};
}

std::optional<Hit> look_at(const Reading& text, TextKind kind, const PrivacyRules& rules) {
  const bool mark = kind == TextKind::kMark;
  const auto number = find_number(text, mark ? NumberRules::kChecked : NumberRules::kAll);
  if (number && !asks(*number)) return hit_by(*number);
  if (mark || kind == TextKind::kContact) return std::nullopt;
  if (has_email(text, rules)) return hit_by(PrivacyRule::kEmail);
  if (has_telephone(text, rules)) return hit_by(PrivacyRule::kTelephone);
  if (kind != TextKind::kProse) return std::nullopt;
  if (number) return hit_by(*number);
  const QuasiIdentifier quasi = quasi_identifier_in(text);
  if (!quasi.asks()) return std::nullopt;
  return Hit{PrivacyRule::kQuasiIdentifier, quasi.words()};
}

core::Error not_utf8(std::string field) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field), "The text isn't UTF-8.",
                          "Send it in UTF-8.");
}

using Looked = core::Result<std::optional<Hit>>;

Looked look_at_xml(std::string_view text, const PrivacyRules& rules) {
  auto with_tags = look_through(text, TextKind::kProse, rules);
  if (!with_tags || (*with_tags && !asks((*with_tags)->rule))) return with_tags;
  auto without = look_through(text_of_xml(text), TextKind::kProse, rules);
  return !without || *without ? without : with_tags;
}

Looked look_at_file(std::string_view base64, const PrivacyRules& rules) {
  const auto bytes = decode_base64(base64);
  if (!bytes || !decode_utf8(*bytes)) return std::optional<Hit>();
  return look_through(*bytes, TextKind::kProse, rules);
}

/// Whether a text of a revision is taken over: what its mask leaves out is stored nowhere.
bool is_taken_over(const v1::Command& command, const Where& where) {
  if (!command.has_revise() || where.size() < 3 || where[1].field->name() != "content") return true;
  const auto& mask = command.revise().update_mask().paths();
  return mask.empty() || std::find(mask.begin(), mask.end(), where[2].field->name()) != mask.end();
}

}  // namespace

core::Result<std::optional<Hit>> look_through(std::string_view text, TextKind kind,
                                              const PrivacyRules& rules) {
  if (kind == TextKind::kTyped) return std::optional<Hit>();
  if (kind == TextKind::kXml) return look_at_xml(text, rules);
  if (kind == TextKind::kBase64) return look_at_file(text, rules);
  auto points = normal_text(text);
  if (!points) return not_utf8("");
  return look_at(read_text(std::move(*points)), kind, rules);
}

Screening screen(const v1::Command& command, const PrivacyRules& rules) {
  Screening screening;
  for_each_text(command, [&](const Where& where, TextKind kind, const std::string& text) {
    if (screening.refusal || kind == TextKind::kTyped) return;
    auto found = look_through(text, kind, rules);
    if (!found) {
      screening.refusal = not_utf8(path_of(where));
    } else if (found.value() && !asks(found.value()->rule)) {
      screening.refused_by = found.value()->rule;
      screening.refusal = personal_identifier(path_of(where), *found.value());
    } else if (found.value() && is_taken_over(command, where)) {
      screening.doubts.push_back({where, std::move(*found.value())});
    }
  });
  return screening;
}

core::Error personal_identifier(std::string field, const Hit& hit) {
  std::string advice =
      "Take it out: nothing that identifies a person may be sent. Batch and lot numbers belong in `lot`.";
  if (hit.rule == PrivacyRule::kTelephone || hit.rule == PrivacyRule::kEmail) {
    advice =
        "Take it out: contacts stay outside alerts. What belongs to the public, the operator can let pass.";
  }
  return core::make_error(v1::ERROR_CODE_PERSONAL_IDENTIFIER, std::move(field),
                          fmt::format("The text holds what looks like {}.", hit.words), std::move(advice));
}

core::Error confirm_required(const Doubt& doubt) {
  return core::make_error(
      v1::ERROR_CODE_CONFIRM_REQUIRED, path_of(doubt.where),
      fmt::format("The text may point at a person: it holds {}.", doubt.hit.words),
      "Leave out what isn't needed, or send it again with a confirmation that it points at no person, "
      "and a reason (confirmation.no_person and .reason; on the command line --confirm REASON).");
}

core::Result<void> check_text(std::string_view field, std::string_view text, const PrivacyRules& rules) {
  const auto found = look_through(text, TextKind::kProse, rules);
  if (!found) return not_utf8(std::string(field));
  if (!found.value() || asks(found.value()->rule)) return {};
  return personal_identifier(std::string(field), *found.value());
}

}  // namespace gjallar::admission
