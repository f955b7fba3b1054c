#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "broker/fanout/catch_up.h"
#include "broker/projections/live_directory.h"
#include "broker/receipts/receipt_store.h"

namespace gjallar::fanout {

/// Takes out of a principal's confirmation what may not be stored. Without one, neither pseudonym nor note
/// is.
using ScreenAcknowledged =
    std::function<void(const std::string& principal, gjallar::v1::Acknowledged& acknowledged)>;

/// The one thread that reads the log for sessions. Each job works in bounded pieces and goes to the end of
/// the queue after each, so that a long catch-up delays nobody. Answers come on this thread and must not
/// block.
class CatchUpThread {
 public:
  template <typename T>
  using Done = std::function<void(core::Result<T>)>;

  /// All must outlive it. `committed`: the seq up to which the directory is published and events were handed
  /// to the shards.
  CatchUpThread(const log::EventLog& log, const projections::LiveDirectory& directory,
                receipts::ReceiptStore& receipts, const std::atomic<core::Seq>& committed,
                ScreenAcknowledged screen_acknowledged = {});
  ~CatchUpThread();
  CatchUpThread(const CatchUpThread&) = delete;
  CatchUpThread& operator=(const CatchUpThread&) = delete;

  void start();
  /// Jobs that wait are dropped; no answer comes after it.
  void stop();

  // Any thread. A session has at most one of these three outstanding, which bounds the queue.
  void prepare(StartPlan plan, Interest interest, Done<Prepared> done);
  void slice(Interest interest, core::Seq after, Done<Slice> done);
  void restate(Interest interest, SharedEvent event, Done<Restated> done);

  /// Records that a human of the principal's service confirmed a version of an alert. Dropped, for the client
  /// to repeat, if too many wait.
  void acknowledge(core::ServiceNumber service, const std::string& principal,
                   gjallar::v1::Acknowledged acknowledged, receipts::TransportKind transport,
                   core::WallTime time);

 private:
  /// One piece of work; true: again, at the end of the queue.
  using Piece = std::function<bool()>;
  struct Preparation;

  void post(Piece piece);
  void run();
  [[nodiscard]] core::Result<void> begin(Preparation& job);
  /// One piece of the preparation; true once nothing is left of it.
  [[nodiscard]] core::Result<bool> go_on(Preparation& job);
  [[nodiscard]] core::Result<void> take_urgent(Preparation& job);
  [[nodiscard]] core::Result<Slice> read_slice(const Interest& interest, core::Seq after);
  [[nodiscard]] core::Result<Restated> read_restated(const Interest& interest, const SharedEvent& event);
  [[nodiscard]] core::Result<SharedEvent> encoded(const log::LogSnapshot& snapshot, core::Seq seq);
  [[nodiscard]] core::Result<void> record_acknowledged(core::ServiceNumber service,
                                                       const gjallar::v1::Acknowledged& acknowledged,
                                                       receipts::TransportKind transport,
                                                       core::WallTime time);

  const log::EventLog& log_;
  const core::LogId log_id_;
  const projections::LiveDirectory& directory_;
  receipts::ReceiptStore& receipts_;
  const std::atomic<core::Seq>& committed_;
  const ScreenAcknowledged screen_acknowledged_;
  std::atomic<std::size_t> acknowledgements_waiting_{0};

  std::vector<SharedEvent>
      encoded_;  ///< lately encoded ones by seq modulo its size: many sessions catch up over the same events

  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<Piece> pieces_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gjallar::fanout
