#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "broker/core/result.h"
#include "broker/edges/http/message.h"

/// The proto3 JSON mapping, both ways.
namespace gjallar::edges::http {

/// Whether numbers that are 0, empty lists and false are written; the mapping's default leaves them out.
enum class Zeros { kLeftOut, kWritten };

/// INTERNAL if the message holds what JSON can't say.
[[nodiscard]] core::Result<std::string> to_json(const google::protobuf::Message& message,
                                                Zeros zeros = Zeros::kLeftOut);

/// Whether fields that the message doesn't have are refused.
enum class UnknownFields { kRefused, kIgnored };

/// Reads a JSON object into `out`. INVALID_ARGUMENT with the path of the field at fault below `prefix`
/// ("content.texts[0].headline"), as far as the message has that field: nothing of what was sent is repeated.
[[nodiscard]] core::Result<void> from_json(std::string_view text, std::string_view prefix,
                                           google::protobuf::Message& out,
                                           UnknownFields unknown_fields = UnknownFields::kRefused);

/// The answer that carries a message; 500 if it can't be written.
[[nodiscard]] Response json_response(unsigned status, const google::protobuf::Message& message,
                                     Zeros zeros = Zeros::kLeftOut);

}  // namespace gjallar::edges::http
