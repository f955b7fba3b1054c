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

/// What a text meets by itself, all but what may point at a person together with other things.
std::optional<Hit> look_at(const Reading& text, TextKind kind, const PrivacyRules& rules) {
  const bool mark = kind == TextKind::kMark;
  const auto number = find_number(text, mark ? NumberRules::kChecked : NumberRules::kAll);
  if (number && !asks(*number)) return hit_by(*number);
  if (mark || kind == TextKind::kContact) return std::nullopt;
  if (has_email(text, rules)) return hit_by(PrivacyRule::kEmail);
  if (has_telephone(text, rules)) return hit_by(PrivacyRule::kTelephone);
  if (number && kind == TextKind::kProse) return hit_by(*number);
  return std::nullopt;
}

std::optional<Hit> hit_by(const QuasiIdentifier& quasi) {
  if (!quasi.asks()) return std::nullopt;
  return Hit{PrivacyRule::kQuasiIdentifier, quasi.words()};
}

int hexadecimal(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// A URI's text behind its percent escapes.
std::string unescaped(std::string_view uri) {
  std::string out;
  for (std::size_t at = 0; at < uri.size(); ++at) {
    const bool escape = uri[at] == '%' && at + 2 < uri.size() && hexadecimal(uri[at + 1]) >= 0 &&
                        hexadecimal(uri[at + 2]) >= 0;
    if (!escape) {
      out.push_back(uri[at]);
      continue;
    }
    out.push_back(static_cast<char>(hexadecimal(uri[at + 1]) * 16 + hexadecimal(uri[at + 2])));
    at += 2;
  }
  return out;
}

/// Nothing if it isn't UTF-8.
std::optional<Reading> reading_of(std::string_view text, TextKind kind) {
  auto points = normal_text(text);
  if (!points) return std::nullopt;
  if (kind == TextKind::kLink) {
    // What isn't UTF-8 behind its escapes is no text that anybody reads.
    if (auto behind = normal_text(unescaped(text))) points = std::move(behind);
  }
  return read_text(std::move(*points));
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
  const auto reading = reading_of(text, kind);
  if (!reading) return not_utf8("");
  auto found = look_at(*reading, kind, rules);
  if (found || kind != TextKind::kProse || !age_or_sex_in(*reading)) return found;
  return hit_by(quasi_identifier_in(*reading));
}

namespace {

/// Goes through a command's texts. The prose of one message (a text block, say) is one text to whoever reads
/// it: what its fields say together may point at a person.
class Screener {
 public:
  Screener(const v1::Command& command, const PrivacyRules& rules) : command_(command), rules_(rules) {}

  Screening screen() {
    for_each_text(command_, [this](const Where& where, TextKind kind, const std::string& text) {
      if (!out_.refusal && kind != TextKind::kTyped) look(where, kind, text);
    });
    end(message_);
    end(cap_info_);
    return std::move(out_);
  }

 private:
  struct Prose {
    Where where;
    Reading reading;
    bool age_or_sex = false;
  };
  /// What is read together.
  struct Block {
    std::vector<Prose> prose;
    bool asked = false;
  };

  void look(const Where& where, TextKind kind, const std::string& text) {
    const bool packed = kind == TextKind::kXml || kind == TextKind::kBase64;
    auto reading = packed ? std::optional(Reading()) : reading_of(text, kind);
    auto looked = packed ? look_through(text, kind, rules_) : Looked(std::optional<Hit>());
    if (!reading || !looked) {
      out_.refusal = not_utf8(path_of(where));
      return;
    }
    auto found = packed ? std::move(*looked) : look_at(*reading, kind, rules_);
    if (found && !asks(found->rule)) {
      out_.refused_by = found->rule;
      out_.refusal = personal_identifier(path_of(where), *found);
      return;
    }
    if (!is_taken_over(command_, where)) return;
    if (found) out_.doubts.push_back({where, std::move(*found)});
    if (kind != TextKind::kProse) return;
    Block& block = is_of_cap_info(where) ? cap_info_ : message_;
    if (!block.prose.empty() && !is_beside(block, where)) end(block);
    const bool age_or_sex = age_or_sex_in(*reading);
    block.asked = block.asked || age_or_sex;
    block.prose.push_back({where, std::move(*reading), age_or_sex});
  }

  /// Steps to the message that a field is of; of an info block of CAP the areas are part of it, so that its
  /// event and an areaDesc are read together.
  static std::size_t steps_above(const Where& where) {
    constexpr std::size_t kStepsToAreas = 5;  // issue.content.cap.infos[0].areas[0].area_desc
    const bool area =
        where.size() > kStepsToAreas && where.back().field->containing_type() == v1::CapArea::descriptor();
    return where.size() - (area ? 2U : 1U);
  }

  /// Of an info block of CAP or its areas. What stands between them (parameters) is read by itself.
  static bool is_of_cap_info(const Where& where) {
    const auto* const type = where.back().field->containing_type();
    return type == v1::CapInfo::descriptor() || type == v1::CapArea::descriptor();
  }

  /// Whether a field is of the message of the prose at hand.
  static bool is_beside(const Block& block, const Where& where) {
    const Where& other = block.prose.front().where;
    const std::size_t steps = steps_above(where);
    return steps == steps_above(other) &&
           std::equal(where.begin(), where.begin() + static_cast<std::ptrdiff_t>(steps), other.begin(),
                      [](const Step& a, const Step& b) { return a.field == b.field && a.index == b.index; });
  }

  /// The doubt stands with what tells the age or the sex: without it the rest may pass.
  void end(Block& block) {
    if (block.asked) {
      QuasiIdentifier together;
      for (const Prose& prose : block.prose) {
        if (prose.age_or_sex) together |= quasi_identifier_in(prose.reading);
      }
      for (const Prose& prose : block.prose) {
        if (!prose.age_or_sex && !together.asks()) together |= quasi_identifier_in(prose.reading);
      }
      if (const auto hit = hit_by(together)) {
        for (Prose& prose : block.prose) {
          if (prose.age_or_sex && !has_doubt(prose.where))
            out_.doubts.push_back({std::move(prose.where), *hit});
        }
      }
    }
    block.prose.clear();
    block.asked = false;
  }

  [[nodiscard]] bool has_doubt(const Where& where) const {
    const std::string path = path_of(where);
    return std::any_of(out_.doubts.begin(), out_.doubts.end(),
                       [&path](const Doubt& doubt) { return path_of(doubt.where) == path; });
  }

  const v1::Command& command_;
  const PrivacyRules& rules_;
  Screening out_;
  Block message_;
  Block cap_info_;
};

}  // namespace

Screening screen(const v1::Command& command, const PrivacyRules& rules) {
  return Screener(command, rules).screen();
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
