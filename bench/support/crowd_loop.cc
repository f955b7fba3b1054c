// The helper process of `TlsCrowd`.
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <queue>
#include <random>
#include <stdexcept>

#include "bench/support/measure.h"
#include "bench/support/tls_client.h"
#include "bench/support/tls_crowd.h"

namespace gjallar::bench {
namespace {

constexpr std::uint64_t kCommands = ~std::uint64_t{0};
constexpr std::size_t kConnectingMax = 64;  // at once, before the storm
constexpr double kComingWaitS = 600;
constexpr double kSightingsWaitS = 120;
constexpr int kTickMs = 50;
/// Before a client that was refused comes again: from one to three times this.
constexpr std::int64_t kAgainNs = 500'000'000;

class CrowdLoop {
 public:
  explicit CrowdLoop(int commands)
      : commands_(commands), pipe_(commands), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    SSL_CTX_set_mode(context_.get(), SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), TlsClient::keep_ticket);
    watch(commands, kCommands, EPOLLIN, EPOLL_CTL_ADD);
  }

  int run() {
    for (;;) {
      if (!step(-1)) continue;
      std::array<char, 1> next{};
      if (::recv(commands_, next.data(), next.size(), MSG_PEEK) <= 0) return 0;
      serve();
    }
  }

 private:
  struct Again {
    std::int64_t at_ns;
    std::size_t client;
    bool operator>(const Again& other) const noexcept { return at_ns > other.at_ns; }
  };

  void serve() {
    const std::string command = pipe_.receive();
    if (command == "connect") {
      (void)answered(pipe_, [this] { connect(); });
    } else if (command == "back") {
      if (answered(pipe_, [this] { come_back(); })) send_items(pipe_, returns_);
    } else if (answered(pipe_, [this] { await_sightings(); })) {
      send_items(pipe_, sightings_);
      sightings_.clear();
    }
  }

  void take_greetings() {
    greetings_.clear();
    for (std::size_t i = 0; i < clients_.size(); ++i)
      greetings_.push_back(pipe_.receive());
  }

  void connect() {
    port_ = std::stoi(pipe_.receive());
    clients_ = std::vector<TlsClient>(std::stoul(pipe_.receive()));
    block_ = static_cast<std::uint32_t>(std::stoul(pipe_.receive()));
    answers_.subscribed = pipe_.receive();
    answers_.begins = pipe_.receive();
    answers_.before_tls = pipe_.receive();
    take_greetings();
    returns_.assign(clients_.size(), Return());
    last_marks_.assign(clients_.size(), 0);
    const auto start = Clock::now();
    missing_ = clients_.size();
    for (std::size_t next = 0; missing_ > 0;) {
      for (; next < clients_.size() && next + missing_ < clients_.size() + kConnectingMax; ++next)
        begin(next);
      wait_a_step(start, kComingWaitS, "come");
    }
  }

  void come_back() {
    tickets_ = pipe_.receive() == "1";
    const double seconds_max = std::stod(pipe_.receive());
    take_greetings();
    for (TlsClient& client : clients_)
      client.cut();
    again_ = {};
    sightings_.clear();
    returns_.assign(clients_.size(), Return());
    missing_ = clients_.size();
    const auto start = Clock::now();
    start_ns_ = steady_ns();
    for (std::size_t i = 0; i < clients_.size(); ++i)
      begin(i);
    while (missing_ > 0 && seconds_since(start) < seconds_max)
      wait_a_step(start, seconds_max + kTickMs, "come back");
  }

  void await_sightings() {
    const int last = std::stoi(pipe_.receive());
    const auto start = Clock::now();
    const auto seen_by_all = [&] {
      return static_cast<std::size_t>(
                 std::count_if(sightings_.begin(), sightings_.end(),
                               [last](const Sighting& one) { return one.mark == last; })) >= clients_.size();
    };
    while (!seen_by_all())
      wait_a_step(start, kSightingsWaitS, "see the last message");
  }

  void wait_a_step(Clock::time_point start, double seconds_max, const char* what) {
    (void)step(kTickMs);
    begin_again();
    if (!failure_.empty()) throw std::runtime_error(failure_);
    if (seconds_since(start) > seconds_max)
      throw std::runtime_error(fmt::format("some of {} clients don't {}", clients_.size(), what));
  }

  void begin(std::size_t index) {
    const auto number = static_cast<std::uint32_t>(index);
    const std::uint32_t address = 127U << 24 | block_ << 16 | (number / 250 + 1) << 8 | (number % 250 + 1);
    TlsClient& client = clients_[index];
    client.begin(context_.get(), address, port_, tickets_);
    ++returns_[index].attempts;
    watch(client.socket(), index, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
  }

  void begin_again() {
    const std::int64_t now = steady_ns();
    for (; !again_.empty() && again_.top().at_ns <= now; again_.pop())
      begin(again_.top().client);
  }

  void watch(int socket, std::uint64_t index, std::uint32_t events, int operation) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, operation, socket, &event);
  }

  /// Reads and writes what can be; true if a command waits.
  bool step(int wait_ms) {
    const int ready = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), wait_ms);
    bool command = false;
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      if (event.data.u64 == kCommands) {
        command = true;
      } else {
        go_on(event.data.u64, (event.events & EPOLLOUT) != 0);
      }
    }
    return command;
  }

  void go_on(std::size_t index, bool was_writable) {
    TlsClient& client = clients_[index];
    const bool was_live = client.state() == TlsClient::State::kLive;
    const bool alive = client.go_on(greetings_[index], answers_, [&](int mark) {
      // Marks come in order; one may stand in a message twice.
      if (mark <= last_marks_[index]) return;
      last_marks_[index] = mark;
      sightings_.push_back({steady_ns(), static_cast<std::int32_t>(index), mark});
    });
    if (!alive) {
      if (was_live) {
        failure_ = fmt::format("the server closed the live client {}", index);
      } else {
        again_.push({steady_ns() + kAgainNs + static_cast<std::int64_t>(random_()) % (2 * kAgainNs), index});
      }
      return;
    }
    if (client.wants_to_write() != was_writable)
      watch(client.socket(), index, client.wants_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    if (was_live || client.state() != TlsClient::State::kLive) return;
    returns_[index].seconds = static_cast<double>(steady_ns() - start_ns_) * 1e-9;
    returns_[index].resumed = client.resumed() ? 1 : 0;
    --missing_;
  }

  struct ContextFree {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };

  int commands_;
  MessagePipe pipe_;
  int epoll_;
  std::unique_ptr<SSL_CTX, ContextFree> context_{SSL_CTX_new(TLS_client_method())};
  int port_ = 0;
  std::uint32_t block_ = 1;
  bool tickets_ = false;
  Answers answers_;
  std::vector<std::string> greetings_;
  std::vector<TlsClient> clients_;
  std::vector<Return> returns_;
  std::vector<Sighting> sightings_;
  std::vector<int> last_marks_;  ///< the highest that each client has seen
  std::size_t missing_ = 0;
  std::int64_t start_ns_ = 0;
  std::priority_queue<Again, std::vector<Again>, std::greater<>> again_;
  std::minstd_rand random_{std::random_device{}()};
  std::string failure_;
  std::array<epoll_event, 512> events_{};
};

}  // namespace

int run_tls_crowd(int socket) {
  return serve_as("crowd", [socket] { return std::make_unique<CrowdLoop>(socket)->run(); });
}

}  // namespace gjallar::bench
