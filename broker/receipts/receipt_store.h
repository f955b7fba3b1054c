#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/clock.h"
#include "broker/core/ids.h"
#include "broker/core/result.h"
#include "broker/log/event_log.h"

namespace gjallar::receipts {

/// How far a service is with an event. On disk: never reuse a number.
enum class Stage : std::uint8_t { kWritten = 1, kReceived = 2, kAcknowledged = 3 };
/// Over which transport. On disk: never reuse a number.
enum class TransportKind : std::uint8_t { kUnknown = 0, kWebSocket = 1, kGrpc = 2, kSse = 3, kHttp = 4 };
[[nodiscard]] std::string_view transport_name(TransportKind kind) noexcept;

/// What a session or a person reported. The time of the first of a stage counts.
struct Receipt {
  core::ServiceNumber service = 0;
  Stage stage = Stage::kReceived;
  /// Single seqs.
  std::vector<core::Seq> seqs;
  /// And every event that concerned the service with after < seq <= up_to; up_to 0: none.
  core::Seq after = 0;
  core::Seq up_to = 0;
  core::WallTime time{};
  TransportKind transport = TransportKind::kUnknown;
  /// The program whose cumulative position moves to up_to; empty: none.
  std::string client_id;
  /// With kAcknowledged: opaque name of who confirmed, at most 64 ASCII characters; and what they had to say,
  /// at most 200 characters that have passed the privacy gate. May be empty.
  std::string pseudonym;
  std::string note;
};

/// What was written to sessions of one service over one transport.
struct Written {
  core::ServiceNumber service = 0;
  TransportKind transport = TransportKind::kUnknown;
  std::vector<core::Seq> seqs;
};
[[nodiscard]] Receipt receipt_of(Written written, core::WallTime time);

/// The first time of each stage for one service and event.
struct Stages {
  std::optional<core::WallTime> written;
  std::optional<core::WallTime> received;
  std::optional<core::WallTime> acknowledged;
  TransportKind transport = TransportKind::kUnknown;  ///< of the first received, else written
  std::string pseudonym;                              ///< of the first acknowledged
  std::string note;
};

/// When a service last gave a receipt that told something new.
struct LastReceipts {
  std::optional<core::WallTime> received;
  std::optional<core::WallTime> acknowledged;
};

/// What came of folding the receipts' rows anew.
struct RefoldReport {
  std::uint64_t receipts = 0;
  std::uint64_t rows = 0;
  std::uint64_t differences = 0;  ///< rows that were other than their fold, and are mended
};

/// Receipts: a durable stream of their own (n → receipt, n from 1) in their own RocksDB, and the rows folded
/// from it, which are written with it in one batch. A receipt that tells nothing new isn't in the stream; a
/// long range is there piece by piece. Own thread, synced at least every limits::kReceiptSyncInterval. Any
/// thread may call.
class ReceiptStore {
 public:
  virtual ~ReceiptStore() = default;
  /// Takes a receipt; false if too many wait (the client repeats it on the next connect). `synced` (may be
  /// empty) is called on the receipts' thread once it is on disk.
  virtual bool record(Receipt receipt, std::function<void()> synced = {}) = 0;
  /// Takes what a shard has written, a receipt each with this time, at the cost of one on the caller's
  /// thread. On disk as record() puts it. False if too many wait: none of them is taken.
  virtual bool record_written(std::vector<Written> written, core::WallTime time) = 0;
  /// Everything recorded before the call is on disk when it returns, unless there is a finding.
  virtual void flush() = 0;
  [[nodiscard]] virtual core::Result<Stages> stages(core::ServiceNumber service, core::Seq seq) const = 0;
  /// Highest up_to that this client program has reported; 0: none.
  [[nodiscard]] virtual core::Result<core::Seq> received_up_to(core::ServiceNumber service,
                                                               std::string_view client_id) const = 0;
  [[nodiscard]] virtual core::Result<LastReceipts> last_receipts(core::ServiceNumber service) const = 0;

  /// Visits the stream's receipts from number `from` on until `visit` returns false. DATA_CORRUPT.
  [[nodiscard]] virtual core::Result<void> for_each(
      std::uint64_t from,
      const std::function<bool(std::uint64_t n, const Receipt& receipt)>& visit) const = 0;
  /// n of the last receipt that was written: as long as it stays the same, so do the rows.
  [[nodiscard]] virtual std::uint64_t written_up_to() const noexcept = 0;
  /// This store's own id, made once at random: with n it names a receipt among those of several brokers.
  [[nodiscard]] virtual std::string broker_id() const = 0;
  /// Folds the rows anew from stream and log, compares, and mends what differs, slice by slice while receipts
  /// go on. Calling thread works; one at a time. DATA_CORRUPT; UNAVAILABLE if the disk fails meanwhile.
  [[nodiscard]] virtual core::Result<RefoldReport> refold() = 0;

  /// Empty while receipts can be stored; else what is wrong, one line.
  [[nodiscard]] virtual std::string finding() const = 0;
  virtual void close() = 0;
};

/// Opens or creates the store. `log` tells which events concerned a service, and must outlive it.
[[nodiscard]] core::Result<std::unique_ptr<ReceiptStore>> open_receipt_store(
    const std::filesystem::path& directory, const log::EventLog& log);

}  // namespace gjallar::receipts
