#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace gjallar::edges::http {

/// Something with a socket: a connection or a session.
class Closable {
 public:
  virtual ~Closable() = default;
  /// Cuts the socket. On its shard's thread; more than once does no harm.
  virtual void close_now() = 0;
  /// The broker is stopping: whoever would wait for more is told so. On its shard's thread.
  virtual void end_stream() {}
  /// One more owner of it; nullptr if it is going already.
  [[nodiscard]] virtual std::shared_ptr<void> keep() = 0;

 private:
  friend class Connections;
  std::uint32_t place_ = 0;  ///< among its shard's
};

/// What is open, by shard, so that shutdown can close it and wait for it. A shard's entries belong to its
/// thread.
class Connections {
 public:
  explicit Connections(std::size_t shards) : shards_(shards) {}

  /// Known until `remove`, on its shard's thread. `owner`, of this, lives as long as anything of the shard is
  /// known: there are too many sessions for each to hold it; nullptr: the object holds it.
  void add(std::size_t shard, Closable& object, std::shared_ptr<const void> owner);
  /// May be the end of this.
  void remove(std::size_t shard, Closable& object) noexcept;

  /// Keeps one object known from its shard's thread until the ticket is destroyed there.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(std::shared_ptr<Connections> connections, std::size_t shard, Closable& object);
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    void give_back();
    std::shared_ptr<Connections> connections_;
    std::size_t shard_ = 0;
    Closable* object_ = nullptr;
  };

  /// Any thread.
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] bool closing() const noexcept { return closing_.load(); }
  /// From now on whoever starts closes himself.
  void set_closing() noexcept { closing_.store(true); }
  /// On the shard's thread.
  void close_all(std::size_t shard);
  void end_streams(std::size_t shard);
  /// Not on a shard's thread. False if the time was over first.
  bool wait_until_empty(std::chrono::milliseconds time);

 private:
  struct Shard {
    std::vector<Closable*> open;  ///< each knows its place
    std::shared_ptr<const void> owner;
  };
  using Kept = std::vector<std::pair<Closable*, std::shared_ptr<void>>>;
  [[nodiscard]] Kept open_on(std::size_t shard) const;

  std::vector<Shard> shards_;
  std::atomic<bool> closing_{false};
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t count_ = 0;
};

}  // namespace gjallar::edges::http
