#include "broker/edges/http/json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include "broker/edges/http/problem.h"

namespace gjallar::edges::http {
namespace {

namespace util = google::protobuf::util;

/// True if `path` ("texts[0].headline") leads through fields that the message has, so that it can't hold
/// anything a caller made up.
bool is_path_of(const google::protobuf::Descriptor* type, std::string_view path) {
  while (!path.empty()) {
    if (type == nullptr) return false;
    std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    const std::size_t bracket = name.find('[');
    if (bracket != std::string_view::npos) {
      const std::string_view index = name.substr(bracket + 1);
      const std::size_t close = index.find_first_not_of("0123456789");
      if (close == 0 || close + 1 != index.size() || index[close] != ']') return false;
      name = name.substr(0, bracket);
    }
    const auto* field = type->FindFieldByName(std::string(name));
    if (field == nullptr) field = type->FindFieldByCamelcaseName(std::string(name));
    if (field == nullptr) return false;
    type = field->message_type();  // nullptr for a scalar
  }
  return true;
}

/// The library's words begin with "(path)" where it knows one.
std::string field_at_fault(const google::protobuf::Descriptor* type, std::string_view words) {
  if (words.empty() || words[0] != '(') return {};
  const std::size_t close = words.find(')');
  if (close == std::string_view::npos) return {};
  const std::string_view path = words.substr(1, close - 1);
  return is_path_of(type, path) ? std::string(path) : std::string();
}

core::Error parse_error(std::string_view words, std::string_view prefix,
                        const google::protobuf::Descriptor* type) {
  std::string field = field_at_fault(type, words);
  if (!prefix.empty()) field = std::string(prefix) + (field.empty() ? "" : "." + field);
  if (words.find("Cannot find field") != std::string_view::npos) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field),
                            "It has a field that isn't known here.",
                            "Compare the field's name and place with the contract.");
  }
  if (words.find("invalid value") != std::string_view::npos) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field),
                            "The field has a value of another kind.",
                            "Write it as the proto3 JSON mapping of the contract says.");
  }
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field), "The body isn't a JSON object.",
                          "Send one JSON object in UTF-8.");
}

}  // namespace

core::Result<std::string> to_json(const google::protobuf::Message& message, Zeros zeros) {
  util::JsonPrintOptions options;
  options.always_print_primitive_fields = zeros == Zeros::kWritten;
  std::string text;
  if (!util::MessageToJsonString(message, &text, options).ok()) {
    return core::make_error(v1::ERROR_CODE_INTERNAL, "", "The answer can't be written as JSON.",
                            "Ask the operator.");
  }
  return text;
}

core::Result<void> from_json(std::string_view text, std::string_view prefix, google::protobuf::Message& out,
                             UnknownFields unknown_fields) {
  util::JsonParseOptions options;
  options.ignore_unknown_fields = unknown_fields == UnknownFields::kIgnored;
  const auto status = util::JsonStringToMessage({text.data(), text.size()}, &out, options);
  if (status.ok()) return {};
  const auto words = status.message();
  return parse_error({words.data(), words.size()}, prefix, out.GetDescriptor());
}

Response json_response(unsigned status, const google::protobuf::Message& message, Zeros zeros) {
  auto text = to_json(message, zeros);
  if (!text) return to_response(text.error());
  Response response;
  response.status = status;
  response.body = std::move(*text);
  return response;
}

}  // namespace gjallar::edges::http
