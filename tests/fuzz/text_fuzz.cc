// Short texts that people and machines send: cursors, references, area codes, idempotency keys, and any free
// text at the privacy gate.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "broker/admission/privacy_gate.h"
#include "broker/admission/validate.h"
#include "broker/core/identity.h"
#include "broker/domain/area.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto cursor = gjallar::core::parse_cursor(text)) {
    if (gjallar::core::parse_cursor(gjallar::core::to_text(*cursor)) != cursor) std::abort();
  }
  if (const auto reference = gjallar::core::canonical_reference(text)) {
    if (gjallar::core::canonical_reference(*reference) != reference) std::abort();
  }
  (void)gjallar::domain::check_area(text, "area");
  (void)gjallar::admission::validate_idempotency_key(text);
  if (const auto gate = gjallar::admission::check_text("text", text); !gate && size > 8) {
    const std::string said = gate.error().message + gate.error().advice;
    if (said.find(std::string(text)) != std::string::npos) std::abort();
  }
  return 0;
}
