// An urgent event to a subscriber that has 50 MB of backlog before it on a link of 1 MB/s: from just before
// the publish to the client library's hands, over WebSocket and over gRPC, and beside it the same link
// without a backlog. The link is a token bucket filter in a network namespace of its own (root), or where
// that isn't possible a proxy that paces, which the rows then say.
//   --backlog MB   50
//   --events N     5 in each session
//   --rounds N     5
//   --proxy        the proxy in any case
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string_view>

#include "bench/slowlink/link.h"
#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "subscribers/client/subscription.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;
namespace client = gjallar::client;

constexpr const char* kService = "syringe-exchange-stockholm";
constexpr int kEventBytes = 800;   // of an event in the backlog, at least
constexpr int kFeedItems = 2'000;  // at once
constexpr double kSettleBytes = 1e6;
constexpr double kBetweenBytes = 200e3;
constexpr std::chrono::seconds kWaitMax{120};
constexpr int kUrgentFrom = 900'000;  // numbers that the backlog hasn't

enum class Kind { kWebSocket, kGrpc };

/// A session of the client library; what came and when.
class SlowSession {
 public:
  SlowSession(Kind kind, client::SubscriptionOptions options)
      : subscription_(
            (kind == Kind::kGrpc ? client::make_grpc_subscription : client::make_websocket_subscription)(
                std::move(options), [this](const v1::Frame& frame) { take(frame); },
                [this](const gjallar::core::Error& error, bool) { fail(error); })) {
    subscription_->start();
  }
  ~SlowSession() { subscription_->stop(); }
  SlowSession(const SlowSession&) = delete;
  SlowSession& operator=(const SlowSession&) = delete;

  /// Waits until so many bytes of events have come since the start, as Protocol Buffers count.
  void wait_for_bytes(double bytes) {
    wait([this, bytes] { return bytes_ >= bytes; }, "the backlog doesn't come");
  }
  void wait_until_caught_up() {
    wait([this] { return caught_up_; }, "the session doesn't catch up");
  }
  /// When the event first came, on the steady clock; waits for it.
  [[nodiscard]] std::int64_t arrival(std::uint64_t seq) {
    wait([this, seq] { return arrived_ns_.count(seq) > 0; }, "an urgent event doesn't come");
    const std::lock_guard lock(mutex_);
    return arrived_ns_.at(seq);
  }
  [[nodiscard]] double bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  [[nodiscard]] double mean_event_bytes() const {
    const std::lock_guard lock(mutex_);
    return events_ == 0 ? 0 : bytes_ / events_;
  }
  [[nodiscard]] bool caught_up() const {
    const std::lock_guard lock(mutex_);
    return caught_up_;
  }

 private:
  template <typename Condition>
  void wait(const Condition& condition, const char* otherwise) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, kWaitMax, [&] { return !failure_.empty() || condition(); });
    if (!failure_.empty()) throw std::runtime_error(failure_);
    if (!came) throw std::runtime_error(otherwise);
  }

  void take(const v1::Frame& frame) {
    const std::int64_t now = steady_ns();
    const std::lock_guard lock(mutex_);
    if (frame.has_event()) {
      const v1::Event& event = frame.event().event();
      bytes_ += static_cast<double>(event.ByteSizeLong());
      ++events_;
      arrived_ns_.emplace(event.seq(), now);
    }
    if (frame.has_caughtup()) caught_up_ = true;
    changed_.notify_all();
  }
  void fail(const gjallar::core::Error& error) {
    const std::lock_guard lock(mutex_);
    failure_ = "the session has ended: " + gjallar::core::to_text(error);
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, std::int64_t> arrived_ns_;
  double bytes_ = 0;
  double events_ = 0;
  bool caught_up_ = false;
  std::string failure_;
  std::unique_ptr<client::Subscription> subscription_;
};

/// The broker with its backlog, its slow link, and a publisher whose commands go around it.
class Scene {
 public:
  Scene(bool shaped, int backlog_mb)
      : broker_(folder_.path()), feed_(broker_.connection("police")), police_(broker_.connection("police")) {
    // The handshake isn't what is measured.
    must(police_.preview(issue_command(0).issue()));
    const int events = backlog_mb * (1'000'000 / kEventBytes);
    for (int from = 0; from < events; from += kFeedItems)
      feed_.publish(backlog(from, std::min(from + kFeedItems, events)));
    if (shaped) {
      for (const int port : {broker_.http_port(), broker_.grpc_port()})
        shape_port(port);
    } else {
      http_proxy_ = std::make_unique<PacingProxy>(broker_.http_port());
      grpc_proxy_ = std::make_unique<PacingProxy>(broker_.grpc_port());
    }
  }

  /// Milliseconds to the urgent events of one session that has all of the backlog before it, or none of it.
  std::vector<double> turn(Kind kind, bool behind, int events) {
    client::SubscriptionOptions options;
    options.connection = broker_.connection_options(kService, kind == Kind::kGrpc);
    if (http_proxy_) {
      const PacingProxy& proxy = kind == Kind::kGrpc ? *grpc_proxy_ : *http_proxy_;
      options.connection.endpoint = fmt::format("127.0.0.1:{}", proxy.port());
    }
    options.client_id = fmt::format("slowlink-{}", ++sessions_);
    options.after_seq = behind ? 0 : publish().seq();
    SlowSession session(kind, std::move(options));
    behind ? session.wait_for_bytes(kSettleBytes) : session.wait_until_caught_up();
    std::vector<double> latencies;
    for (int i = 0; i < events; ++i) {
      const std::int64_t start = steady_ns();
      const std::uint64_t seq = publish().seq();
      latencies.push_back(static_cast<double>(session.arrival(seq) - start) * 1e-6);
      if (!behind) continue;
      if (session.caught_up()) throw std::runtime_error("the backlog is too small for this");
      if (session.mean_event_bytes() < kEventBytes)
        throw std::runtime_error("the events are smaller than thought");
      session.wait_for_bytes(session.bytes() + kBetweenBytes);
    }
    return latencies;
  }

 private:
  static std::vector<v1::FeedRequest> backlog(int from, int to) {
    std::vector<v1::FeedRequest> items;
    for (int number = from; number < to; ++number) {
      v1::FeedRequest& item = items.emplace_back();
      item.set_idempotency_key(fmt::format("backlog-{}", number));
      *item.mutable_command() = warning_command(number);
    }
    return items;
  }

  v1::CommandOutcome publish() {
    const auto outcome = police_.send(issue_command(kUrgentFrom + ++urgent_), "");
    must(outcome);
    return outcome.value();
  }

  const ScratchFolder folder_;
  const BrokerProcess broker_;
  FeedStream feed_;
  client::Publisher police_;
  std::unique_ptr<PacingProxy> http_proxy_, grpc_proxy_;
  int sessions_ = 0;
  int urgent_ = 0;
};

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int backlog_mb = number_of(argc, argv, "--backlog", quick ? 12 : 50);
  const int events = number_of(argc, argv, "--events", quick ? 2 : 5);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 1 : 5);
  const bool proxy =
      std::any_of(argv + 1, argv + argc, [](std::string_view word) { return word == "--proxy"; });
  const bool shaped = !proxy && enter_shaped_network();
  const char* const link = shaped ? "tbf" : "pacing proxy";
  fmt::print(
      "{} MB of backlog on a link of 1 MB/s ({}): from just before an urgent event is published to the "
      "client "
      "library's hands; {} rounds of {} events\n",
      backlog_mb, link, rounds, events);
  Scene scene(shaped, backlog_mb);

  struct Case {
    const char* name;
    Kind kind;
    bool behind;
    std::vector<double> latencies;
  };
  std::vector<Case> cases{{"WebSocket, catching up", Kind::kWebSocket, true, {}},
                          {"gRPC, catching up", Kind::kGrpc, true, {}},
                          {"WebSocket, caught up", Kind::kWebSocket, false, {}},
                          {"gRPC, caught up", Kind::kGrpc, false, {}}};
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      Case& one = cases[(i + static_cast<std::size_t>(round)) % cases.size()];
      const std::vector<double> latencies = scene.turn(one.kind, one.behind, events);
      one.latencies.insert(one.latencies.end(), latencies.begin(), latencies.end());
    }
  }
  std::vector<Row> rows;
  for (const Case& one : cases) {
    rows.push_back({fmt::format("{} ({})", one.name, link),
                    {{"median_ms", median(one.latencies)},
                     {"max_ms", percentile(one.latencies, 1)},
                     {"backlog_mb", one.behind ? backlog_mb : 0},
                     {"events", static_cast<double>(one.latencies.size())},
                     {"rounds", rounds}}});
  }
  print_rows("slowlink", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("slowlink", argc, argv, run);
}
