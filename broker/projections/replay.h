#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/domain/principal.h"
#include "broker/log/event_log.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::projections {

/// Seqs from..to, both included; nothing if `to` is less.
struct SeqRange {
  core::Seq from = 1;
  core::Seq to = 0;
};

/// An event of a replay as it is sent.
struct ReplayedEvent {
  core::Seq seq = 0;
  core::WallTime time{};
  std::string_view bytes;  ///< serialised gjallar.v1.Event; good until the visit returns
};

/// One replay's way through the log, in slices, so that whoever reads may wait, send and let others have
/// their turn in between. Headers are read first; the payload of an event that isn't asked for is never
/// touched, so what is wrong with it isn't found; one that is handed on is as it was written, or the replay
/// ends with DATA_CORRUPT. One thread at a time.
class Replay {
 public:
  using Visit = std::function<bool(const ReplayedEvent&)>;

  /// Resolves range and filters at the snapshot; right operate or audit. PERMISSION_DENIED; as
  /// resolve_range; UNKNOWN_AREA; NOT_FOUND naming service_id or alert_id.
  [[nodiscard]] static core::Result<Replay> begin(const log::LogSnapshot& snapshot,
                                                  const domain::Principal& principal,
                                                  const gjallar::v1::ReplayRequest& request);
  /// Visits the next events, in order, until `visit` returns false or the slice is over: kBulkSliceRecords
  /// events, or the headers of eight times as many. The snapshot is the one it began with, or a later one.
  /// Overdose counts come without payload to who may not assess, tokens without hashes to who may not
  /// operate.
  [[nodiscard]] core::Result<void> read_slice(const log::LogSnapshot& snapshot, const Visit& visit);
  /// True once the last event of the range was looked at.
  [[nodiscard]] bool done() const noexcept { return next_ > to_; }
  /// The last seq of the range.
  [[nodiscard]] core::Seq to() const noexcept { return to_; }

 private:
  Replay() = default;
  [[nodiscard]] bool wants(const log::HeaderView& header) const;
  core::Result<void> find_alert(const log::LogSnapshot& snapshot, const std::string& id_or_reference);
  /// The event's bytes as this principal may see them, in `bytes_`.
  core::Result<void> write_bytes(const log::StoredEvent& event);

  core::Seq next_ = 1;  ///< first seq not yet looked at
  core::Seq to_ = 0;
  std::optional<core::ServiceNumber> service_;
  domain::ViewFilter view_;
  bool filters_view_ = false;
  std::vector<int> types_;
  std::string alert_id_;
  std::vector<core::Seq> of_alert_;  ///< with an alert: its events in the range
  std::size_t next_of_alert_ = 0;
  bool may_assess_ = false;
  bool may_operate_ = false;
  std::string bytes_;
};

}  // namespace gjallar::projections
