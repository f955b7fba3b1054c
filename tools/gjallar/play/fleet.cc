#include "tools/gjallar/play/fleet.h"

#include <algorithm>

namespace gjallar::tool {

namespace v1 = gjallar::v1;

Fleet::~Fleet() {
  stop();
}

void Fleet::connect(const std::string& service_id, bool over_websocket, client::SubscriptionOptions options) {
  const auto on_frame = [this, service_id](const v1::Frame& frame) { note(service_id, frame); };
  const auto on_end = [this, service_id](const core::Error&, bool) {
    const std::lock_guard lock(mutex_);
    ++logbooks_[service_id].reconnects;
  };
  auto subscription = over_websocket
                          ? client::make_websocket_subscription(std::move(options), on_frame, on_end)
                          : client::make_grpc_subscription(std::move(options), on_frame, on_end);
  {
    const std::lock_guard lock(mutex_);
    logbooks_[service_id];
  }
  subscription->start();
  subscriptions_.push_back(std::move(subscription));
}

void Fleet::stop() {
  for (const auto& subscription : subscriptions_)
    subscription->stop();
  subscriptions_.clear();
}

bool Fleet::wait(std::chrono::milliseconds patience,
                 const std::function<bool(const std::map<std::string, Logbook>&)>& done) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return done(logbooks_); });
}

std::map<std::string, Logbook> Fleet::logbooks() const {
  const std::lock_guard lock(mutex_);
  return logbooks_;
}

std::vector<std::chrono::steady_clock::time_point> Fleet::times_of(std::uint64_t seq) const {
  std::vector<std::chrono::steady_clock::time_point> times;
  const std::lock_guard lock(mutex_);
  for (const auto& [service, logbook] : logbooks_) {
    if (const auto found = logbook.first_seen.find(seq); found != logbook.first_seen.end())
      times.push_back(found->second);
  }
  std::sort(times.begin(), times.end());
  return times;
}

std::uint64_t Fleet::seq_of(const std::string& alert_id, v1::EventType type) const {
  const std::lock_guard lock(mutex_);
  const auto found = seqs_.find({alert_id, type});
  return found == seqs_.end() ? 0 : found->second;
}

void Fleet::note(const std::string& service_id, const v1::Frame& frame) {
  {
    const std::lock_guard lock(mutex_);
    Logbook& logbook = logbooks_[service_id];
    if (frame.has_event()) note_event(logbook, frame.event());
    for (const auto& delivery : frame.batch().deliveries())
      note_event(logbook, delivery);
    if (frame.has_caughtup()) logbook.connected = true;
  }
  changed_.notify_all();
}

void Fleet::note_event(Logbook& logbook, const v1::EventDelivery& delivery) {
  const v1::Event& event = delivery.event();
  logbook.first_seen.emplace(event.seq(), std::chrono::steady_clock::now());
  seqs_[{event.subject(), event.type()}] = event.seq();
  if (delivery.overtaking()) ++logbook.overtaking;
  if (!event.payload().has_alert()) return;
  const v1::Alert& alert = event.payload().alert();
  std::uint64_t& version = logbook.versions[alert.alert_id()];
  if (alert.version() <= version) return;  // apply only what is newer
  version = alert.version();
  if (alert.phase() == v1::PHASE_LIVE) {
    logbook.in_force.insert(alert.reference());
  } else {
    logbook.in_force.erase(alert.reference());
  }
}

}  // namespace gjallar::tool
