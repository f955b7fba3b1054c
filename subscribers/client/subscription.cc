#include "subscribers/client/subscription.h"

#include <algorithm>
#include <random>
#include <utility>

namespace gjallar::client {
namespace {

namespace v1 = gjallar::v1;
constexpr std::chrono::milliseconds kFirstReconnectPause{100};
constexpr std::chrono::milliseconds kLongestReconnectPause{5'000};
/// Seqs kept for repeating their receipts: more than a broker takes in between two syncs of its receipts.
constexpr std::size_t kRecentMax = 1'024;

/// Credentials and requests don't get better by trying again.
bool is_final(const core::Error& error) {
  switch (error.code) {
    case v1::ERROR_CODE_UNAUTHENTICATED:
    case v1::ERROR_CODE_PERMISSION_DENIED:
    case v1::ERROR_CODE_INVALID_ARGUMENT:
    case v1::ERROR_CODE_MISSING_FIELD:
    case v1::ERROR_CODE_INVALID_CURSOR:
    case v1::ERROR_CODE_UNKNOWN_SERVICE:
    case v1::ERROR_CODE_UNKNOWN_AREA:
    case v1::ERROR_CODE_UNKNOWN_ROLE:
    case v1::ERROR_CODE_SERVICE_DISABLED:
      return true;
    default:
      return false;
  }
}

}  // namespace

Subscription::Subscription(SubscriptionOptions options, OnFrame on_frame, OnEnd on_end)
    : options_(std::move(options)),
      on_frame_(std::move(on_frame)),
      on_end_(std::move(on_end)),
      cursor_(options_.cursor.value_or("")) {}

void Subscription::start() {
  thread_ = std::thread([this] { run(); });
}

void Subscription::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  interrupt();
  if (thread_.joinable()) thread_.join();
}

void Subscription::run() {
  std::minstd_rand jitter(std::random_device{}());
  auto pause = kFirstReconnectPause;
  while (!stopping_) {
    const auto began = std::chrono::steady_clock::now();
    const core::Error error = run_connection();
    if (stopping_) return;
    const bool final = !reconnect_ || is_final(error);
    if (on_end_) on_end_(error, final);
    if (final) return;
    if (std::chrono::steady_clock::now() - began > std::chrono::seconds(5)) pause = kFirstReconnectPause;
    const auto wait =
        std::max(error.retry_after.value_or(std::chrono::milliseconds(0)),
                 std::chrono::milliseconds(pause.count() / 2 + static_cast<long>(jitter()) % pause.count()));
    pause = std::min(pause * 2, kLongestReconnectPause);
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, wait, [this] { return stopping_.load(); });
  }
}

std::optional<v1::Received> Subscription::take(const v1::Frame& frame) {
  std::optional<v1::Received> received;
  switch (frame.frame_case()) {
    case v1::Frame::kHello:
      // Cut before the state of another log is here, it must be told of it again.
      adopting_ = frame.hello().resumption() == v1::RESUMPTION_FORK ||
                  frame.hello().resumption() == v1::RESUMPTION_GAP;
      (adopting_ ? adopted_ : seen_) = {frame.hello().head_seq(), frame.hello().head_hash()};
      // What a crash of the broker made it forget, it is told again, one by one: earlier ones may never have
      // come here.
      if (frame.hello().resumption() == v1::RESUMPTION_UP_TO_DATE ||
          frame.hello().resumption() == v1::RESUMPTION_REPLAYING) {
        for (const std::uint64_t seq : recent_) {
          if (seq <= frame.hello().received_seq()) continue;
          if (!received) received.emplace();
          received->add_seqs(seq);
        }
      }
      break;
    case v1::Frame::kState:
      received.emplace().add_seqs(frame.state().seq());
      break;
    case v1::Frame::kEvent: {
      const v1::EventDelivery& delivery = frame.event();
      if (delivery.overtaking()) {
        received.emplace().add_seqs(delivery.event().seq());
      } else {
        if (delivery.event().seq() <= last_seq_) return std::nullopt;
        last_seq_ = delivery.event().seq();
        recent_.push_back(last_seq_);
        if (recent_.size() > kRecentMax) recent_.pop_front();
        cursor_ = delivery.cursor();
        received.emplace().set_up_to_seq(last_seq_);
      }
      break;
    }
    case v1::Frame::kBatch:
      for (const v1::EventDelivery& delivery : frame.batch().deliveries()) {
        v1::Frame single;
        *single.mutable_event() = delivery;
        if (auto one = take(single)) {
          if (!received) received.emplace();
          if (one->up_to_seq() != 0) received->set_up_to_seq(one->up_to_seq());
          received->mutable_seqs()->MergeFrom(one->seqs());
        }
      }
      if (!options_.send_received) received.reset();
      return received;
    case v1::Frame::kCaughtup:
      cursor_ = frame.caughtup().cursor();
      if (std::exchange(adopting_, false)) seen_ = adopted_;
      break;
    case v1::Frame::kHeartbeat:
      if (!adopting_) seen_ = {frame.heartbeat().head_seq(), frame.heartbeat().head_hash()};
      if (!frame.heartbeat().cursor().empty()) cursor_ = frame.heartbeat().cursor();
      break;
    case v1::Frame::kGap:
      last_seq_ = 0;
      recent_.clear();
      break;
    case v1::Frame::kGoodbye:
      reconnect_ = frame.goodbye().reconnect();
      break;
    default:
      break;
  }
  on_frame_(frame);
  if (!options_.send_received) received.reset();
  return received;
}

}  // namespace gjallar::client
