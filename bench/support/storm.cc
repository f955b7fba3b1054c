#include "bench/support/storm.h"

#include <map>

namespace gjallar::bench {
namespace {

constexpr int kQuietMessages = 10;
constexpr int kMessagesMax = 1'000'000;

/// What the others saw of the pulse's messages, in milliseconds from when each was due.
std::vector<double> pulse_latencies(const StormScene& scene, const std::map<int, std::int64_t>& due_ns) {
  std::vector<double> all;
  for (const Sighting& one : scene.others.sightings(scene.pulse.last_mark())) {
    const auto due = due_ns.find(one.mark);
    if (due != due_ns.end()) all.push_back(static_cast<double>(one.read_ns - due->second) * 1e-6);
  }
  return all;
}

}  // namespace

void Storms::calm(const StormScene& scene) {
  scene.pulse.begin(kQuietMessages);
  scene.pulse.join();
  quiet_p99_ms_.push_back(percentile(pulse_latencies(scene, scene.pulse.end()), 0.99));
}

void Storms::blow(const StormScene& scene, const Readers::Greeting& greeting, bool tickets) {
  scene.pulse.begin(kMessagesMax);
  add(scene.crowd.come_back(greeting, tickets, scene.seconds_max), scene.seconds_max);
  const std::vector<double> live = pulse_latencies(scene, scene.pulse.end());
  live_p99_ms_.push_back(percentile(live, 0.99));
  live_max_ms_.push_back(percentile(live, 1));
}

void Storms::add(const std::vector<Return>& returns, int seconds_max) {
  std::vector<double> seconds;
  double back = 0, tries = 0, tickets = 0;
  for (const Return& one : returns) {
    seconds.push_back(one.seconds < 0 ? seconds_max : one.seconds);
    back += one.seconds < 0 ? 0 : 1;
    tries += one.attempts;
    tickets += one.resumed;
  }
  const auto count = static_cast<double>(returns.size());
  back_.push_back(back / count);
  all_s_.push_back(percentile(seconds, 1));
  median_s_.push_back(median(seconds));
  p99_s_.push_back(percentile(seconds, 0.99));
  attempts_.push_back(tries / count);
  resumed_.push_back(tickets / count);
}

double Storms::back_min() const {
  return percentile(back_, 0);
}

Row Storms::row(const std::string& name, int clients, int others) const {
  return {name,
          {{"clients", clients},
           {"back_min", back_min()},
           {"all_back_s", median(all_s_)},
           {"all_back_s_max", percentile(all_s_, 1)},
           {"median_back_s", median(median_s_)},
           {"p99_back_s", median(p99_s_)},
           {"attempts", median(attempts_)},
           {"by_ticket", median(resumed_)},
           {"others", others},
           {"live_p99_ms", median(live_p99_ms_)},
           {"live_p99_ms_max", percentile(live_p99_ms_, 1)},
           {"live_max_ms", percentile(live_max_ms_, 1)},
           {"quiet_p99_ms", median(quiet_p99_ms_)},
           {"rounds", static_cast<double>(all_s_.size())}}};
}

}  // namespace gjallar::bench
