// A client of a simulated fan-out, and what it must be told.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "tests/support/simulated_log.h"

namespace gjallar::testing {

/// One client program of one service, by the rules of docs/protocol.md. What it is due, it knows from the
/// log, and not from the broker.
class SimulatedClient {
 public:
  explicit SimulatedClient(core::ServiceNumber service) : service_(service) {}
  /// It comes to a broker with this log, whose shard has dispatched up to `dispatched`.
  void connected(const SimulatedLog& log, core::Seq dispatched);
  void apply(const fanout::Delivery& delivery, Finding& finding);
  void apply(const gjallar::v1::Frame& frame, Finding& finding);
  /// Whether it ended with all that concerns it, in order and once.
  void check(const SimulatedLog& log, Finding& finding) const;

  [[nodiscard]] core::ServiceNumber service() const noexcept { return service_; }
  /// Where to resume; nothing: it has no place yet.
  [[nodiscard]] const std::optional<core::Seq>& cursor() const noexcept { return cursor_; }
  /// The last head it was told of.
  [[nodiscard]] const std::optional<fanout::SeenHead>& seen() const noexcept { return seen_; }
  /// Its memory is lost: it comes back without a cursor.
  void forget();
  /// It comes back with a cursor of what the broker has lost.
  void claim(core::Seq seq) { cursor_ = seq; }

 private:
  void begin_in_order(Finding& finding);

  const core::ServiceNumber service_;
  std::optional<core::Seq> cursor_;
  std::optional<core::Seq> from_;  ///< all that concerns it after this is due
  std::optional<fanout::SeenHead> seen_;
  std::vector<core::Seq> in_order_;
  // Of the present session.
  std::optional<fanout::SeenHead> told_head_;
  std::set<core::Seq> overtaken_;
  std::set<core::Seq> due_ahead_;  ///< urgent, and due before anything in order
  bool fresh_ = true;              ///< nothing in order has come
  bool gap_due_ = false;
  bool state_due_ = false;
  bool state_came_ = false;
  bool restate_due_ = false;  ///< its interest changed: gap and state come before all else in order
};

}  // namespace gjallar::testing
