// The log of a simulated fan-out, and the rules that everybody there goes by.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "broker/fanout/frame.h"
#include "broker/fanout/session.h"

namespace gjallar::testing {

inline const core::LogId kSimulatedLogId("0123456789ABCDEF");
inline constexpr core::ServiceNumber kSimulatedServices = 3;
/// Two of one service: they share what sessions of one interest share.
inline constexpr std::size_t kSimulatedClients = 4;

/// What is wrong; empty as long as nothing is.
using Finding = std::string;

[[nodiscard]] std::string simulated_service(core::ServiceNumber service);
[[nodiscard]] bool concerns(const fanout::SharedEvent& event, core::ServiceNumber service);
/// Whether the event changes what concerns the service.
[[nodiscard]] bool changes(const fanout::SharedEvent& event, core::ServiceNumber service);

/// The log: what is appended is there for readers once it is synced; a crash takes the rest.
class SimulatedLog {
 public:
  /// Appends events, and syncs them. Returns the first seq.
  core::Seq append(std::mt19937_64& random, std::size_t count);
  void crash();
  /// It is started on an older copy: what came after `last` is lost, and what comes now is something else.
  void restore(core::Seq last);
  [[nodiscard]] core::Seq head() const noexcept { return synced_; }
  [[nodiscard]] const fanout::SharedEvent& at(core::Seq seq) const { return events_.at(seq - 1).event; }
  /// Stands for the chain's hash. Of seq 0: nothing's.
  [[nodiscard]] core::Digest hash(core::Seq seq) const;
  [[nodiscard]] bool holds(const fanout::SeenHead& seen) const;
  /// Told to publishers as committed.
  [[nodiscard]] core::Seq acknowledged() const noexcept { return acknowledged_; }

 private:
  struct Entry {
    fanout::SharedEvent event;
    core::Digest hash{};
  };
  std::vector<Entry> events_;
  core::Seq synced_ = 0;
  core::Seq acknowledged_ = 0;
};

}  // namespace gjallar::testing
