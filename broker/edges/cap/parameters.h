#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gjallar/v1/alert.pb.h"

/// What of an alert CAP has no element for, as CAP parameters: one a value, named after the contract's field
/// ("gjallar:substances"). By reflection, so that a new field of the contract comes along by itself. Pure.
namespace gjallar::edges::cap {

/// A parameter without "gjallar:".
struct OwnParameter {
  std::string name;
  std::string value;
  friend bool operator==(const OwnParameter&, const OwnParameter&) = default;
};

/// Fields of the content beyond CAP; the audience only if its areas alone don't tell it.
[[nodiscard]] std::vector<OwnParameter> content_parameters(const gjallar::v1::AlertContent& content);
/// Fields of a text beyond CAP, as "text.sms"; each text begins with `mark`.
[[nodiscard]] std::vector<OwnParameter> text_parameters(const gjallar::v1::TextBlock& text,
                                                        std::string_view mark);

/// What reading one parameter came to.
enum class Taken { kYes, kUnknownName, kBadValue };
/// Takes a parameter over into the content; `path` is then where it went ("substances[1]").
[[nodiscard]] Taken take_content_parameter(const OwnParameter& parameter, gjallar::v1::AlertContent& content,
                                           std::string& path);
/// Likewise into a text, without `mark` if its text begins with it.
[[nodiscard]] Taken take_text_parameter(const OwnParameter& parameter, std::string_view mark,
                                        gjallar::v1::TextBlock& text, std::string& path);

/// The audience that area codes alone stand for: one group of all of them and every role.
[[nodiscard]] gjallar::v1::Audience audience_of_areas(const std::vector<std::string>& codes);
/// The codes of all groups, each once, in their order.
[[nodiscard]] std::vector<std::string> areas_of(const gjallar::v1::Audience& audience);

/// One line of proto3 JSON.
[[nodiscard]] std::string json_of(const google::protobuf::Message& message);
[[nodiscard]] bool from_json_text(const std::string& json, google::protobuf::Message& out);

}  // namespace gjallar::edges::cap
