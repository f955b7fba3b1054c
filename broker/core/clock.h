#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include <google/protobuf/timestamp.pb.h>

namespace gjallar::core {

/// Microseconds since 1970-01-01T00:00:00Z: the resolution of event times.
using Micros = std::chrono::microseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Micros>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where the time comes from; injected, so that a test can set it. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
};

/// A clock that stands still until it is moved. Any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(
      WallTime start = WallTime(std::chrono::seconds(1'767'225'600)));  // 2026-01-01T00:00:00Z
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
  /// Moves both clocks forward.
  void advance(Micros by);
  /// Moves the wall clock alone, back or forth.
  void step_wall(Micros by);

 private:
  std::atomic<std::int64_t> wall_us_;
  std::atomic<std::int64_t> steady_us_{0};
};

[[nodiscard]] google::protobuf::Timestamp to_timestamp(WallTime time);
/// Nanoseconds are cut to microseconds. Safe with any timestamp: what a microsecond clock can't hold (some
/// 292,000 years) becomes its earliest or latest time.
[[nodiscard]] WallTime from_timestamp(const google::protobuf::Timestamp& timestamp);
/// RFC 3339 in UTC with microseconds: "2026-01-01T00:00:00.000000Z".
[[nodiscard]] std::string to_rfc3339(WallTime time);

}  // namespace gjallar::core
