#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gjallar/v1/alert.pb.h"

/// An alert's text in its three lengths: one SMS, a summary, in full. What isn't about the world is marked as
/// such in each of them, in the text's language, before anything else. Pure; any thread.
namespace gjallar::domain {

/// How much of one message a text takes. 3GPP TS 23.038: 160 septets if all of it is in the GSM 7-bit default
/// alphabet, whose extension characters take two; else 70 code units of UCS-2, those beyond the basic plane
/// two each.
struct SmsSize {
  bool gsm = true;
  std::size_t units = 0;
  std::size_t units_max = 160;
  [[nodiscard]] bool fits() const noexcept { return units <= units_max; }
};
[[nodiscard]] SmsSize sms_size(std::string_view text);

/// The block in this language, else in one with the same first subtag, else the first; an empty one if there
/// is none.
[[nodiscard]] const gjallar::v1::TextBlock& text_in(const gjallar::v1::AlertContent& content,
                                                    std::string_view language);

/// The text with its mark before it, unless it begins so already.
[[nodiscard]] std::string marked(gjallar::v1::Status status, std::string_view language,
                                 std::string_view text);

/// The text as one SMS: the sender's own, else the reference and the headline, cut at a word. Always fits
/// one message.
[[nodiscard]] std::string sms_text(const gjallar::v1::Alert& alert, std::string_view language);
/// The sender's summary, else the first three sentences of the description (as far as kSummaryLengthMax),
/// else the headline.
[[nodiscard]] std::string summary_text(const gjallar::v1::Alert& alert, std::string_view language);
/// Everything: the instruction of `role` first, if it has one of its own; then headline, description and
/// instruction, and what other roles should do.
[[nodiscard]] std::string full_text(const gjallar::v1::Alert& alert, std::string_view language,
                                    std::string_view role = {});

}  // namespace gjallar::domain
