// Free text at the privacy gate, of every kind. Whatever it is: no crash, the same answer with an invisible
// character in the middle, no error that repeats it, and nothing doubtful left of what is withheld.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "broker/admission/privacy_gate.h"
#include "broker/admission/withhold.h"

namespace {

using namespace gjallar;
using admission::TextKind;

const admission::PrivacyRules& rules() {
  static const admission::PrivacyRules made;
  return made;
}

void check_kind(const std::string& text, TextKind kind) {
  const auto hit = admission::look_through(text, kind, rules());
  std::size_t middle = text.size() / 2;
  while (middle < text.size() && (static_cast<unsigned char>(text[middle]) & 0xc0U) == 0x80)
    ++middle;
  const auto again =
      admission::look_through(text.substr(0, middle) + "\u200b" + text.substr(middle), kind, rules());
  if (hit.has_value() != again.has_value()) std::abort();
  if (!hit) return;
  if (hit.value().has_value() != again.value().has_value()) std::abort();
  if (hit.value() && (hit.value()->rule != again.value()->rule || hit.value()->words != again.value()->words))
    std::abort();
}

void check_command(const std::string& text) {
  v1::Command command;
  v1::AlertContent& content = *command.mutable_issue()->mutable_content();
  v1::TextBlock& block = *content.add_texts();
  block.set_language("sv");
  block.set_headline(text);
  block.set_description(text);
  block.add_role_instructions()->set_instruction(text);
  content.add_findings()->set_setting(text);
  const admission::Screening screening = admission::screen(command, rules());
  if (screening.refusal) {
    const std::string said =
        screening.refusal->message + screening.refusal->advice + screening.refusal->field;
    if (text.size() > 12 && said.find(text) != std::string::npos) std::abort();
    return;
  }
  const admission::Withheld withheld = admission::withhold(command, screening.doubts, nullptr);
  if (withheld.texts.size() != screening.doubts.size()) std::abort();
  const admission::Screening after = admission::screen(withheld.command, rules());
  if (after.refusal || !after.doubts.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const TextKind kind : {TextKind::kProse, TextKind::kName, TextKind::kMark, TextKind::kTyped})
    check_kind(text, kind);
  check_command(text);
  return 0;
}
