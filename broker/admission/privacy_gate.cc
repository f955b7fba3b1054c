#include "broker/admission/privacy_gate.h"

#include <string>

#include "broker/admission/identifiers.h"
#include "broker/admission/utf8.h"

namespace gjallar::admission {

core::Result<void> check_text(std::string_view field, std::string_view text) {
  const auto points = decode_utf8(text);
  if (!points) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::string(field), "The text isn't UTF-8.",
                            "Send it in UTF-8.");
  }
  const std::string_view rule = find_identifier(*points);
  if (rule.empty()) return {};
  return core::make_error(
      v1::ERROR_CODE_PERSONAL_IDENTIFIER, std::string(field),
      "The text holds what looks like " + std::string(rule) + ".",
      "Take it out: nothing that identifies a person may be sent. Batch and lot numbers belong in `lot`.");
}

}  // namespace gjallar::admission
