// The NATS client protocol, and JetStream's answers to publishers:
// https://docs.nats.io/reference/reference-protocols
#include "bench/append/jetstream.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "bench/support/child.h"
#include "bench/support/measure.h"
#include "broker/core/limits.h"

namespace gjallar::bench {
namespace {

constexpr int kUnderWayMax = static_cast<int>(core::limits::kFeedPipelineMax);
constexpr std::string_view kStored = "\"seq\":";  // in the answer to each message
constexpr std::string_view kRefused = "\"error\":";

std::string publish_line(std::string_view subject, std::string_view inbox, std::string_view message) {
  return fmt::format("PUB {} {} {}\r\n{}\r\n", subject, inbox, message.size(), message);
}

}  // namespace

class JetStream::Publisher {
 public:
  Publisher(int port, int number) : socket_(connect_to(port)), inbox_(fmt::format("_INBOX.bench{}", number)) {
    write_all(socket_, fmt::format("CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\nSUB {} 1\r\nPING\r\n",
                                   inbox_));
    read_until(socket_, "PONG\r\n");
  }
  ~Publisher() { ::close(socket_); }
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  void create_stream() {
    write_all(socket_,
              publish_line("$JS.API.STREAM.CREATE.ALERTS", inbox_,
                           R"({"name":"ALERTS","subjects":["alerts.>"],"storage":"file","num_replicas":1})"));
    const std::string answer = read_until(socket_, "}\r\n");
    if (answer.find("stream_create_response") == std::string::npos ||
        answer.find(kRefused) != std::string::npos)
      throw std::runtime_error("JetStream makes no stream: is it enabled?");
  }

  void publish(int count, const std::string& message) {
    const std::string line = publish_line("alerts.bench", inbox_, message);
    int sent = 0, stored = 0;
    while (stored < count) {
      std::string lines;
      for (; sent < count && sent - stored < kUnderWayMax; ++sent)
        lines += line;
      write_all(socket_, lines);
      stored += read_answers();
    }
  }

 private:
  /// How many messages the next bytes say are stored.
  int read_answers() {
    std::array<char, 65536> buffer{};
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) throw std::runtime_error("nats-server closed a connection");
    const std::string bytes = tail_ + std::string(buffer.data(), static_cast<std::size_t>(count));
    if (bytes.find(kRefused) != std::string::npos) throw std::runtime_error("JetStream refused a message");
    if (bytes.find("PING\r\n") != std::string::npos) write_all(socket_, "PONG\r\n");
    int stored = 0;
    for (std::size_t at = bytes.find(kStored); at != std::string::npos; at = bytes.find(kStored, at + 1))
      ++stored;
    // A word may lie across two reads.
    tail_ = bytes.substr(bytes.size() - std::min(bytes.size(), kStored.size() - 1));
    return stored;
  }

  int socket_;
  const std::string inbox_;
  std::string tail_;
};

JetStream::JetStream(int port, int publishers) {
  for (int number = 0; number < publishers; ++number)
    publishers_.push_back(std::make_unique<Publisher>(port, number));
  publishers_.front()->create_stream();
}

JetStream::~JetStream() = default;

double JetStream::publish(int count, std::size_t bytes) {
  const std::string message(bytes, 'x');
  const int each = count / static_cast<int>(publishers_.size());
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  for (const auto& publisher : publishers_)
    threads.emplace_back([&publisher = *publisher, each, &message] { publisher.publish(each, message); });
  for (std::thread& thread : threads)
    thread.join();
  return each * static_cast<double>(publishers_.size()) / seconds_since(start);
}

}  // namespace gjallar::bench
