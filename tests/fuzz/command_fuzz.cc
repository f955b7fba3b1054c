// What publishers send: any command, as bytes or as JSON. It is accepted or refused with an error that has a
// code and never repeats the text.
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "broker/admission/validate.h"

namespace {

void check(const gjallar::v1::Command& command) {
  static const gjallar::domain::RoleCatalogue roles;
  const auto result = gjallar::admission::validate(command, roles);
  if (result) return;
  const auto& error = result.error();
  if (error.code == gjallar::v1::ERROR_CODE_UNSPECIFIED || error.message.empty()) std::abort();
  for (const auto& text : command.issue().content().texts()) {
    if (text.description().size() > 12 && error.message.find(text.description()) != std::string::npos)
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gjallar::v1::Command command;
  if (command.ParseFromArray(data, static_cast<int>(size))) check(command);
  gjallar::v1::Command from_json;
  if (google::protobuf::util::JsonStringToMessage(std::string(reinterpret_cast<const char*>(data), size),
                                                  &from_json)
          .ok()) {
    check(from_json);
  }
  return 0;
}
