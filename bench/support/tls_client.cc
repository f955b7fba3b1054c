#include "bench/support/tls_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace gjallar::bench {
namespace {

constexpr std::string_view kMarkWord = "mark-";
constexpr std::size_t kMarkDigits = 6;
constexpr std::string_view kPing("\x89\0", 2);
constexpr std::array<char, 6> kMaskedPong{'\x8a', '\x80', 0, 0, 0, 0};
/// All clients of the process read into it.
std::array<char, std::size_t{32} * 1024> read_buffer;

sockaddr_in internet_address(std::uint32_t host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(host);
  return address;
}

}  // namespace

TlsClient::~TlsClient() {
  cut();
}

void TlsClient::begin(SSL_CTX* context, std::uint32_t address, int port, bool ticket) {
  cut();
  tls_.reset(SSL_new(context));
  if (!tls_) throw std::runtime_error("no TLS client");
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) throw std::runtime_error("no more sockets: is the limit of open files too low?");
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in own = internet_address(address, 0);
  const sockaddr_in server = internet_address(INADDR_LOOPBACK, port);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      (::connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 &&
       errno != EINPROGRESS)) {
    throw std::runtime_error("a client can't connect");
  }
  SSL_set_fd(tls_.get(), socket_);
  SSL_set_connect_state(tls_.get());
  SSL_set_app_data(tls_.get(), this);
  if (ticket && ticket_) SSL_set_session(tls_.get(), ticket_.get());
  tail_.clear();
  resumed_ = false;
  wants_to_write_ = true;
  state_ = State::kConnecting;
}

void TlsClient::cut() {
  if (socket_ < 0) return;
  // Else OpenSSL takes an end without a word for an attack, and the ticket isn't good any more.
  SSL_set_shutdown(tls_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  tls_.reset();
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
  state_ = State::kIdle;
}

int TlsClient::keep_ticket(SSL* tls, SSL_SESSION* session) {
  auto* const client = static_cast<TlsClient*>(SSL_get_app_data(tls));
  client->ticket_.reset(session);
  return 1;  // it is ours now
}

bool TlsClient::finished(int result, bool& failed) {
  wants_to_write_ = false;
  if (result > 0) return true;
  const int error = SSL_get_error(tls_.get(), result);
  if (error == SSL_ERROR_WANT_WRITE) {
    wants_to_write_ = true;
  } else if (error != SSL_ERROR_WANT_READ) {
    failed = true;
  }
  return false;
}

bool TlsClient::heard(std::string_view end, bool& failed) {
  if (end.empty()) return true;
  const ssize_t count = ::recv(socket_, read_buffer.data(), read_buffer.size(), 0);
  wants_to_write_ = false;
  failed = count == 0 || (count < 0 && errno != EAGAIN);
  if (count > 0) tail_.append(read_buffer.data(), static_cast<std::size_t>(count));
  if (tail_.find(end) == std::string::npos) return false;
  tail_.clear();
  return true;
}

bool TlsClient::go_on(const std::string& greeting, const Answers& answers, const OnMark& on_mark) {
  bool failed = false;
  ERR_clear_error();
  if (state_ == State::kConnecting) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
    failed = error != 0;
    state_ = State::kBeforeTls;
  }
  if (!failed && state_ == State::kBeforeTls && heard(answers.before_tls, failed)) state_ = State::kHandshake;
  if (!failed && state_ == State::kHandshake && finished(SSL_do_handshake(tls_.get()), failed)) {
    resumed_ = SSL_session_reused(tls_.get()) == 1;
    state_ = State::kGreeting;
  }
  if (!failed && state_ == State::kGreeting &&
      finished(SSL_write(tls_.get(), greeting.data(), static_cast<int>(greeting.size())), failed)) {
    state_ = State::kWaiting;
  }
  if (!failed && (state_ == State::kWaiting || state_ == State::kLive)) failed = !read(answers, on_mark);
  if (failed) cut();
  return !failed;
}

bool TlsClient::read(const Answers& answers, const OnMark& on_mark) {
  for (;;) {
    bool failed = false;
    const int count = SSL_read(tls_.get(), read_buffer.data(), static_cast<int>(read_buffer.size()));
    if (!finished(count, failed)) return !failed;
    const std::string_view bytes(read_buffer.data(), static_cast<std::size_t>(count));
    if (bytes.substr(0, kPing.size()) == kPing)
      (void)SSL_write(tls_.get(), kMaskedPong.data(), static_cast<int>(kMaskedPong.size()));
    const bool refused = state_ == State::kWaiting && tail_.empty() &&
                         bytes.substr(0, answers.begins.size()) != answers.begins;
    if (refused) return false;
    take(bytes, answers.subscribed, on_mark);
  }
}

void TlsClient::take(std::string_view bytes, std::string_view subscribed, const OnMark& on_mark) {
  const std::string all = tail_ + std::string(bytes);
  if (state_ == State::kWaiting && all.find(subscribed) != std::string::npos) state_ = State::kLive;
  // A mark that was whole in the tail was seen before.
  for (std::size_t at = all.find(kMarkWord);
       at != std::string::npos && at + kMarkWord.size() + kMarkDigits <= all.size();
       at = all.find(kMarkWord, at + 1)) {
    on_mark(std::atoi(all.substr(at + kMarkWord.size(), kMarkDigits).c_str()));
  }
  const std::size_t kept =
      (state_ == State::kWaiting ? std::max(subscribed.size(), kMarkWord.size() + kMarkDigits)
                                 : kMarkWord.size() + kMarkDigits) -
      1;
  tail_ = all.size() > kept ? all.substr(all.size() - kept) : all;
}

}  // namespace gjallar::bench
