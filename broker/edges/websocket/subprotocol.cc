#include "broker/edges/websocket/subprotocol.h"

#include <algorithm>

namespace gjallar::edges::websocket {
namespace {

constexpr std::string_view kCloudEventsName = "cloudevents.json";
constexpr std::string_view kBatchName = "gjallar.v1.batch";
constexpr std::string_view kBearer = "bearer.";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

core::Result<Offer> read_offer(std::string_view header) {
  Offer offer;
  bool unknown = false;
  while (!header.empty()) {
    const std::string_view item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    const std::string_view name = trimmed(item);
    if (name.empty()) continue;
    if (name.substr(0, kBearer.size()) == kBearer) {
      offer.token = std::string(name.substr(kBearer.size()));
    } else if (name != kCloudEventsName && name != kBatchName) {
      unknown = true;
    } else if (offer.answer.empty()) {
      offer.answer = std::string(name);
      offer.framing = name == kBatchName ? Framing::kBatch : Framing::kCloudEvents;
    }
  }
  if (unknown && offer.answer.empty()) {
    return core::make_error(v1::ERROR_CODE_UNSUPPORTED, "Sec-WebSocket-Protocol",
                            "No subprotocol offered is known here.",
                            "Offer cloudevents.json or gjallar.v1.batch.");
  }
  return offer;
}

}  // namespace gjallar::edges::websocket
