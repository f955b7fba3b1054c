#include "bench/support/tls_sessions.h"

#include <openssl/ssl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "bench/support/child.h"

namespace gjallar::bench {

TlsSessions::~TlsSessions() {
  for (const int socket : sockets_)
    ::close(socket);
}

void TlsSessions::connect(int port, int count, const Readers::Greeting& greeting, const Answers& answers) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  for (int i = 0; i < count; ++i) {
    const int socket = connect_to(port);
    const std::string hello = greeting(static_cast<int>(sockets_.size()));
    sockets_.push_back(socket);
    if (!answers.before_tls.empty()) read_until(socket, answers.before_tls);
    // Goes after the greeting: what the server holds for the session is not asked for again.
    const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), socket);
    if (SSL_connect(tls.get()) != 1 ||
        SSL_write(tls.get(), hello.data(), static_cast<int>(hello.size())) <= 0)
      throw std::runtime_error("no TLS session");
    std::string got;
    std::array<char, 8192> buffer{};
    while (got.find(answers.subscribed) == std::string::npos) {
      const int bytes = SSL_read(tls.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (bytes <= 0) throw std::runtime_error("the server closed a connection: " + got.substr(0, 200));
      got.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
  }
}

}  // namespace gjallar::bench
