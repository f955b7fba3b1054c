// After random histories, with restarts, crashes and a full disk in the middle, the receipts' rows are their
// stream folded from zero, and say what a plain model says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "broker/receipts/expansion.h"
#include "broker/receipts/receipt_merge.h"
#include "broker/receipts/receipt_rows.h"
#include "broker/receipts/receipt_store.h"
#include "tests/support/full_disk.h"
#include "tests/support/rounds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using receipts::Receipt;
using receipts::Stage;

namespace {

constexpr int kServices = 5;
constexpr int kReceipts = 150;
constexpr core::WallTime kEvening{std::chrono::seconds(1'767'290'000)};

class RandomReceipts {
 public:
  explicit RandomReceipts(std::uint64_t seed) : engine_(seed), broker_(seed) {
    const std::vector<std::string> areas{"SE-01", "SE-12", "SE", "SE-0180", "NO-46"};
    for (int i = 0; i < kServices; ++i)
      broker_.add(sample_service("clinic-" + std::to_string(i), {areas[static_cast<std::size_t>(i)]}));
    broker_.issue(sample_content());
    open();
  }

  void run(int count) {
    for (int i = 0; i < count; ++i) {
      if (pick(6) == 0) {
        settle();  // what is beyond the head when it is given is so when it is handled
        broker_.issue(sample_content({pick(2) == 0 ? "SE-01" : "SE-12"}));
      }
      give_one();
      if (pick(40) == 0) restart();
    }
    settle();
  }

  /// Clean: what was recorded is there afterwards.
  void restart() {
    store_.reset();
    open();
  }

  /// Receipts go on while nothing can be written, and are stored once it can.
  void the_disk_fills_up() {
    settle();
    {
      const FullDisk full;
      for (int i = 0; i < 10; ++i)
        give_one();
      Receipt last = some_receipt();  // one that is news whatever came before
      last.service = 2;               // of the whole country: the last alert concerned it
      last.seqs = {broker_.log->head().seq};
      last.after = last.up_to = 0;
      while (store_->finding().empty() && fails_ < 10'000) {
        last.time = kEvening - std::chrono::seconds(++fails_);
        give(last);
        store_->flush();
      }
      REQUIRE_FALSE(store_->finding().empty());
    }
    while (!store_->finding().empty())
      std::this_thread::yield();
    settle();
  }

  /// As after kill -9: another store opens a copy of the files as they are now.
  void check_after_a_crash() {
    settle();
    const std::filesystem::path copy = broker_.folder.path() / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(directory(), copy, std::filesystem::copy_options::recursive);
    const auto found = receipts::open_receipt_store(copy, *broker_.log);
    REQUIRE(found.has_value());
    check(*found.value());
  }

  void check() { check(*store_); }

 private:
  void check(receipts::ReceiptStore& store) {
    const auto snapshot = broker_.log->snapshot();
    const std::map<std::string, std::string> folded = fold_from_zero(store);
    for (core::ServiceNumber service = 0; service < kServices; ++service) {
      for (core::Seq seq = 1; seq <= snapshot->head().seq; ++seq) {
        INFO("service " << service << ", seq " << seq);
        const receipts::Stages live = store.stages(service, seq).value();
        check_stage(folded, service, seq, Stage::kWritten, live.written);
        check_stage(folded, service, seq, Stage::kReceived, live.received);
        check_stage(folded, service, seq, Stage::kAcknowledged, live.acknowledged);
      }
    }
    const auto refolded = store.refold();
    REQUIRE(refolded.has_value());
    CHECK(refolded.value().differences == 0);
    CHECK(refolded.value().rows == folded.size());
    CHECK(refolded.value().receipts == store.written_up_to());
  }

  void check_stage(const std::map<std::string, std::string>& folded, core::ServiceNumber service,
                   core::Seq seq, Stage stage, const std::optional<core::WallTime>& live) {
    const auto modelled = model_.find({service, seq, stage});
    REQUIRE(live.has_value() == (modelled != model_.end()));
    const auto row = folded.find(receipts::rows::stage_key(service, seq, stage));
    REQUIRE(live.has_value() == (row != folded.end()));
    if (!live) return;
    CHECK(*live == modelled->second);
    CHECK(receipts::rows::decode_stage_time(row->second)->time == *live);
  }

  std::map<std::string, std::string> fold_from_zero(const receipts::ReceiptStore& store) {
    receipts::ReceiptMerge merge([](const std::string&) { return std::optional<std::string>(); });
    receipts::Expansion expansion(*broker_.log);
    core::Result<void> folded;
    const auto read = store.for_each(1, [&](std::uint64_t, const Receipt& receipt) {
      folded = merge.fold(receipt, expansion);
      return folded.has_value();
    });
    REQUIRE(read.has_value());
    REQUIRE(folded.has_value());
    return merge.changed();
  }

  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(engine_);
  }

  Receipt some_receipt() {
    Receipt receipt;
    receipt.service = static_cast<core::ServiceNumber>(pick(kServices));
    receipt.stage = static_cast<Stage>(1 + pick(3));
    receipt.time = kEvening + std::chrono::seconds(pick(1'000));
    receipt.transport = static_cast<receipts::TransportKind>(pick(5));
    const core::Seq head = broker_.log->head().seq;
    if (pick(2) == 0) {
      receipt.after = pick(head);
      receipt.up_to = receipt.after + pick(6);  // beyond the head too
      if (pick(2) == 0) receipt.client_id = "relay";
    }
    for (std::size_t left = pick(4); left > 0; --left)
      receipt.seqs.push_back(1 + pick(head + 2));
    if (receipt.stage == Stage::kAcknowledged && pick(2) == 0) receipt.note = "on display";
    return receipt;
  }

  void give_one() { give(some_receipt()); }

  void give(const Receipt& receipt) {
    REQUIRE(store_->record(receipt));
    given_.push_back(receipt);
  }

  /// Everything given is on disk; what it comes to by the plainest reading goes into the model.
  void settle() {
    store_->flush();
    const auto snapshot = broker_.log->snapshot();
    const auto take = [&](const Receipt& receipt, core::Seq seq) {
      if (seq == 0 || seq > snapshot->head().seq) return;
      if (!snapshot->read_header(seq).value().targets.contains(receipt.service)) return;
      const auto key = std::make_tuple(receipt.service, seq, receipt.stage);
      const auto held = model_.try_emplace(key, receipt.time).first;
      held->second = std::min(held->second, receipt.time);
    };
    for (const Receipt& receipt : given_) {
      for (const core::Seq seq : receipt.seqs)
        take(receipt, seq);
      for (core::Seq seq = receipt.after + 1; seq <= receipt.up_to; ++seq)
        take(receipt, seq);
    }
    given_.clear();
  }

  std::filesystem::path directory() const { return broker_.folder.path() / "receipts"; }
  void open() { store_ = receipts::open_receipt_store(directory(), *broker_.log).value(); }

  std::mt19937_64 engine_;
  TestBroker broker_;
  std::unique_ptr<receipts::ReceiptStore> store_;
  std::vector<Receipt> given_;  ///< not yet in the model
  std::map<std::tuple<core::ServiceNumber, core::Seq, Stage>, core::WallTime> model_;
  int fails_ = 0;
};

}  // namespace

TEST_CASE("the receipts' rows are their stream folded from zero, after restarts, crashes and a full disk") {
  const std::uint64_t seed = GENERATE(1, 2, 3, 4);
  INFO("seed " << seed);
  RandomReceipts history(seed);
  history.run(rounds(kReceipts));
  history.check();
  history.the_disk_fills_up();
  history.run(rounds(kReceipts));
  history.check();
  history.check_after_a_crash();
}
