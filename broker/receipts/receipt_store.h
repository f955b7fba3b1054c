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
};

/// The first time of each stage for one service and event.
struct Stages {
  std::optional<core::WallTime> written;
  std::optional<core::WallTime> received;
  std::optional<core::WallTime> acknowledged;
  TransportKind transport = TransportKind::kUnknown;  ///< of the first received, else written
};

/// Receipts: their own RocksDB and thread, synced at least every limits::kReceiptSyncInterval. Any thread.
class ReceiptStore {
 public:
  virtual ~ReceiptStore() = default;
  /// Takes a receipt; false if too many wait (the client repeats it on the next connect). `synced` (may be
  /// empty) is called on the receipts' thread once it is on disk.
  virtual bool record(Receipt receipt, std::function<void()> synced = {}) = 0;
  /// Everything recorded before the call is on disk when it returns, unless there is a finding.
  virtual void flush() = 0;
  [[nodiscard]] virtual core::Result<Stages> stages(core::ServiceNumber service, core::Seq seq) const = 0;
  /// Highest up_to that this client program has reported; 0: none.
  [[nodiscard]] virtual core::Result<core::Seq> received_up_to(core::ServiceNumber service,
                                                               std::string_view client_id) const = 0;
  /// Empty while receipts can be stored; else what is wrong, one line.
  [[nodiscard]] virtual std::string finding() const = 0;
  virtual void close() = 0;
};

/// Opens or creates the store. `log` tells which events concerned a service, and must outlive it.
[[nodiscard]] core::Result<std::unique_ptr<ReceiptStore>> open_receipt_store(
    const std::filesystem::path& directory, const log::EventLog& log);

}  // namespace gjallar::receipts
