#include "broker/admission/withhold.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include "broker/admission/plain_headline.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/grade.h"
#include "broker/domain/report.h"

namespace gjallar::admission {
namespace {

/// In the place of a retraction's reason, which must be there.
constexpr std::string_view kReasonLeftOut = "The reason was left out: it may point at a person.";

/// The content that a command brings; nullptr if it brings none.
const v1::AlertContent* content_brought_by(const v1::Command& command) {
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return &command.issue().content();
    case v1::Command::kRevise:
      return &command.revise().content();
    case v1::Command::kReport:
      return &command.report().details();
    default:
      return nullptr;
  }
}

bool takes_over(const v1::ReviseAlert& revise, std::string_view field) {
  const auto& mask = revise.update_mask().paths();
  return mask.empty() || std::find(mask.begin(), mask.end(), field) != mask.end();
}

/// What a plain headline is made of: what the command brings, and what it leaves out as the alert has it.
v1::AlertContent headline_content(const v1::Command& command, const v1::Alert* alert) {
  v1::AlertContent content;
  if (const v1::AlertContent* const brought = content_brought_by(command)) content = *brought;
  if (command.has_report()) {
    content.set_kind(command.report().kind());
    if (content.findings().empty()) content.add_findings()->set_area(command.report().area());
  }
  if (alert == nullptr) return content;
  const v1::AlertContent& held = alert->content();
  if (content.kind() == v1::ALERT_KIND_UNSPECIFIED) content.set_kind(held.kind());
  if (content.substances().empty()) *content.mutable_substances() = held.substances();
  if (content.findings().empty()) *content.mutable_findings() = held.findings();
  if (!content.has_audience()) *content.mutable_audience() = held.audience();
  return content;
}

/// The path in the content, or in the command for what isn't content ("reason").
std::string field_of(const Where& where) {
  const std::string path = path_of(where);
  for (const std::string_view prefix : {"issue.content.", "revise.content.", "report.details."}) {
    if (path.rfind(prefix, 0) == 0) return path.substr(prefix.size());
  }
  return path.substr(std::min(path.find('.') + 1, path.size()));
}

/// What stands in a withheld text's place; mostly nothing.
std::string replacement(const v1::Command& command, const Where& where, const v1::Alert* alert) {
  const std::string& field = where.back().field->full_name();
  if (field == "gjallar.v1.TextBlock.headline") {
    const auto index = static_cast<std::size_t>(where[where.size() - 2].index);
    const v1::AlertContent* const content = content_brought_by(command);
    const std::string language =
        content == nullptr ? std::string() : content->texts(static_cast<int>(index)).language();
    return plain_headline(headline_content(command, alert), language);
  }
  if (field == "gjallar.v1.ReportAlert.subject")
    return plain_headline(headline_content(command, alert), "en");
  if (field == "gjallar.v1.RetractAlert.reason") return std::string(kReasonLeftOut);
  return {};
}

/// "texts[2].headline" → 2; -1 for any other path.
int text_index(std::string_view path) {
  constexpr std::string_view kPrefix = "texts[";
  if (path.substr(0, kPrefix.size()) != kPrefix) return -1;
  int index = -1;
  const std::string_view digits = path.substr(kPrefix.size());
  (void)std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return index;
}

/// The texts of a content by the paths at which they may be withheld, and their language's place.
std::map<std::string, std::string> texts_by_path(const v1::AlertContent& content) {
  std::map<std::string, std::string> out;
  for_each_text(content, [&out](const Where& where, TextKind, const std::string& text) {
    out.emplace(path_of(where), text);
  });
  return out;
}

/// A path of `before` as it is in `after`: text blocks are known by their language. Empty if it is gone.
std::string path_after(const std::string& path, const v1::AlertContent& before,
                       const v1::AlertContent& after) {
  const int index = text_index(path);
  if (index < 0 || index >= before.texts_size()) return path;
  for (int i = 0; i < after.texts_size(); ++i) {
    if (after.texts(i).language() != before.texts(index).language()) continue;
    return "texts[" + std::to_string(i) + path.substr(path.find(']'));
  }
  return {};
}

/// Which of the texts that the alert waited for it still waits for: those that stand as they stood.
std::vector<v1::WithheldText> still_withheld(const v1::Alert& before, const v1::AlertContent& after) {
  std::vector<v1::WithheldText> out;
  if (before.withheld().empty()) return out;
  const auto held = texts_by_path(before.content());
  const auto stands = texts_by_path(after);
  const auto text = [](const std::map<std::string, std::string>& texts, const std::string& path) {
    const auto found = texts.find(path);
    return found == texts.end() ? std::string() : found->second;
  };
  for (const v1::WithheldText& withheld : before.withheld()) {
    const std::string path = path_after(withheld.field(), before.content(), after);
    if (path.empty() || text(held, withheld.field()) != text(stands, path)) continue;
    out.push_back(withheld);
    out.back().set_field(path);
  }
  return out;
}

/// Whether a withheld text is one of the content, which a revision can fill.
bool is_content(const v1::WithheldText& text) {
  return text.field() != "reason" && text.field() != "subject" && text.field().rfind("confirmation.", 0) != 0;
}

}  // namespace

bool is_urgent_command(const v1::Command& command, const v1::Alert* alert) {
  if (alert != nullptr && domain::is_urgent(alert->level())) return true;
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return domain::is_urgent(domain::level_of(command.issue().content().grade()));
    case v1::Command::kRevise:
      return command.revise().content().has_grade() && takes_over(command.revise(), "grade") &&
             domain::is_urgent(domain::level_of(command.revise().content().grade()));
    case v1::Command::kGrade:
      return domain::is_urgent(domain::level_of(command.grade().grade()));
    case v1::Command::kReport:
      return domain::is_urgent(domain::level_of(domain::report_content(command.report()).grade()));
    default:
      return false;
  }
}

Withheld withhold(const v1::Command& command, const std::vector<Doubt>& doubts, const v1::Alert* alert) {
  Withheld out;
  out.command = command;
  for (const Doubt& doubt : doubts) {
    set_text(out.command, doubt.where, replacement(command, doubt.where, alert));
    v1::WithheldText text;
    text.set_field(field_of(doubt.where));
    text.set_rule(doubt.hit.words);
    out.texts.push_back(std::move(text));
  }
  return out;
}

void note_withheld(std::vector<domain::NewEvent>& events, const domain::Principal& principal,
                   const v1::Alert* before, const std::vector<v1::WithheldText>& texts) {
  const bool waits = before != nullptr && !before->withheld().empty();
  if (events.empty() || events.front().subject_kind != domain::SubjectKind::kAlert ||
      (!waits && texts.empty()))
    return;
  const std::string subject = events.front().subject;
  const v1::Alert* last = nullptr;
  for (domain::NewEvent& event : events) {
    if (event.subject != subject || !event.payload.has_alert()) continue;
    v1::Alert& alert = *event.payload.mutable_alert();
    std::vector<v1::WithheldText> all;
    if (before != nullptr) all = still_withheld(*before, alert.content());
    for (const v1::WithheldText& text : texts) {
      if (!is_content(text)) continue;
      const auto same = [&text](const v1::WithheldText& other) { return other.field() == text.field(); };
      all.erase(std::remove_if(all.begin(), all.end(), same), all.end());
      all.push_back(text);
    }
    *alert.mutable_withheld() = {all.begin(), all.end()};
    last = &alert;
  }
  if (texts.empty() || last == nullptr) return;
  v1::Notice notice;
  notice.set_kind(v1::NOTICE_KIND_TEXT_WITHHELD);
  *notice.mutable_withheld() = {texts.begin(), texts.end()};
  std::vector<std::string> services{last->sender_service()};
  if (principal.service) services.push_back(principal.service->value());
  domain::NewEvent told = domain::notice_event(*last, std::move(notice), std::move(services));
  domain::add_coordinators(told);
  events.push_back(std::move(told));
}

}  // namespace gjallar::admission
