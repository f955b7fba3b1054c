#include "broker/receipts/receipt_merge.h"

#include <algorithm>
#include <utility>

#include "broker/receipts/receipt_rows.h"

namespace gjallar::receipts {

core::Result<std::optional<std::string>> ReceiptMerge::held(const std::string& key) const {
  if (const auto found = changed_.find(key); found != changed_.end()) return std::optional(found->second);
  return read_(key);
}

core::Result<bool> ReceiptMerge::put_stage(core::Seq seq, const Receipt& receipt) {
  const std::string key = rows::stage_key(receipt.service, seq, receipt.stage);
  const auto before = held(key);
  if (!before) return before.error();
  const rows::StageTime now{receipt.time, receipt.transport, receipt.pseudonym, receipt.note};
  if (before.value()) {
    const auto first = rows::decode_stage_time(*before.value());
    if (first && !rows::counts_before(now, *first)) return false;
  }
  GJALLAR_TRY(put_last(receipt));  // first: whole or not at all
  changed_[key] = rows::encode(now);
  return true;
}

core::Result<void> ReceiptMerge::put_last(const Receipt& receipt) {
  if (receipt.stage == Stage::kWritten) return {};  // the broker's own doing
  const std::string key = rows::last_key(receipt.service, receipt.stage);
  const auto before = held(key);
  if (!before) return before.error();
  const auto last = before.value() ? rows::decode_time(*before.value()) : std::nullopt;
  if (!last || *last < receipt.time) changed_[key] = rows::encode(receipt.time);
  return {};
}

core::Result<bool> ReceiptMerge::put_client(const Receipt& receipt) {
  const std::string key = rows::client_key(receipt.service, receipt.client_id);
  const auto before = held(key);
  if (!before) return before.error();
  const auto reached = before.value() ? rows::decode_seq(*before.value()) : std::nullopt;
  if (reached && *reached >= receipt.up_to) return false;
  changed_[key] = rows::encode(receipt.up_to);
  return true;
}

core::Result<void> ReceiptMerge::fold(const Receipt& receipt, Expansion& expansion) {
  const auto take = [&](core::Seq seq) -> core::Result<void> {
    const auto concerned = expansion.concerned(seq, receipt.service);
    if (!concerned) return concerned.error();
    if (!concerned.value()) return {};
    const auto told = put_stage(seq, receipt);
    return told ? core::Result<void>() : core::Result<void>(told.error());
  };
  for (const core::Seq seq : receipt.seqs)
    GJALLAR_TRY(take(seq));
  for (core::Seq seq = receipt.after + 1; seq <= receipt.up_to; ++seq)
    GJALLAR_TRY(take(seq));
  if (receipt.client_id.empty() || receipt.up_to == 0) return {};
  const auto moved = put_client(receipt);
  return moved ? core::Result<void>() : core::Result<void>(moved.error());
}

}  // namespace gjallar::receipts
