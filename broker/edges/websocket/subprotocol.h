#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/core/result.h"

namespace gjallar::edges::websocket {

/// How frames become messages.
enum class Framing : std::uint8_t {
  kCloudEvents,  ///< "cloudevents.json": one CloudEvents object a text message
  kBatch,        ///< "gjallar.v1.batch": an array of what waits
};

/// What a client offers in Sec-WebSocket-Protocol.
struct Offer {
  Framing framing = Framing::kCloudEvents;
  std::string answer;  ///< the subprotocol to answer with; empty: none was asked for
  std::string token;   ///< from "bearer.TOKEN", which is never answered with; empty: none
};

/// Reads the offer: the first subprotocol that is known counts. UNSUPPORTED if there are some and none is
/// known. Pure.
[[nodiscard]] core::Result<Offer> read_offer(std::string_view header);

}  // namespace gjallar::edges::websocket
