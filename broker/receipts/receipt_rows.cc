#include "broker/receipts/receipt_rows.h"

namespace gjallar::receipts {

std::string_view transport_name(TransportKind kind) noexcept {
  switch (kind) {
    case TransportKind::kWebSocket:
      return "websocket";
    case TransportKind::kGrpc:
      return "grpc";
    case TransportKind::kSse:
      return "sse";
    case TransportKind::kHttp:
      return "http";
    case TransportKind::kUnknown:
      break;
  }
  return "";
}

namespace rows {
namespace {

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((value >> shift) & 0xff));
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes)
    value = (value << 8) | static_cast<std::uint8_t>(byte);
  return value;
}

}  // namespace

std::string stage_key(core::ServiceNumber service, core::Seq seq, Stage stage) {
  std::string key(1, 's');
  put_big_endian(key, service, 4);
  put_big_endian(key, seq, 8);
  key.push_back(static_cast<char>(stage));
  return key;
}

std::string client_key(core::ServiceNumber service, std::string_view client_id) {
  std::string key(1, 'c');
  put_big_endian(key, service, 4);
  key.append(client_id);
  return key;
}

std::string meta_key(std::string_view name) {
  return "m" + std::string(name);
}

std::string encode(const StageTime& value) {
  std::string out;
  put_big_endian(out, static_cast<std::uint64_t>(value.time.time_since_epoch().count()), 8);
  out.push_back(static_cast<char>(value.transport));
  return out;
}

std::optional<StageTime> decode_stage_time(std::string_view bytes) {
  if (bytes.size() != 9) return std::nullopt;
  StageTime value;
  value.time = core::WallTime(core::Micros(static_cast<std::int64_t>(big_endian(bytes.substr(0, 8)))));
  value.transport = static_cast<TransportKind>(bytes.back());
  return value;
}

std::string encode(core::Seq seq) {
  std::string out;
  put_big_endian(out, seq, 8);
  return out;
}

std::optional<core::Seq> decode_seq(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return big_endian(bytes);
}

}  // namespace rows
}  // namespace gjallar::receipts
