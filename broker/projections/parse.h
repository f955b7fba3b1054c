#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "broker/core/result.h"

namespace gjallar::projections {

/// DATA_CORRUPT with one sentence of what is wrong.
[[nodiscard]] inline core::Error corrupt(std::string message) {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", std::move(message),
                          "Run `gjallar verify`; views can be made anew by `gjallar rebuild`.");
}

/// A stored message; DATA_CORRUPT naming `what` if the bytes can't be parsed.
template <typename Message>
[[nodiscard]] core::Result<Message> parse(std::string_view bytes, std::string_view what) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return corrupt("A stored " + std::string(what) + " can't be read.");
  }
  return message;
}

}  // namespace gjallar::projections
