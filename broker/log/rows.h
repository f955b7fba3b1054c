#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "broker/core/result.h"

namespace gjallar::log {

/// Column families. Names are on disk: never reuse one.
enum class Column { kEvent, kPayload, kAlert, kView, kDirectory, kTarget, kIdempotency, kMeta, kOverdose };
inline constexpr int kColumnCount = 9;
[[nodiscard]] std::string_view column_name(Column column) noexcept;

/// Reads rows as they stand at one moment. DATA_CORRUPT / UNAVAILABLE carry the storage engine's own words
/// (file names included).
class RowReader {
 public:
  virtual ~RowReader() = default;
  [[nodiscard]] virtual core::Result<std::optional<std::string>> get(Column column,
                                                                     std::string_view key) const = 0;
  /// Visits rows with from <= key < to in ascending order (to empty: until the end) until `visit` returns
  /// false.
  [[nodiscard]] virtual core::Result<void> scan(
      Column column, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
  /// Visits rows with key <= from, descending, until `visit` returns false.
  [[nodiscard]] virtual core::Result<void> scan_back(
      Column column, std::string_view from,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
};

/// Rows of a batch that isn't written yet: reads see its own writes. A scan's `visit` must not write.
class RowWriter : public RowReader {
 public:
  virtual void put(Column column, std::string_view key, std::string_view value) = 0;
  virtual void erase(Column column, std::string_view key) = 0;
};

/// The first key that doesn't begin with `prefix`; empty if there is none. For prefix scans.
[[nodiscard]] std::string after_prefix(std::string_view prefix);

}  // namespace gjallar::log
