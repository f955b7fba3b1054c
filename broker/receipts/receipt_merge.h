#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "broker/core/result.h"
#include "broker/receipts/expansion.h"
#include "broker/receipts/receipt_store.h"

namespace gjallar::receipts {

/// Folds receipts into rows: rows that changed, on top of those that are stored. The live store, the rebuild
/// and tests fold by this. Stages merge by earliest time, positions by the highest. Not synchronised.
class ReceiptMerge {
 public:
  /// The stored value of a key; empty if there is none.
  using Read = std::function<core::Result<std::optional<std::string>>(const std::string& key)>;

  explicit ReceiptMerge(Read read) : read_(std::move(read)) {}

  /// Takes in one stage of one event. True if it told something new.
  [[nodiscard]] core::Result<bool> put_stage(core::Seq seq, const Receipt& receipt);
  /// Moves the position of the receipt's client to up_to. True if it moved.
  [[nodiscard]] core::Result<bool> put_client(const Receipt& receipt);
  /// Any row, as it is.
  void put(std::string key, std::string value) { changed_[std::move(key)] = std::move(value); }

  /// Takes in a receipt of the stream whole: it was expanded before, so its ranges are bounded.
  [[nodiscard]] core::Result<void> fold(const Receipt& receipt, Expansion& expansion);

  [[nodiscard]] const std::map<std::string, std::string>& changed() const noexcept { return changed_; }
  /// What changed is stored.
  void clear() { changed_.clear(); }

 private:
  [[nodiscard]] core::Result<std::optional<std::string>> held(const std::string& key) const;
  [[nodiscard]] core::Result<void> put_last(const Receipt& receipt);

  Read read_;
  std::map<std::string, std::string> changed_;
};

}  // namespace gjallar::receipts
