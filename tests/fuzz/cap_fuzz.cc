// What strangers send as CAP: it is refused with an error that names a place and repeats nothing of the text,
// or read, checked as any command is, and written again as a document that reads the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "broker/admission/validate.h"
#include "broker/edges/cap/command.h"
#include "broker/edges/cap/reader.h"
#include "broker/edges/cap/signature.h"
#include "broker/edges/cap/writer.h"

namespace {

namespace cap = gjallar::edges::cap;
namespace v1 = gjallar::v1;

void check_error(const gjallar::core::Error& error) {
  if (error.code == v1::ERROR_CODE_UNSPECIFIED || error.message.empty() || error.advice.empty()) std::abort();
}

/// What is written of an accepted content must be read as the same content.
void check_written(const v1::AlertContent& content) {
  v1::Event event;
  event.set_seq(2);
  event.set_type(v1::EVENT_TYPE_ALERT_ISSUED);
  v1::Alert& alert = *event.mutable_payload()->mutable_alert();
  alert.set_version(1);
  alert.set_sender("police");
  alert.set_phase(v1::PHASE_LIVE);
  alert.set_verification(v1::VERIFICATION_UNVERIFIED);
  *alert.mutable_content() = content;
  const gjallar::core::LogId log("7V3K0Q2MZT9XB1HD");
  const auto document = cap::write_message({&event, log, "urn:gjallar:test", {}});
  const auto again = cap::parse_xml(cap::to_bytes(*document));
  if (!again) {
    // What grows beyond a command's size is refused, and nothing else.
    if (again.error().code != v1::ERROR_CODE_TOO_LARGE) std::abort();
    return;
  }
  const auto message = cap::read_message(**again);
  if (!message) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const gjallar::domain::RoleCatalogue roles;
  const auto document = cap::parse_xml({reinterpret_cast<const char*>(data), size});
  if (!document) {
    check_error(document.error());
    return 0;
  }
  (void)cap::signature_fact(**document, nullptr);
  const auto message = cap::read_message(**document);
  if (!message) {
    check_error(message.error());
    return 0;
  }
  if (message->type != cap::MessageType::kAlert) return 0;
  const auto planned = cap::plan(*message, nullptr, {});
  if (!planned) std::abort();
  const auto admitted = gjallar::admission::validate(planned->command, roles);
  if (!admitted) {
    check_error(cap::in_document(*message, admitted.error()));
    return 0;
  }
  check_written(planned->command.issue().content());
  return 0;
}
