#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "broker/core/limits.h"
#include "broker/core/result.h"

namespace gjallar::fanout {

/// Who is connected: counts sessions by principal and by service. Only the opening and the closing of
/// sessions pass here. Any thread.
class Registry : public std::enable_shared_from_this<Registry> {
  using Counts = std::map<std::string, std::size_t>;

 public:
  explicit Registry(std::size_t most_per_principal = core::limits::kSessionsPerPrincipalMax)
      : most_per_principal_(most_per_principal) {}

  /// A session's place; gives it back when it goes.
  class Place {
   public:
    Place() = default;
    Place(std::shared_ptr<Registry> registry, Counts::iterator principal, Counts::iterator service);
    Place(Place&& other) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place();
    void leave() noexcept;
    /// Whose session it is; only until `leave`. An entry's key never changes.
    [[nodiscard]] const std::string& principal() const noexcept { return principal_->first; }

   private:
    std::shared_ptr<Registry> registry_;
    // What it is counted in. An entry stays while anybody is counted in it, so these are good until leave.
    Counts::iterator principal_;
    Counts::iterator service_;  ///< by_service_'s end: none
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
  void leave(Counts::iterator principal, Counts::iterator service) noexcept;

  const std::size_t most_per_principal_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  Counts by_principal_;
  Counts by_service_;
  std::uint64_t count_ = 0;
  bool draining_ = false;
};

}  // namespace gjallar::fanout
