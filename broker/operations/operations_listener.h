#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "broker/core/result.h"
#include "broker/operations/configuration.h"

namespace gjallar::operations {

/// One answer of the operations listener.
struct Answer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Plain HTTP on loopback with a thread of its own, so that it answers when the rest is stuck: GET only, one
/// answer a path.
class OperationsListener {
 public:
  /// Answers a path on the listener's thread; must be quick.
  using Answerer = std::function<Answer(std::string_view path)>;

  /// Listens and starts the thread. UNAVAILABLE if the address is taken.
  [[nodiscard]] static core::Result<std::unique_ptr<OperationsListener>> start(const HostAndPort& address,
                                                                               Answerer answerer);
  /// As stop().
  ~OperationsListener();
  OperationsListener(const OperationsListener&) = delete;
  OperationsListener& operator=(const OperationsListener&) = delete;

  [[nodiscard]] int port() const noexcept { return port_; }
  /// The thread's context: what else runs on the operations thread. Stops with the listener.
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  /// Ends all connections and joins the thread.
  void stop();

 private:
  explicit OperationsListener(Answerer answerer);
  void accept();

  Answerer answerer_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<std::size_t> connections_ = std::make_shared<std::size_t>(0);
  int port_ = 0;
  std::thread thread_;
};

}  // namespace gjallar::operations
