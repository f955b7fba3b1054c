#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "broker/log/event_log.h"
#include "broker/receipts/receipt_store.h"
#include "gjallar/v1/alert.pb.h"

namespace gjallar::operations {

/// The status in a serialised EventPayload about an alert, found without parsing the rest; STATUS_UNSPECIFIED
/// if it isn't there.
[[nodiscard]] gjallar::v1::Status status_in_payload(std::string_view payload) noexcept;

/// Which of the last events were about exercises: those since the start, 4,096 at most. Any thread.
class ExerciseSeqs {
 public:
  void note(core::Seq seq) noexcept { slot(seq).store(seq, std::memory_order_relaxed); }
  [[nodiscard]] bool contains(core::Seq seq) const noexcept {
    return seq != 0 && slots_[seq % slots_.size()].load(std::memory_order_relaxed) == seq;
  }

 private:
  [[nodiscard]] std::atomic<core::Seq>& slot(core::Seq seq) noexcept { return slots_[seq % slots_.size()]; }
  std::array<std::atomic<core::Seq>, 4'096> slots_{};
};

/// A log that counts what passes through it. Same threads as the log it stands before, which must outlive it.
class CountedLog final : public log::EventLog {
 public:
  explicit CountedLog(log::EventLog& log) : log_(log) {}

  void append(log::AppendRequest request, std::function<void(log::AppendOutcome)> done) override;
  void on_prepared(std::function<void(const log::CommittedGroup&)> listener) override {
    log_.on_prepared(std::move(listener));
  }
  void on_committed(std::function<void(const log::CommittedGroup&, const log::Head&)> listener) override;
  [[nodiscard]] core::LogId id() const override { return log_.id(); }
  [[nodiscard]] log::Head head() const override { return log_.head(); }
  [[nodiscard]] std::unique_ptr<log::LogSnapshot> snapshot() const override { return log_.snapshot(); }
  [[nodiscard]] std::size_t waiting() const override { return log_.waiting(); }
  [[nodiscard]] std::string finding() const override { return log_.finding(); }
  [[nodiscard]] core::Result<RebuildReport> rebuild() override { return log_.rebuild(); }
  void close() override { log_.close(); }

  [[nodiscard]] std::uint64_t commands(log::AppendStatus status) const noexcept {
    return commands_[static_cast<std::size_t>(status)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t events() const noexcept { return events_.load(std::memory_order_relaxed); }
  /// Events about alerts of this status; unset: of no status that can be told.
  [[nodiscard]] std::uint64_t alert_events(gjallar::v1::Status status) const noexcept {
    return alert_events_[static_cast<std::size_t>(status)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t groups() const noexcept { return groups_.load(std::memory_order_relaxed); }
  [[nodiscard]] const ExerciseSeqs& exercises() const noexcept { return exercises_; }

 private:
  log::EventLog& log_;
  std::array<std::atomic<std::uint64_t>, 5> commands_{};
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> groups_{0};
  std::array<std::atomic<std::uint64_t>, gjallar::v1::Status_ARRAYSIZE> alert_events_{};
  ExerciseSeqs exercises_;
};

/// Receipts that are counted on their way, those of exercises apart: by the last event that a receipt is
/// about. Same threads as the store it stands before, which must outlive it, as must `exercises`.
class CountedReceipts final : public receipts::ReceiptStore {
 public:
  CountedReceipts(receipts::ReceiptStore& store, const ExerciseSeqs& exercises)
      : store_(store), exercises_(exercises) {}

  bool record(receipts::Receipt receipt, std::function<void()> synced) override;
  bool record_written(std::vector<receipts::Written> written, core::WallTime time) override;
  void flush() override { store_.flush(); }
  [[nodiscard]] core::Result<receipts::Stages> stages(core::ServiceNumber service,
                                                      core::Seq seq) const override {
    return store_.stages(service, seq);
  }
  [[nodiscard]] core::Result<core::Seq> received_up_to(core::ServiceNumber service,
                                                       std::string_view client_id) const override {
    return store_.received_up_to(service, client_id);
  }
  [[nodiscard]] core::Result<receipts::LastReceipts> last_receipts(
      core::ServiceNumber service) const override {
    return store_.last_receipts(service);
  }
  [[nodiscard]] core::Result<void> for_each(
      std::uint64_t from,
      const std::function<bool(std::uint64_t, const receipts::Receipt&)>& visit) const override {
    return store_.for_each(from, visit);
  }
  [[nodiscard]] std::uint64_t written_up_to() const noexcept override { return store_.written_up_to(); }
  [[nodiscard]] std::string broker_id() const override { return store_.broker_id(); }
  [[nodiscard]] core::Result<receipts::RefoldReport> refold() override { return store_.refold(); }
  [[nodiscard]] std::string finding() const override { return store_.finding(); }
  void close() override { store_.close(); }

  [[nodiscard]] std::uint64_t taken(receipts::Stage stage, bool exercise) const noexcept {
    return taken_[exercise ? 1 : 0][static_cast<std::size_t>(stage)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  receipts::ReceiptStore& store_;
  const ExerciseSeqs& exercises_;
  std::array<std::array<std::atomic<std::uint64_t>, 4>, 2> taken_{};  ///< [exercise][stage]
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace gjallar::operations
