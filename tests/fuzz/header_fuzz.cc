// What is read from disk: header, payload and service sets. Whatever decodes must encode to the very same
// bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "broker/domain/service_set.h"
#include "broker/log/record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto header = gjallar::log::decode_header(bytes)) {
    if (gjallar::log::encode_header(*header) != bytes) std::abort();
  }
  if (const auto payload = gjallar::log::decode_payload(bytes)) {
    if (gjallar::log::encode_payload(*payload) != bytes) std::abort();
  }
  if (const auto set = gjallar::domain::ServiceSet::decode(bytes)) {
    if (set->encode() != bytes) std::abort();
  }
  return 0;
}
