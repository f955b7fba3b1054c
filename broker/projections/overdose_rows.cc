#include "broker/projections/overdose_rows.h"

#include "broker/log/record.h"

namespace gjallar::projections::keys {
namespace {

constexpr std::size_t kTimeBytes = 8;

std::string of_county(char letter, v1::Status status, std::string_view county) {
  std::string key(1, letter);
  key.push_back(static_cast<char>(status));
  key.append(county);
  key.push_back('\0');
  return key;
}

/// Takes what comes before a zero byte.
std::optional<std::string> take_text(std::string_view& bytes) {
  const std::size_t zero = bytes.find('\0');
  if (zero == std::string_view::npos) return std::nullopt;
  std::string text(bytes.substr(0, zero));
  bytes.remove_prefix(zero + 1);
  return text;
}

std::optional<core::WallTime> take_time(std::string_view& bytes) {
  const auto time = decode_time(bytes.substr(0, kTimeBytes));
  if (time) bytes.remove_prefix(kTimeBytes);
  return time;
}

}  // namespace

std::string encode_time(core::WallTime time) {
  return log::seq_key(static_cast<core::Seq>(time.time_since_epoch().count()));
}

std::optional<core::WallTime> decode_time(std::string_view bytes) {
  const auto count = log::seq_of_key(bytes);
  if (!count) return std::nullopt;
  return core::WallTime(core::Micros(static_cast<std::int64_t>(count.value())));
}

std::string overdoses_from(v1::Status status, std::string_view county, core::WallTime from) {
  return of_county('c', status, county) + encode_time(from);
}

std::string overdose(const OverdoseKey& key) {
  std::string bytes = overdoses_from(key.status, key.county, key.from) + encode_time(key.to) + key.area;
  bytes.push_back('\0');
  return bytes + key.source;
}

std::optional<OverdoseKey> parse_overdose(std::string_view key) {
  if (key.size() < 2 || key.front() != 'c') return std::nullopt;
  OverdoseKey parsed;
  parsed.status = static_cast<v1::Status>(key[1]);
  key.remove_prefix(2);
  auto county = take_text(key);
  if (!county) return std::nullopt;
  const auto from = take_time(key);
  const auto to = take_time(key);
  if (!from || !to) return std::nullopt;
  auto area = take_text(key);
  if (!area) return std::nullopt;
  parsed.county = std::move(*county);
  parsed.from = *from;
  parsed.to = *to;
  parsed.area = std::move(*area);
  parsed.source = std::string(key);
  return parsed;
}

std::string overdose_hint(v1::Status status, std::string_view county, HintWindow window) {
  return of_county('h', status, county) + static_cast<char>(window);
}

}  // namespace gjallar::projections::keys
