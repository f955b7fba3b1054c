#include "broker/fanout/registry.h"

#include <utility>

#include "broker/core/fault.h"
#include "broker/core/jitter.h"
#include "broker/core/limits.h"

namespace gjallar::fanout {

Registry::Place& Registry::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    leave();
    party_ = std::exchange(other.party_, nullptr);
  }
  return *this;
}

void Registry::Place::leave() noexcept {
  Parties::value_type* const party = std::exchange(party_, nullptr);
  if (party == nullptr) return;
  const std::shared_ptr<Registry> registry = party->second.registry;  // outlives its entry
  registry->leave(*party);
}

core::Result<Registry::Place> Registry::enter(const std::string& principal, const std::string& service) {
  const std::lock_guard lock(mutex_);
  if (draining_ && !core::faulty(core::Fault::kDrainingLetsIn)) {
    auto error = core::make_error(gjallar::v1::ERROR_CODE_UNAVAILABLE, "", "The broker is stopping.",
                                  "Connect again later.");
    error.retry_after = core::jittered(core::limits::kDrainTime);
    return error;
  }
  Principals::value_type& counted = *principals_.try_emplace(principal, 0).first;
  if (counted.second >= most_per_principal_ && !core::faulty(core::Fault::kLimitIgnored)) {
    auto error =
        core::make_error(gjallar::v1::ERROR_CODE_OVERLOADED, "", "This principal has too many sessions open.",
                         "Close sessions that are not needed.");
    error.retry_after = core::jittered(core::limits::kHeartbeatInterval);
    return error;
  }
  Parties::value_type& party = *parties_.try_emplace(std::pair(principal, service)).first;
  if (++party.second.count == 1) {
    party.second.principal = &counted;
    party.second.registry = shared_from_this();
  }
  ++counted.second;
  ++count_;
  return Place(party);
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
  for (const auto& entry : parties_) {
    if (!entry.first.second.empty()) services.insert(entry.first.second);
  }
  return services;
}

void Registry::leave(Parties::value_type& party) noexcept {
  const bool kept = core::faulty(core::Fault::kPlaceKept);
  const std::lock_guard lock(mutex_);
  Principals::value_type& principal = *party.second.principal;
  if (!kept && --principal.second == 0) principals_.erase(principals_.find(principal.first));
  if (--party.second.count == 0) parties_.erase(parties_.find(party.first));
  if (!kept && --count_ == 0) empty_.notify_all();
}

}  // namespace gjallar::fanout
