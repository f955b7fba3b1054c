#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "broker/core/result.h"

namespace gjallar::edges {

/// Counts what each remote address has open, so that one can't take all there is. Outlives its places. Any
/// thread; opening and closing alone pass here.
class AddressLimits {
  struct Address {
    AddressLimits* limits = nullptr;
    std::size_t count = 0;
    std::string name;
  };

 public:
  /// `most`: for one address; 0: no limit, and nothing is counted.
  explicit AddressLimits(std::size_t most) : most_(most) {}
  AddressLimits(const AddressLimits&) = delete;
  AddressLimits& operator=(const AddressLimits&) = delete;

  /// The place of one connection or session; given back when it goes. One pointer: there are many.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : address_(std::exchange(other.address_, nullptr)) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { leave(); }
    void leave() noexcept;

   private:
    friend class AddressLimits;
    explicit Place(Address* address) noexcept : address_(address) {}
    Address* address_ = nullptr;
  };

  /// `address`: without the port. OVERLOADED with a time to wait, each another one, if it has too many.
  [[nodiscard]] core::Result<Place> enter(const std::string& address);
  /// How many the address has.
  [[nodiscard]] std::size_t count(const std::string& address) const;

 private:
  void leave(Address& address) noexcept;

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Address> addresses_;  ///< places point into it
};

/// The address in what gRPC calls a peer: "ipv4:127.0.0.1:4711", "ipv6:%5B::1%5D:4711", "unix:...". Without
/// the port; the whole text if it has another form. Pure.
[[nodiscard]] std::string address_of_peer(const std::string& peer);

}  // namespace gjallar::edges
