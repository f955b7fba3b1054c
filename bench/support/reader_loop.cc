// The helper process of `Readers`.
#include <errno.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "bench/support/measure.h"
#include "bench/support/readers.h"

namespace gjallar::bench {
namespace {

constexpr double kReceiptsWaitS = 180;
constexpr int kWaitStepMs = 1'000;
constexpr std::size_t kTailBytes = 4'096;  // the mark is looked for in so many last bytes of what was read
constexpr std::uint64_t kCommand = ~std::uint64_t{0};
constexpr int kConnectingAtOnce = 64;

std::int64_t clock_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class ReaderLoop {
 public:
  explicit ReaderLoop(int commands)
      : commands_(commands), pipe_(commands), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(commands, kCommand);
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
  void serve() {
    if (pipe_.receive() == "connect") {
      (void)answered(pipe_, [this] { connect(); });
      return;
    }
    mark_ = pipe_.receive();
    if (!answered(pipe_, [this] { arm(); })) return;
    if (answered(pipe_, [this] { await(); })) send_items(pipe_, receipts_);
    mark_.clear();
  }

  void watch(int socket, std::uint64_t index) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  void connect() {
    const int port = std::stoi(pipe_.receive());
    const int count = std::stoi(pipe_.receive());
    const std::string until = pipe_.receive();
    std::vector<std::string> greetings;
    for (int i = 0; i < count; ++i)
      greetings.push_back(pipe_.receive());
    for (int from = 0; from < count; from += kConnectingAtOnce) {
      const std::size_t before = sockets_.size();
      for (int i = from; i < std::min(count, from + kConnectingAtOnce); ++i) {
        const int socket = connect_to(port);
        const int on = 1;
        if (::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
          throw std::runtime_error("the kernel gives no arrival times");
        sockets_.push_back(socket);
        write_all(socket, greetings[static_cast<std::size_t>(i)]);
      }
      for (std::size_t i = before; i < sockets_.size(); ++i) {
        if (!until.empty()) read_until(sockets_[i], until);
        watch(sockets_[i], i);
      }
    }
    receipts_.resize(sockets_.size());
    tails_.resize(sockets_.size());
  }

  /// What is still on its way from before doesn't count.
  void arm() {
    while (step(0) == false && got_something_) {
    }
    if (!failure_.empty()) throw std::runtime_error(failure_);
    std::fill(receipts_.begin(), receipts_.end(), Receipt{});
    std::fill(tails_.begin(), tails_.end(), std::string());
    missing_ = sockets_.size();
  }

  void await() {
    const auto start = Clock::now();
    while (missing_ > 0) {
      (void)step(kWaitStepMs);
      if (!failure_.empty()) throw std::runtime_error(failure_);
      if (seconds_since(start) > kReceiptsWaitS)
        throw std::runtime_error(fmt::format("{} of {} sockets got nothing", missing_, sockets_.size()));
    }
  }

  /// Reads whatever is there; true if a command waits.
  bool step(int wait_ms) {
    const int ready = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), wait_ms);
    bool command = false;
    got_something_ = ready > 0;
    for (int i = 0; i < ready; ++i) {
      const std::uint64_t index = events_[static_cast<std::size_t>(i)].data.u64;
      if (index == kCommand) {
        command = true;
      } else {
        read(index);
      }
    }
    return command;
  }

  void read(std::size_t index) {
    iovec part{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control_.data();
    message.msg_controllen = control_.size();
    const ssize_t count = ::recvmsg(sockets_[index], &message, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, sockets_[index], nullptr);
      if (failure_.empty()) failure_ = fmt::format("the server closed connection {}", index);
      return;
    }
    const auto size = static_cast<std::size_t>(count);
    if (size >= 2 && buffer_[0] == '\x89' && buffer_[1] == '\0') pong(index);
    Receipt& receipt = receipts_[index];
    receipt.bytes += size;
    if (mark_.empty() || receipt.read_ns != 0 || !ends_in_mark(index, size)) return;
    receipt.read_ns = clock_ns(CLOCK_MONOTONIC);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec time{};
      ::memcpy(&time, CMSG_DATA(header), sizeof time);
      receipt.arrived_ns = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }
    --missing_;
  }

  /// A mark may lie across two reads, so each leaves its last few bytes for the next.
  bool ends_in_mark(std::size_t index, std::size_t size) {
    const std::size_t kept = mark_.size() - 1;
    const std::size_t looked_at = std::min(size, kTailBytes);
    const char* const end = buffer_.data() + size;
    if (::memmem(end - looked_at, looked_at, mark_.data(), mark_.size()) != nullptr) return true;
    std::string& tail = tails_[index];
    tail.append(buffer_.data(), std::min(size, kept));
    if (tail.find(mark_) != std::string::npos) return true;
    if (size >= kept) {
      tail.assign(end - kept, kept);
    } else if (tail.size() > kept) {
      tail.erase(0, tail.size() - kept);
    }
    return false;
  }

  /// To a WebSocket server's empty ping; others send no such bytes first.
  void pong(std::size_t index) {
    constexpr std::array<char, 6> kPong{'\x8a', '\x80', 0, 0, 0, 0};
    (void)::send(sockets_[index], kPong.data(), kPong.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  int commands_;
  MessagePipe pipe_;
  int epoll_;
  std::vector<int> sockets_;
  std::vector<Receipt> receipts_;
  std::vector<std::string> tails_;
  std::string mark_;
  std::size_t missing_ = 0;
  std::string failure_;
  bool got_something_ = false;
  std::array<epoll_event, 512> events_{};
  std::array<char, 65536> buffer_{};
  alignas(cmsghdr) std::array<char, 256> control_{};
};

}  // namespace

int run_readers(int socket) {
  return serve_as("readers", [socket] { return std::make_unique<ReaderLoop>(socket)->run(); });
}

}  // namespace gjallar::bench
