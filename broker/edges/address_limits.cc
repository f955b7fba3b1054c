#include "broker/edges/address_limits.h"

#include <utility>

#include "broker/core/jitter.h"

namespace gjallar::edges {
namespace {

/// Before who was refused should come back; three times as much at most.
constexpr std::chrono::milliseconds kAddressRetryAfter{5'000};

}  // namespace

AddressLimits::Place& AddressLimits::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    leave();
    address_ = std::exchange(other.address_, nullptr);
  }
  return *this;
}

void AddressLimits::Place::leave() noexcept {
  if (Address* const address = std::exchange(address_, nullptr)) address->limits->leave(*address);
}

core::Result<AddressLimits::Place> AddressLimits::enter(const std::string& address) {
  if (most_ == 0) return Place();
  const std::lock_guard lock(mutex_);
  Address& held = addresses_[address];
  if (held.count >= most_) {
    auto error = core::make_error(
        gjallar::v1::ERROR_CODE_OVERLOADED, "", "Too many connections come from this address.",
        "Close those that aren't needed; if many share the address, ask the operator for a higher limit.");
    error.retry_after = core::jittered(kAddressRetryAfter);
    return error;
  }
  if (held.limits == nullptr) {
    held.limits = this;
    held.name = address;
  }
  ++held.count;
  return Place(&held);
}

std::size_t AddressLimits::count(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  const auto found = addresses_.find(address);
  return found == addresses_.end() ? 0 : found->second.count;
}

void AddressLimits::leave(Address& address) noexcept {
  const std::lock_guard lock(mutex_);
  if (--address.count > 0) return;
  const auto found = addresses_.find(address.name);
  if (found != addresses_.end()) addresses_.erase(found);
}

std::string address_of_peer(const std::string& peer) {
  const bool internet = peer.rfind("ipv4:", 0) == 0 || peer.rfind("ipv6:", 0) == 0;
  const std::size_t port = peer.rfind(':');
  if (!internet || port <= 5) return peer;
  return peer.substr(5, port - 5);
}

}  // namespace gjallar::edges
