#include "broker/domain/short_text.h"

#include <algorithm>

#include "broker/core/limits.h"
#include "broker/core/utf8.h"
#include "broker/domain/wording.h"

namespace gjallar::domain {
namespace {

constexpr std::u32string_view kGsmBasic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    U"abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view kGsmExtension = U"\f^{}\\[~]|€";
constexpr std::size_t kUcs2UnitsMax = 70;
constexpr int kSummarySentencesMax = 3;

SmsSize size_of(std::u32string_view points) {
  SmsSize gsm;
  SmsSize ucs2;
  ucs2.gsm = false;
  ucs2.units_max = kUcs2UnitsMax;
  for (const char32_t point : points) {
    ucs2.units += point > 0xffff ? 2 : 1;
    if (kGsmBasic.find(point) != std::u32string_view::npos) {
      gsm.units += 1;
    } else if (kGsmExtension.find(point) != std::u32string_view::npos) {
      gsm.units += 2;
    } else {
      gsm.gsm = false;
    }
  }
  return gsm.gsm ? gsm : ucs2;
}

/// What typesetting adds and the GSM alphabet lacks, in plain characters; on one line.
std::string plain(std::string_view text) {
  const auto points = core::decode_utf8(text);
  if (!points) return {};
  std::u32string out;
  for (const char32_t point : *points) {
    if (point == 0x2018 || point == 0x2019) {
      out.push_back(U'\'');
    } else if (point == 0x201c || point == 0x201d || point == 0x201e || point == 0xab || point == 0xbb) {
      out.push_back(U'"');
    } else if (point >= 0x2010 && point <= 0x2015) {
      out.push_back(U'-');
    } else if (point == 0x2026) {
      out.append(U"...");
    } else if (point == 0xa0 || point == 0x202f || point == U'\n' || point == U'\r' || point == U'\t') {
      out.push_back(U' ');
    } else {
      out.push_back(point);
    }
  }
  return core::encode_utf8(out);
}

/// As much of the text as fits one message.
std::string cut_to_one_message(const std::string& text) {
  std::string kept = text;
  for (std::size_t max = core::limits::kSmsLengthMax; !sms_size(kept).fits(); --max)
    kept = cut_at_word(text, max);
  return kept;
}

std::string headline_of(const v1::Alert& alert, const v1::TextBlock& text) {
  if (alert.redacted()) return "(redacted)";
  if (!text.headline().empty()) return text.headline();
  return derived_headline(alert.content(), language_of(text.language()));
}

/// The first sentences of a text: up to a full stop, question or exclamation mark before a space.
std::string first_sentences(std::string_view text) {
  std::size_t end = 0;
  int sentences = 0;
  for (std::size_t i = 0; i < text.size() && sentences < kSummarySentencesMax; ++i) {
    const bool mark = text[i] == '.' || text[i] == '?' || text[i] == '!';
    if (!mark || (i + 1 < text.size() && text[i + 1] != ' ' && text[i + 1] != '\n')) continue;
    ++sentences;
    end = i + 1;
  }
  return std::string(sentences < kSummarySentencesMax ? text : text.substr(0, end));
}

void add_paragraph(std::string& out, std::string_view paragraph) {
  if (paragraph.empty()) return;
  if (!out.empty()) out.push_back('\n');
  out.append(paragraph);
}

std::string_view language_shown(const v1::TextBlock& text, std::string_view asked) {
  return text.language().empty() ? asked : std::string_view(text.language());
}

}  // namespace

SmsSize sms_size(std::string_view text) {
  const auto points = core::decode_utf8(text);
  return size_of(points ? *points : std::u32string(text.begin(), text.end()));
}

const v1::TextBlock& text_in(const v1::AlertContent& content, std::string_view language) {
  const auto first_subtag = [](std::string_view tag) { return tag.substr(0, tag.find('-')); };
  for (const v1::TextBlock& text : content.texts()) {
    if (text.language() == language) return text;
  }
  for (const v1::TextBlock& text : content.texts()) {
    if (!language.empty() && first_subtag(text.language()) == first_subtag(language)) return text;
  }
  return content.texts().empty() ? v1::TextBlock::default_instance() : content.texts(0);
}

std::string marked(v1::Status status, std::string_view language, std::string_view text) {
  const std::string_view mark = status_mark(status, language_of(language));
  if (mark.empty() || text.substr(0, mark.size()) == mark) return std::string(text);
  std::string out(mark);
  out.append(text.empty() ? "" : " ").append(text);
  return out;
}

std::string sms_text(const v1::Alert& alert, std::string_view language) {
  const v1::TextBlock& text = text_in(alert.content(), language);
  const std::string_view shown = language_shown(text, language);
  const v1::Status status = alert.content().status();
  if (!text.sms().empty()) return cut_to_one_message(marked(status, shown, text.sms()));
  return cut_to_one_message(marked(status, shown, alert.reference() + " " + plain(headline_of(alert, text))));
}

std::string summary_text(const v1::Alert& alert, std::string_view language) {
  const v1::TextBlock& text = text_in(alert.content(), language);
  std::string summary = text.summary();
  if (summary.empty()) summary = first_sentences(text.description());
  if (summary.empty()) summary = headline_of(alert, text);
  return cut_at_word(marked(alert.content().status(), language_shown(text, language), summary),
                     core::limits::kSummaryLengthMax);
}

std::string full_text(const v1::Alert& alert, std::string_view language, std::string_view role) {
  const v1::TextBlock& text = text_in(alert.content(), language);
  std::string out =
      marked(alert.content().status(), language_shown(text, language), headline_of(alert, text));
  for (const v1::RoleInstruction& own : text.role_instructions()) {
    if (!role.empty() && own.role() == role) add_paragraph(out, own.role() + ": " + own.instruction());
  }
  add_paragraph(out, text.description());
  add_paragraph(out, text.instruction());
  for (const v1::RoleInstruction& other : text.role_instructions()) {
    if (role.empty() || other.role() != role) add_paragraph(out, other.role() + ": " + other.instruction());
  }
  return out;
}

}  // namespace gjallar::domain
