#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "gjallar/v1/delivery.pb.h"
#include "subscribers/client/subscription.h"

namespace gjallar::tool {

/// What one service's client program wrote down itself.
struct Logbook {
  bool connected = false;                                                     ///< was caught up at least once
  std::map<std::uint64_t, std::chrono::steady_clock::time_point> first_seen;  ///< seq → when it first came
  std::set<std::string> in_force;  ///< references of the alerts that stand on its screen
  std::map<std::string, std::uint64_t> versions;
  std::size_t overtaking = 0;
  std::size_t reconnects = 0;
};

/// The connected services of a scenario: real clients over real sockets, each with its own logbook. Any
/// thread.
class Fleet {
 public:
  ~Fleet();

  /// Connects a service from the beginning of the log.
  void connect(const std::string& service_id, bool over_websocket, client::SubscriptionOptions options);
  void stop();

  /// Waits until `done` holds, looking again at each change; false if `patience` is over first.
  bool wait(std::chrono::milliseconds patience,
            const std::function<bool(const std::map<std::string, Logbook>&)>& done);
  /// A copy of all logbooks.
  [[nodiscard]] std::map<std::string, Logbook> logbooks() const;
  /// When services got an event, in order of time.
  [[nodiscard]] std::vector<std::chrono::steady_clock::time_point> times_of(std::uint64_t seq) const;
  /// The last event of this type about an alert that any service got; 0: none.
  [[nodiscard]] std::uint64_t seq_of(const std::string& alert_id, gjallar::v1::EventType type) const;

 private:
  void note(const std::string& service_id, const gjallar::v1::Frame& frame);
  void note_event(Logbook& logbook, const gjallar::v1::EventDelivery& delivery);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Logbook> logbooks_;
  std::map<std::pair<std::string, int>, std::uint64_t> seqs_;
  std::vector<std::unique_ptr<client::Subscription>> subscriptions_;
};

}  // namespace gjallar::tool
