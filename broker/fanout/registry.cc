#include "broker/fanout/registry.h"

#include <utility>

#include "broker/core/fault.h"
#include "broker/core/jitter.h"
#include "broker/core/limits.h"

namespace gjallar::fanout {
namespace {

using Counted = std::map<std::string, std::size_t>;

void count_down(Counted& counts, Counted::iterator entry) noexcept {
  if (entry != counts.end() && --entry->second == 0) counts.erase(entry);
}

}  // namespace

Registry::Place::Place(std::shared_ptr<Registry> registry, Counts::iterator principal,
                       Counts::iterator service)
    : registry_(std::move(registry)), principal_(principal), service_(service) {}

Registry::Place& Registry::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    leave();
    registry_ = std::move(other.registry_);
    principal_ = other.principal_;
    service_ = other.service_;
  }
  return *this;
}

Registry::Place::~Place() {
  leave();
}

void Registry::Place::leave() noexcept {
  if (const auto registry = std::exchange(registry_, nullptr)) registry->leave(principal_, service_);
}

core::Result<Registry::Place> Registry::enter(const std::string& principal, const std::string& service) {
  const std::lock_guard lock(mutex_);
  if (draining_ && !core::faulty(core::Fault::kDrainingLetsIn)) {
    auto error = core::make_error(gjallar::v1::ERROR_CODE_UNAVAILABLE, "", "The broker is stopping.",
                                  "Connect again later.");
    error.retry_after = core::jittered(core::limits::kDrainTime);
    return error;
  }
  const auto counted = by_principal_.try_emplace(principal, 0).first;
  if (counted->second >= most_per_principal_ && !core::faulty(core::Fault::kLimitIgnored)) {
    auto error =
        core::make_error(gjallar::v1::ERROR_CODE_OVERLOADED, "", "This principal has too many sessions open.",
                         "Close sessions that are not needed.");
    error.retry_after = core::jittered(core::limits::kHeartbeatInterval);
    return error;
  }
  auto of_service = by_service_.end();
  if (!service.empty()) of_service = by_service_.try_emplace(service, 0).first;
  ++counted->second;
  if (of_service != by_service_.end()) ++of_service->second;
  ++count_;
  return Place(shared_from_this(), counted, of_service);
}

void Registry::refuse_new() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
}

bool Registry::wait_until_empty(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, time, [this] { return count_ == 0; });
}

std::uint64_t Registry::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::set<std::string> Registry::services() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> services;
  for (const auto& entry : by_service_)
    services.insert(entry.first);
  return services;
}

void Registry::leave(Counts::iterator principal, Counts::iterator service) noexcept {
  if (core::faulty(core::Fault::kPlaceKept)) return;
  const std::lock_guard lock(mutex_);
  count_down(by_principal_, principal);
  count_down(by_service_, service);
  if (--count_ == 0) empty_.notify_all();
}

}  // namespace gjallar::fanout
