#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "broker/core/limits.h"
#include "broker/core/result.h"

namespace gjallar::fanout {

/// Who is connected: counts sessions by principal and by service. Only the opening and the closing of
/// sessions pass here. Any thread.
class Registry : public std::enable_shared_from_this<Registry> {
  using Principals = std::map<std::string, std::size_t>;
  /// Sessions of one principal for one service, or for none.
  struct Party {
    std::size_t count = 0;
    Principals::value_type* principal = nullptr;  ///< all of its parties
    std::shared_ptr<Registry> registry;           ///< while anybody is counted here
  };
  using Parties = std::map<std::pair<std::string, std::string>, Party>;  ///< by principal and service

 public:
  explicit Registry(std::size_t most_per_principal = core::limits::kSessionsPerPrincipalMax)
      : most_per_principal_(most_per_principal) {}

  /// A session's place; gives it back when it goes. One pointer: there are many.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept : party_(std::exchange(other.party_, nullptr)) {}
    Place& operator=(Place&& other) noexcept;
    ~Place() { leave(); }
    void leave() noexcept;
    /// Whose session it is; nullptr once left.
    [[nodiscard]] const std::string* principal() const noexcept {
      return party_ == nullptr ? nullptr : &party_->first.first;
    }

   private:
    friend class Registry;
    explicit Place(Parties::value_type& party) noexcept : party_(&party) {}
    Parties::value_type* party_ = nullptr;  ///< stays while anybody is counted in it
  };

  /// OVERLOADED beyond what a principal may have; UNAVAILABLE once draining. `service`: of a receiving
  /// session, else empty.
  [[nodiscard]] core::Result<Place> enter(const std::string& principal, const std::string& service);
  void refuse_new();
  /// True once nobody is left; false if the time is over before.
  [[nodiscard]] bool wait_until_empty(std::chrono::milliseconds time);
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::set<std::string> services() const;

 private:
  void leave(Parties::value_type& party) noexcept;

  const std::size_t most_per_principal_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  Principals principals_;
  Parties parties_;
  std::uint64_t count_ = 0;
  bool draining_ = false;
};

}  // namespace gjallar::fanout
