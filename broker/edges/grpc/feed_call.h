#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "broker/edges/grpc/services.h"
#include "gjallar/v1/publisher_service.pb.h"

namespace gjallar::edges {

/// One machine's feed: up to limits::kFeedPipelineMax commands under way, and all feeds together
/// limits::kFeedItemsMax and a few; answers in the order of the requests, each once all its items are
/// answered. Beyond that it stops reading, so that HTTP/2 holds the sender back. Owns itself until gRPC is
/// done with it.
class FeedCall final : public grpc::ServerBidiReactor<v1::FeedRequest, v1::FeedResponse>,
                       public OpenCall,
                       public std::enable_shared_from_this<FeedCall> {
 public:
  static FeedCall* start(Services& services, grpc::CallbackServerContext* context);

  explicit FeedCall(Services& services) : services_(services) {}
  void end() override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  /// A request that was read, and its answer as far as it is known.
  struct Asked {
    v1::FeedResponse response;
    std::size_t unanswered = 0;  ///< of its items
  };
  /// Which item: the number of its request, and its place there.
  struct Place {
    std::uint64_t request = 0;
    int item = 0;  ///< 0: the request itself; then those behind it
  };
  void begin(core::Result<domain::Principal> caller);
  void take();
  void take_item(v1::FeedRequest& item, Place place, const core::Result<void>& admitted);
  /// True if the feed must be seen to: its oldest request is answered, and nobody was told.
  [[nodiscard]] bool answer(Place place, core::Result<v1::CommandOutcome> outcome);
  /// Starts what can be started now. Reads are started in gRPC's own reactions only.
  void go_on(bool in_reaction);
  /// With the lock held.
  [[nodiscard]] grpc::Status final_status() const;
  [[nodiscard]] bool has_answer() const noexcept { return !asked_.empty() && asked_.front().unanswered == 0; }

  Services& services_;
  std::shared_ptr<FeedCall> self_;
  domain::Principal principal_;
  v1::FeedRequest incoming_;
  v1::FeedResponse outgoing_;

  std::mutex mutex_;
  std::deque<Asked> asked_;         ///< read and not yet written
  std::uint64_t first_number_ = 0;  ///< of asked_.front()
  std::size_t items_ = 0;           ///< of asked_
  std::size_t unanswered_ = 0;      ///< of those
  bool told_ = false;               ///< somebody will go on
  bool reading_ = false;
  bool writing_ = false;
  bool reads_over_ = false;
  bool cancelled_ = false;
  bool ending_ = false;
  bool finished_ = false;
};

}  // namespace gjallar::edges
