#include "tools/gjallar/command_line.h"

#include <google/protobuf/util/json_util.h>

#include <charconv>
#include <iostream>
#include <iterator>

namespace gjallar::tool {

namespace v1 = gjallar::v1;

int fail(const Globals& globals, const core::Error& error) {
  if (globals.json) {
    std::string json;
    (void)google::protobuf::util::MessageToJsonString(core::to_proto(error), &json);
    std::cerr << json << "\n";
  } else {
    std::cerr << "gjallar: " << core::to_text(error) << " [" << core::code_name(error.code) << "]\n";
    for (const auto& other : error.possible_duplicates)
      std::cerr << "  " << other.reference << "  " << other.headline << "\n";
  }
  return kExitFailed;
}

void print_json(const google::protobuf::Message& message) {
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(message, &json);
  std::cout << json << std::endl;
}

core::Result<void> read_json(const std::string& path, google::protobuf::Message& message) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    auto content = client::read_file(path, "file");
    if (!content) return content.error();
    text = std::move(*content);
  }
  const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
  if (!status.ok()) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "file",
                            "The file isn't proto3 JSON of " + message.GetDescriptor()->full_name() + ".",
                            "Compare it with the fields of that message in proto/gjallar/v1/.");
  }
  return {};
}

core::Result<std::chrono::seconds> parse_duration(const std::string& text, const std::string& field) {
  long count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const long seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  if (error != std::errc() || seconds == 0 || count <= 0 || count > 100'000'000) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, "Not a duration.",
                            "Write it as 90s, 15m, 48h or 14d.");
  }
  return std::chrono::seconds(count * seconds);
}

}  // namespace gjallar::tool
