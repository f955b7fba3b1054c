#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/core/clock.h"
#include "gjallar/v1/alert.pb.h"

/// Keys of the column `overdose`. On disk: never reuse a first letter. Numbers are big-endian.
namespace gjallar::projections::keys {

/// Whose count and when; what the row of a count is found by.
struct OverdoseKey {
  gjallar::v1::Status status = gjallar::v1::STATUS_ACTUAL;
  std::string county;
  core::WallTime from;
  core::WallTime to;
  std::string area;
  std::string source;
};
/// "c" status u8, county 0, from u64, to u64, area 0, source → OverdoseRow.
[[nodiscard]] std::string overdose(const OverdoseKey& key);
/// Where the counts of a status and county begin that start at `from` or later.
[[nodiscard]] std::string overdoses_from(gjallar::v1::Status status, std::string_view county,
                                         core::WallTime from);
[[nodiscard]] std::optional<OverdoseKey> parse_overdose(std::string_view key);

/// Which window a hint was about.
enum class HintWindow : char { kDay = 'd', kWeek = 'w' };
/// "h" status u8, county 0, window → end of the window, microseconds u64.
[[nodiscard]] std::string overdose_hint(gjallar::v1::Status status, std::string_view county,
                                        HintWindow window);
[[nodiscard]] std::string encode_time(core::WallTime time);
[[nodiscard]] std::optional<core::WallTime> decode_time(std::string_view bytes);

}  // namespace gjallar::projections::keys
