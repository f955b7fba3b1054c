#include "broker/core/clock.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace gjallar::core {

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}
SteadyTime SystemClock::steady() const {
  return std::chrono::steady_clock::now();
}

ManualClock::ManualClock(WallTime start) : wall_us_(start.time_since_epoch().count()) {}
WallTime ManualClock::wall() const {
  return WallTime(Micros(wall_us_.load()));
}
SteadyTime ManualClock::steady() const {
  return SteadyTime(Micros(steady_us_.load()));
}
void ManualClock::advance(Micros by) {
  wall_us_ += by.count();
  steady_us_ += by.count();
}
void ManualClock::step_wall(Micros by) {
  wall_us_ += by.count();
}

google::protobuf::Timestamp to_timestamp(WallTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds.count());
  timestamp.set_nanos(static_cast<std::int32_t>((since - seconds).count() * 1000));
  return timestamp;
}

WallTime from_timestamp(const google::protobuf::Timestamp& timestamp) {
  // Room for the nanoseconds and for what callers add, within 64 bits of microseconds.
  constexpr std::int64_t kSecondsMax = 9'223'000'000'000;
  const auto seconds = std::clamp<std::int64_t>(timestamp.seconds(), -kSecondsMax, kSecondsMax);
  return WallTime(std::chrono::seconds(seconds) + Micros(timestamp.nanos() / 1000));
}

std::string to_rfc3339(WallTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06d}Z", fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                     (since - seconds).count());
}

}  // namespace gjallar::core
