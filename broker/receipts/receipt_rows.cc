#include "broker/receipts/receipt_rows.h"

#include <functional>
#include <tuple>

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

std::string stream_key(std::uint64_t n) {
  std::string key(1, 'r');
  put_big_endian(key, n, 8);
  return key;
}

std::optional<std::uint64_t> parse_stream_key(std::string_view key) {
  if (key.size() != 9 || key[0] != 'r') return std::nullopt;
  return big_endian(key.substr(1));
}

std::string stage_key(core::ServiceNumber service, core::Seq seq, Stage stage) {
  std::string key(1, 's');
  put_big_endian(key, service, 4);
  put_big_endian(key, seq, 8);
  key.push_back(static_cast<char>(stage));
  return key;
}

std::optional<StageKey> parse_stage_key(std::string_view key) {
  if (key.size() != 14 || key[0] != 's') return std::nullopt;
  StageKey out;
  out.service = static_cast<core::ServiceNumber>(big_endian(key.substr(1, 4)));
  out.seq = big_endian(key.substr(5, 8));
  out.stage = static_cast<Stage>(key.back());
  return out;
}

std::string client_key(core::ServiceNumber service, std::string_view client_id) {
  std::string key(1, 'c');
  put_big_endian(key, service, 4);
  key.append(client_id);
  return key;
}

std::string last_key(core::ServiceNumber service, Stage stage) {
  std::string key(1, 'l');
  put_big_endian(key, service, 4);
  key.push_back(static_cast<char>(stage));
  return key;
}

std::string meta_key(std::string_view name) {
  return "m" + std::string(name);
}

std::string shadow_key(std::string_view key) {
  return "x" + std::string(key);
}

std::string encode(const StageTime& value) {
  std::string out = encode(value.time);
  out.push_back(static_cast<char>(value.transport));
  if (value.pseudonym.empty() && value.note.empty()) return out;
  out.push_back(static_cast<char>(value.pseudonym.size()));
  out += value.pseudonym;
  out += value.note;
  return out;
}

std::optional<StageTime> decode_stage_time(std::string_view bytes) {
  if (bytes.size() < 9) return std::nullopt;
  StageTime value;
  value.time = *decode_time(bytes.substr(0, 8));
  value.transport = static_cast<TransportKind>(bytes[8]);
  bytes.remove_prefix(9);
  if (bytes.empty()) return value;
  const auto length = static_cast<std::uint8_t>(bytes[0]);
  bytes.remove_prefix(1);
  if (bytes.size() < length) return std::nullopt;
  value.pseudonym = std::string(bytes.substr(0, length));
  value.note = std::string(bytes.substr(length));
  return value;
}

bool counts_before(const StageTime& a, const StageTime& b) {
  const auto order = [](const StageTime& value) {
    return std::make_tuple(value.time, value.note.empty(), value.pseudonym.empty(), std::cref(value.note),
                           std::cref(value.pseudonym), value.transport);
  };
  return order(a) < order(b);
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

std::string encode(core::WallTime time) {
  return encode(static_cast<core::Seq>(time.time_since_epoch().count()));
}

std::optional<core::WallTime> decode_time(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return core::WallTime(core::Micros(static_cast<std::int64_t>(big_endian(bytes))));
}

}  // namespace rows
}  // namespace gjallar::receipts
