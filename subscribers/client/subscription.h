#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "broker/core/result.h"
#include "gjallar/v1/delivery.pb.h"
#include "subscribers/client/connection.h"

namespace gjallar::client {

/// What to subscribe to and where to begin.
struct SubscriptionOptions {
  ConnectionOptions
      connection;         ///< gRPC: endpoint is HOST:PORT of gRPC; WebSocket: of HTTP, plain, with a token
  std::string client_id;  ///< stable name of this program within its service
  std::optional<std::string> cursor;  ///< go on after it
  std::optional<std::uint64_t> after_seq;
  std::string area;  ///< with role: a viewer session
  std::string role;
  bool send_received = true;  ///< acknowledge reception of every event
};

/// Called on the subscription's thread: frames in the order they come, an in-order event only once however
/// often the connection broke. Must not stop the subscription itself.
using OnFrame = std::function<void(const gjallar::v1::Frame& frame)>;
/// Called on the subscription's thread when a connection ends; `final` if it won't be made again.
using OnEnd = std::function<void(const core::Error& error, bool final)>;

/// A session that comes back by itself: one thread, resumes by cursor, drops what it has seen, acknowledges
/// what it got.
class Subscription {
 public:
  Subscription(SubscriptionOptions options, OnFrame on_frame, OnEnd on_end);
  virtual ~Subscription() = default;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  void start();
  /// Ends the connection and joins the thread.
  void stop();

 protected:
  /// Connects, sends the start message, reads until the end and hands each frame to `take`. The result says
  /// why it ended.
  [[nodiscard]] virtual core::Error run_connection() = 0;
  /// Makes run_connection return soon. Any thread.
  virtual void interrupt() = 0;

  /// Handles one frame; what it returns has to be sent back, if anything.
  [[nodiscard]] std::optional<gjallar::v1::Received> take(const gjallar::v1::Frame& frame);
  /// Where the next connection starts: after this cursor; empty: as the options say.
  [[nodiscard]] const std::string& cursor() const noexcept { return cursor_; }
  /// The head of the log that was last heard of; with it a broker notices that its log went another way.
  struct SeenHead {
    std::uint64_t seq = 0;
    std::string hash;  ///< 32 bytes; empty: none was heard of
  };
  [[nodiscard]] const SeenHead& seen() const noexcept { return seen_; }
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }

  const SubscriptionOptions options_;

 private:
  void run();

  OnFrame on_frame_;
  OnEnd on_end_;
  std::string cursor_;
  SeenHead seen_;
  SeenHead adopted_;  ///< of a log that went another way, until its state is here
  bool adopting_ = false;
  std::uint64_t last_seq_ = 0;
  std::deque<std::uint64_t> recent_;  ///< the last seqs that came in order
  bool reconnect_ = true;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::thread thread_;
};

/// Over gRPC.
[[nodiscard]] std::unique_ptr<Subscription> make_grpc_subscription(SubscriptionOptions options,
                                                                   OnFrame on_frame, OnEnd on_end);
/// Over WebSocket, CloudEvents JSON.
[[nodiscard]] std::unique_ptr<Subscription> make_websocket_subscription(SubscriptionOptions options,
                                                                        OnFrame on_frame, OnEnd on_end);

}  // namespace gjallar::client
