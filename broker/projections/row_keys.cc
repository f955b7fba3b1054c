#include "broker/projections/row_keys.h"

#include <algorithm>

#include "broker/log/record.h"
#include "broker/projections/parse.h"

namespace gjallar::projections::keys {
namespace {

constexpr std::size_t kHistoryBytes = 2 + 8 + 1;
/// Of a UUID as text.
constexpr std::size_t kAlertIdBytes = 36;

std::string join(char letter, std::string_view first, std::string_view second = {}) {
  std::string key(1, letter);
  key.append(first).append(second);
  return key;
}

std::string with_zero(char letter, std::string_view first, std::string_view second) {
  std::string key = join(letter, first);
  key.push_back('\0');
  key.append(second);
  return key;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes)
    value = (value << 8) | static_cast<std::uint8_t>(byte);
  return value;
}

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((value >> shift) & 0xff));
}

}  // namespace

std::string reference(std::string_view reference) {
  return join('r', reference);
}

std::string history(std::string_view alert_id, core::Seq seq) {
  return join('h', alert_id, log::seq_key(seq));
}

std::string live_in_area(std::string_view area, std::string_view alert_id) {
  return with_zero('a', area, alert_id);
}

std::string live_for_role(std::string_view role, std::string_view alert_id) {
  return with_zero('o', role, alert_id);
}

std::string live(std::string_view alert_id) {
  return join('l', alert_id);
}

std::string expiry(core::WallTime expires, std::string_view alert_id) {
  const auto microseconds = std::max<std::int64_t>(0, expires.time_since_epoch().count());
  return join('e', log::seq_key(static_cast<std::uint64_t>(microseconds)), alert_id);
}

std::optional<Expiry> parse_expiry(std::string_view key) {
  if (key.size() < 1 + 8 || key.front() != 'e') return std::nullopt;
  Expiry out;
  out.expires = core::WallTime(core::Micros(static_cast<std::int64_t>(big_endian(key.substr(1, 8)))));
  out.alert_id = key.substr(9);
  return out;
}

std::string expiry_question(core::WallTime at, std::string_view alert_id) {
  std::string key = expiry(at, alert_id);
  key.front() = 'q';
  return key;
}

std::optional<Expiry> parse_expiry_question(std::string_view key) {
  if (key.empty() || key.front() != 'q') return std::nullopt;
  std::string as_expiry(key);
  as_expiry.front() = 'e';
  return parse_expiry(as_expiry);
}

std::string live_with_substance(const SubstanceRow& row) {
  std::string key = "s";
  key.push_back(static_cast<char>(row.status));
  key.push_back(row.report ? 'r' : 'a');
  key.append(row.substance);
  key.push_back('\0');
  return key;
}

std::string live_with_substance_in(const SubstanceRow& row) {
  std::string key = live_with_substance(row);
  key.append(row.area);
  key.push_back('\0');
  return key;
}

std::string live_with_substance(const SubstanceRow& row, core::WallTime sent, std::string_view alert_id) {
  std::string key = live_with_substance_in(row);
  put_big_endian(key, static_cast<std::uint64_t>(std::max<std::int64_t>(0, sent.time_since_epoch().count())),
                 8);
  key.append(alert_id);
  return key;
}

std::optional<Sent> parse_live_with_substance(std::string_view key) {
  if (key.size() < 3 + kAlertIdBytes + 8 || key.front() != 's') return std::nullopt;
  Sent out;
  out.alert_id = key.substr(key.size() - kAlertIdBytes);
  const std::uint64_t sent = big_endian(key.substr(key.size() - kAlertIdBytes - 8, 8));
  out.sent = core::WallTime(core::Micros(static_cast<std::int64_t>(sent)));
  return out;
}

std::string escalations(std::string_view alert_id) {
  return join('x', alert_id);
}

std::string escalation(std::string_view alert_id, const EscalationKey& key) {
  std::string bytes = escalations(alert_id);
  put_big_endian(bytes, key.service, 4);
  bytes.push_back(static_cast<char>(key.step));
  bytes.push_back(static_cast<char>(key.way));
  put_big_endian(bytes, key.version, 8);
  return bytes;
}

std::string_view alert_of_escalation(std::string_view key) noexcept {
  if (key.size() < 1 + kAlertIdBytes || key.front() != 'x') return {};
  return key.substr(1, kAlertIdBytes);
}

std::optional<EscalationKey> parse_escalation(std::string_view key) {
  constexpr std::size_t kStepBytes = 4 + 1 + 1;
  if (alert_of_escalation(key).empty()) return std::nullopt;
  const std::string_view tail = key.substr(1 + kAlertIdBytes);
  if (tail.size() != kStepBytes && tail.size() != kStepBytes + 8) return std::nullopt;
  EscalationKey out;
  out.service = static_cast<core::ServiceNumber>(big_endian(tail.substr(0, 4)));
  out.step = static_cast<v1::EscalationStep>(static_cast<std::uint8_t>(tail[4]));
  out.way = static_cast<v1::EscalationWay>(static_cast<std::uint8_t>(tail[5]));
  out.version = big_endian(tail.substr(kStepBytes));
  return out;
}

std::string encode_history(const History& history) {
  std::string value;
  put_big_endian(value, static_cast<std::uint64_t>(history.type), 2);
  put_big_endian(value, history.version, 8);
  value.push_back(history.made_version ? '\1' : '\0');
  return value;
}

core::Result<History> decode_history(std::string_view key, std::string_view value) {
  if (key.size() < 1 + 8 || key.front() != 'h' || value.size() != kHistoryBytes) {
    return corrupt("A row of an alert's history has another form.");
  }
  History out;
  out.seq = big_endian(key.substr(key.size() - 8));
  out.type = static_cast<v1::EventType>(big_endian(value.substr(0, 2)));
  out.version = big_endian(value.substr(2, 8));
  out.made_version = value.back() != '\0';
  return out;
}

std::string service(std::string_view service_id) {
  return join('c', service_id);
}

std::string service_history(core::ServiceNumber number, core::Seq seq) {
  std::string key(1, 'h');
  put_big_endian(key, number, 4);
  put_big_endian(key, seq, 8);
  return key;
}

std::optional<ServiceEvent> parse_service_history(std::string_view key) {
  if (key.size() != 1 + 4 + 8 || key.front() != 'h') return std::nullopt;
  return ServiceEvent{static_cast<core::ServiceNumber>(big_endian(key.substr(1, 4))),
                      big_endian(key.substr(5))};
}

}  // namespace gjallar::projections::keys
