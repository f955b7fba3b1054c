#include "tests/support/simulated_log.h"

#include <memory>

#include "broker/core/fault.h"

namespace gjallar::testing {

std::string simulated_service(core::ServiceNumber service) {
  return "service-" + std::to_string(service);
}

bool concerns(const fanout::SharedEvent& event, core::ServiceNumber service) {
  return event->targets.contains(service);
}

bool changes(const fanout::SharedEvent& event, core::ServiceNumber service) {
  return event->type == v1::EVENT_TYPE_SERVICE_CHANGED && event->subject == simulated_service(service);
}

core::Seq SimulatedLog::append(std::mt19937_64& random, std::size_t count) {
  const core::Seq first = events_.size() + 1;
  for (std::size_t i = 0; i < count; ++i) {
    auto event = std::make_shared<fanout::EncodedEvent>();
    event->seq = events_.size() + 1;
    if (random() % 24 == 0) {
      const auto service = static_cast<core::ServiceNumber>(random() % kSimulatedServices);
      event->type = v1::EVENT_TYPE_SERVICE_CHANGED;
      event->subject = simulated_service(service);
      event->targets.add(service);
    } else {
      event->urgent = random() % 3 == 0;
      event->type = v1::EVENT_TYPE_ALERT_ISSUED;
      event->subject = "alert";
      for (core::ServiceNumber service = 0; service < kSimulatedServices; ++service) {
        if (random() % 2 == 0) event->targets.add(service);
      }
    }
    Entry entry;
    entry.event = std::move(event);
    for (std::size_t byte = 0; byte < 8; ++byte)
      entry.hash[byte] = static_cast<std::uint8_t>(random());
    events_.push_back(std::move(entry));
  }
  if (!core::faulty(core::Fault::kSyncSkipped)) synced_ = events_.size();
  acknowledged_ = events_.size();
  // Something else syncs sooner or later.
  if (random() % 4 == 0) synced_ = events_.size();
  return first;
}

void SimulatedLog::crash() {
  events_.resize(synced_);
}

void SimulatedLog::restore(core::Seq last) {
  events_.resize(last);
  synced_ = acknowledged_ = last;
}

core::Digest SimulatedLog::hash(core::Seq seq) const {
  return seq == 0 ? core::Digest{} : events_.at(seq - 1).hash;
}

bool SimulatedLog::holds(const fanout::SeenHead& seen) const {
  return seen.seq <= synced_ && hash(seen.seq) == seen.hash;
}

}  // namespace gjallar::testing
