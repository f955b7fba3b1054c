// What a client sends after the upgrade: taken apart in one piece or byte by byte, it is the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "broker/edges/websocket/client_message.h"
#include "broker/edges/websocket/framing.h"

using namespace gjallar::edges::websocket;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  FrameReader whole(4'096);
  std::vector<ClientFrame> at_once;
  const auto code = whole.take(bytes, at_once);

  FrameReader pieces(4'096);
  std::vector<ClientFrame> one_by_one;
  std::optional<std::uint16_t> other;
  for (std::size_t at = 0; at < size && !other; ++at)
    other = pieces.take(bytes.substr(at, 1), one_by_one);
  if (code != other || at_once.size() != one_by_one.size()) std::abort();
  for (std::size_t i = 0; i < at_once.size(); ++i) {
    if (at_once[i].opcode != one_by_one[i].opcode || at_once[i].payload != one_by_one[i].payload ||
        at_once[i].close_code != one_by_one[i].close_code) {
      std::abort();
    }
    if (at_once[i].opcode == Opcode::kText) (void)parse_client_message(at_once[i].payload);
  }
  return 0;
}
