#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace gjallar::fanout {

/// Something with a file descriptor that a Poller watches.
class Pollable {
 public:
  virtual ~Pollable() = default;
  /// The descriptor may be read or written again, or has failed: try both. On the shard's thread.
  virtual void on_ready() = 0;
};

/// The sockets of a shard's sessions: one epoll set inside the shard's io_context, edge-triggered, each
/// socket registered once. Costs a session no memory in user space and no system call a wait. One thread: the
/// io_context's.
class Poller {
 public:
  explicit Poller(boost::asio::io_context& context);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Begins to wait; before the first descriptor.
  void start();
  /// False if the kernel refuses (too many watches).
  [[nodiscard]] bool add(int descriptor, Pollable& pollable);
  /// Not called any more from now on; before the descriptor is closed.
  void remove(int descriptor, Pollable& pollable) noexcept;

 private:
  static constexpr std::size_t kBatch = 256;
  void wait();
  void dispatch();

  boost::asio::posix::stream_descriptor epoll_;
  /// What of the batch at hand is still to be told.
  struct Batch;
  std::unique_ptr<Batch> batch_;
};

}  // namespace gjallar::fanout
