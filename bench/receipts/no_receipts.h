#pragma once

#include "broker/receipts/receipt_store.h"

namespace gjallar::bench {

/// Keeps nothing: the other side of the comparison.
class NoReceipts final : public receipts::ReceiptStore {
 public:
  bool record(receipts::Receipt, std::function<void()>) override { return true; }
  bool record_written(std::vector<receipts::Written>, core::WallTime) override { return true; }
  void flush() override {}
  core::Result<receipts::Stages> stages(core::ServiceNumber, core::Seq) const override {
    return receipts::Stages();
  }
  core::Result<core::Seq> received_up_to(core::ServiceNumber, std::string_view) const override {
    return core::Seq{0};
  }
  core::Result<receipts::LastReceipts> last_receipts(core::ServiceNumber) const override {
    return receipts::LastReceipts();
  }
  core::Result<void> for_each(
      std::uint64_t, const std::function<bool(std::uint64_t, const receipts::Receipt&)>&) const override {
    return {};
  }
  std::uint64_t written_up_to() const noexcept override { return 0; }
  std::string broker_id() const override { return {}; }
  core::Result<receipts::RefoldReport> refold() override { return receipts::RefoldReport(); }
  std::string finding() const override { return {}; }
  void close() override {}
};

}  // namespace gjallar::bench
