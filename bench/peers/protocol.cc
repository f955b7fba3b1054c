#include "bench/peers/protocol.h"

#include <fmt/format.h>
#include <unistd.h>

#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include "bench/support/child.h"

namespace gjallar::bench {
namespace {

constexpr const char* kUpgrade =
    "GET /{} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const Answers kSwitched{"\r\n\r\n", "HTTP/1.1 101", ""};

/// A publisher's connection.
class Connected : public Protocol {
 public:
  Connected() = default;
  ~Connected() override {
    if (socket_ >= 0) ::close(socket_);
  }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;
  void open(int port) override { socket_ = connect_to(port); }

 protected:
  /// Sends, and waits for the answer.
  void ask(const std::string& bytes, const std::string& until) {
    write_all(socket_, bytes);
    read_until(socket_, until);
  }
  void tell(const std::string& bytes) { write_all(socket_, bytes); }

 private:
  int socket_ = -1;
};

/// RESP 2. https://redis.io/docs/latest/develop/reference/protocol-spec
class Redis final : public Connected {
 public:
  explicit Redis(bool stored) : stored_(stored) {}
  [[nodiscard]] std::string greeting() const override { return command({"SUBSCRIBE", "alerts"}); }
  [[nodiscard]] Answers answers() const override { return {":1\r\n", "*3\r\n", ""}; }
  void publish(const std::string& message) override {
    // The answer comes once the stream's file is synced (appendfsync always).
    if (stored_) ask(command({"XADD", "log", "*", "m", message}), "\r\n");
    ask(command({"PUBLISH", "alerts", message}), "\r\n");
  }

 private:
  static std::string command(std::initializer_list<std::string_view> words) {
    std::string bytes = fmt::format("*{}\r\n", words.size());
    for (const std::string_view word : words)
      bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
    return bytes;
  }
  bool stored_;
};

/// The NATS client protocol. The server greets in plain words, TLS begins after them.
class Nats final : public Connected {
 public:
  [[nodiscard]] std::string greeting() const override { return hello() + "SUB alerts 1\r\nPING\r\n"; }
  [[nodiscard]] Answers answers() const override { return {"PONG\r\n", "", "\r\n"}; }
  void open(int port) override {
    Connected::open(port);
    ask(hello() + "PING\r\n", "PONG\r\n");
  }
  void publish(const std::string& message) override {
    tell(fmt::format("PUB alerts {}\r\n{}\r\n", message.size(), message));
  }

 private:
  static std::string hello() { return "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"; }
};

const std::string kAccepted("\x20\x02\0\0", 4);

/// MQTT 3.1.1, QoS 0.
class Mqtt final : public Connected {
 public:
  [[nodiscard]] std::string greeting() const override {
    return connect() + packet('\x82', std::string("\0\x01", 2) + text("alerts") + std::string(1, '\0'));
  }
  [[nodiscard]] Answers answers() const override {
    return {std::string("\x90\x03\0\x01\0", 5), kAccepted, ""};
  }
  void open(int port) override {
    Connected::open(port);
    ask(connect(), kAccepted);
  }
  void publish(const std::string& message) override { tell(packet('\x30', text("alerts") + message)); }

 private:
  static std::string text(const std::string& value) {
    return std::string{static_cast<char>(value.size() >> 8), static_cast<char>(value.size() & 0xff)} + value;
  }
  static std::string packet(char head, const std::string& rest) {
    std::string bytes(1, head);
    std::size_t length = rest.size();
    do {
      const auto low = static_cast<char>(length % 128);
      length /= 128;
      bytes += static_cast<char>(length > 0 ? low | '\x80' : low);
    } while (length > 0);
    return bytes + rest;
  }
  /// Clean session, no name, the longest keep-alive.
  static std::string connect() {
    return packet('\x10', text("MQTT") + std::string("\x04\x02\xff\xff", 4) + text(""));
  }
};

/// nginx's nchan: subscribers by WebSocket, the publisher by POST.
class Nchan final : public Connected {
 public:
  [[nodiscard]] std::string greeting() const override { return fmt::format(kUpgrade, "subscribe"); }
  [[nodiscard]] Answers answers() const override { return kSwitched; }
  void publish(const std::string& message) override {
    ask(fmt::format("POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    message.size(), message),
        "\r\n\r\n");
  }
};

/// A WebSocket broadcaster: what one client says goes to all others.
class WebSocketBroadcaster final : public Connected {
 public:
  [[nodiscard]] std::string greeting() const override { return fmt::format(kUpgrade, ""); }
  [[nodiscard]] Answers answers() const override { return kSwitched; }
  void open(int port) override {
    Connected::open(port);
    ask(greeting(), answers().subscribed);
  }
  void publish(const std::string& message) override {
    // A text frame with a 16-bit length, masked with zeros.
    std::string frame = "\x81\xfe";
    frame += static_cast<char>(message.size() >> 8);
    frame += static_cast<char>(message.size() & 0xff);
    tell(frame + std::string(4, '\0') + message);
  }
};

}  // namespace

std::unique_ptr<Protocol> make_protocol(const std::string& name) {
  if (name == "redis") return std::make_unique<Redis>(false);
  if (name == "redis-synced") return std::make_unique<Redis>(true);
  if (name == "nats") return std::make_unique<Nats>();
  if (name == "mqtt") return std::make_unique<Mqtt>();
  if (name == "nchan") return std::make_unique<Nchan>();
  if (name == "ws") return std::make_unique<WebSocketBroadcaster>();
  throw std::runtime_error("no protocol " + name);
}

}  // namespace gjallar::bench
