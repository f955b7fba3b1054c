// A network comes back: many WebSocket clients over TLS are cut off and connect again at once, in turns with
// their session tickets and without. How long until all are live again, and how long an urgent event takes
// meanwhile to others that were never cut off, from when it was due to be published.
//   --clients N   10000
//   --others N    100
//   --rounds N    5
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "bench/reconnect/tls_crowd.h"
#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

constexpr int kQuietEvents = 10;  // without a storm, before each
constexpr int kOthersFrom = 100'000;

/// Urgent events at a steady pace, each at the time it is due or as soon after it as the one before is
/// answered.
class Pulse {
 public:
  Pulse(const BrokerProcess& broker, std::chrono::milliseconds interval)
      : police_(broker.connection("police")), interval_(interval) {}
  ~Pulse() { stop(); }
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// One, at once. Its seq.
  std::uint64_t beat() { return publish(++last_mark_); }
  /// `count` of them, or until `end`; one at least.
  void begin(int count) {
    thread_ = std::thread([this, count] { run(count); });
  }
  /// Waits for those that were begun to be over.
  void join() { thread_.join(); }
  /// No more after the one at hand. When each was due, by its mark.
  std::map<int, std::int64_t> end() {
    stop();
    if (!failure_.empty()) throw std::runtime_error(std::exchange(failure_, ""));
    return std::exchange(due_ns_, {});
  }
  [[nodiscard]] int last_mark() const noexcept { return last_mark_; }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    ended_.notify_all();
    if (thread_.joinable()) thread_.join();
    ending_ = false;
  }
  void run(int count) {
    auto due = Clock::now();
    try {
      for (int i = 0; i < count; ++i, due += interval_) {
        std::unique_lock lock(mutex_);
        if (i > 0 && ended_.wait_until(lock, due, [this] { return ending_; })) return;
        lock.unlock();
        due_ns_[++last_mark_] = std::chrono::nanoseconds(due.time_since_epoch()).count();
        publish(last_mark_);
      }
    } catch (const std::exception& error) {
      failure_ = error.what();
    }
  }
  std::uint64_t publish(int mark) {
    v1::Command command = issue_command(mark);
    command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(fmt::format("mark-{:06}", mark));
    const auto outcome = police_.send(command, "");
    must(outcome);
    return outcome.value().seq();
  }

  gjallar::client::Publisher police_;
  const std::chrono::milliseconds interval_;
  std::map<int, std::int64_t> due_ns_;
  int last_mark_ = 0;
  std::string failure_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::thread thread_;
};

/// What the others saw of the pulse's events, in milliseconds.
std::vector<double> latencies(TlsCrowd& others, const std::map<int, std::int64_t>& due_ns, int last_mark) {
  std::vector<double> all;
  for (const Sighting& one : others.sightings(last_mark)) {
    const auto due = due_ns.find(one.mark);
    if (due != due_ns.end()) all.push_back(static_cast<double>(one.read_ns - due->second) * 1e-6);
  }
  return all;
}

/// A figure a storm.
struct Storms {
  std::vector<double> all_s, median_s, p99_s, attempts, resumed;
  std::vector<double> live_p99_ms, live_max_ms, quiet_p99_ms;

  void add(const std::vector<Return>& returns) {
    std::vector<double> seconds;
    double tries = 0, tickets = 0;
    for (const Return& one : returns) {
      seconds.push_back(one.seconds);
      tries += one.attempts;
      tickets += one.resumed;
    }
    const auto count = static_cast<double>(returns.size());
    all_s.push_back(percentile(seconds, 1));
    median_s.push_back(median(seconds));
    p99_s.push_back(percentile(seconds, 0.99));
    attempts.push_back(tries / count);
    resumed.push_back(tickets / count);
  }

  [[nodiscard]] Row row(const std::string& name, int clients, int others) const {
    Row row{name,
            {{"clients", clients},
             {"all_back_s", median(all_s)},
             {"all_back_s_max", percentile(all_s, 1)},
             {"median_back_s", median(median_s)},
             {"p99_back_s", median(p99_s)},
             {"attempts", median(attempts)},
             {"by_ticket", median(resumed)},
             {"others", others},
             {"live_p99_ms", median(live_p99_ms)},
             {"live_p99_ms_max", percentile(live_p99_ms, 1)},
             {"live_max_ms", percentile(live_max_ms, 1)},
             {"quiet_p99_ms", median(quiet_p99_ms)},
             {"rounds", static_cast<double>(all_s.size())}}};
    return row;
  }
};

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int clients = number_of(argc, argv, "--clients", quick ? 200 : 10'000);
  const int others_count = number_of(argc, argv, "--others", quick ? 20 : 100);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 1 : 5);
  fmt::print(
      "{} WebSocket clients over TLS come back at once beside {} that stayed; medians of {} rounds in "
      "turns\n",
      clients, others_count, rounds);
  const ScratchFolder folder;
  { const BrokerProcess registered(folder.path()); }
  const auto broker = BrokerProcess::over_tls(folder.path());
  Pulse pulse(*broker, std::chrono::milliseconds(quick ? 50 : 500));
  TlsCrowd others(folder.path());
  others.connect(
      broker->http_port(), others_count, 1,
      [greeting = broker->upgrade_requests()](int index) { return greeting(kOthersFrom + index); },
      BrokerProcess::kSubscribed);
  TlsCrowd crowd(folder.path());
  crowd.connect(broker->http_port(), clients, 2, broker->upgrade_requests(), BrokerProcess::kSubscribed);
  (void)pulse.beat();

  Storms with, without;
  for (int turn = 0; turn < 2 * rounds; ++turn) {
    const bool tickets = turn % 2 == 0;
    Storms& storms = tickets ? with : without;
    pulse.begin(kQuietEvents);
    pulse.join();
    storms.quiet_p99_ms.push_back(percentile(latencies(others, pulse.end(), pulse.last_mark()), 0.99));

    // They come back with the cursor of what they saw last.
    const auto greeting = broker->upgrade_requests(fmt::format("&after={}", pulse.beat()));
    pulse.begin(1'000'000);
    storms.add(crowd.come_back(greeting, tickets));
    const auto due_ns = pulse.end();
    const std::vector<double> live = latencies(others, due_ns, pulse.last_mark());
    storms.live_p99_ms.push_back(percentile(live, 0.99));
    storms.live_max_ms.push_back(percentile(live, 1));
  }
  print_rows("reconnect", {with.row("with session tickets", clients, others_count),
                           without.row("without", clients, others_count)});
}

int crowd_helper(const std::vector<std::string>& words) {
  return words.size() == 1 ? run_tls_crowd(std::stoi(words[0])) : 2;
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("reconnect", argc, argv, run, {{"--crowd", crowd_helper}});
}
