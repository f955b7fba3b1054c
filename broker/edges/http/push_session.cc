#include "broker/edges/http/push_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace gjallar::edges::http {
namespace {

/// Frames gathered into one write.
constexpr std::size_t kGatherMax = 128;
/// Room made at once for frames that are held back: a session's in-flight window.
constexpr std::size_t kHeldBack = core::limits::kSessionInFlightMax;
/// Bytes that a layout may make up for itself: heads of arrays, one a frame at most.
constexpr std::size_t kScratchBytes = kGatherMax * 32;
/// Writes in one go before the shard's other sessions have their turn.
constexpr int kWritesAtOnce = 8;
constexpr int kReadsAtOnce = 8;

/// The layout of the thread's write at hand.
Layout& layout_at_hand() {
  thread_local Layout layout;
  layout.clear();
  return layout;
}

}  // namespace

void Layout::clear() {
  pieces.clear();
  ends.clear();
  scratch.clear();
  scratch.reserve(kScratchBytes);
  size = 0;
}

void Layout::add(std::string_view piece) {
  if (piece.empty()) return;
  pieces.push_back({const_cast<char*>(piece.data()), piece.size()});
  size += piece.size();
}

void Layout::add_own(std::string_view piece) {
  const std::size_t at = scratch.size();
  scratch.append(piece);
  add(std::string_view(scratch).substr(at));
}

PushSession::PushSession(std::shared_ptr<EdgeContext> context, std::size_t shard)
    : context_(std::move(context)), shard_(static_cast<std::uint32_t>(shard)) {}

void PushSession::start(SessionSocket socket, std::string opening, std::string_view early,
                        std::shared_ptr<fanout::SessionHandle> handle) {
  socket_ = std::move(socket);
  handle_ = std::move(handle);
  self_ = shared_from_this();
  ticket_ = Connections::Ticket(context_->connections, shard_, self_);
  socket_.tune();
  if (context_->connections->closing() ||
      !context_->parts.hub.poller(shard_).add(socket_.descriptor(), *this)) {
    gone();
    return;
  }
  raw(std::move(opening));
  if (!early.empty() && !gone_) reading_ = take(early);
}

void PushSession::lay_out(const OutgoingFrame* frames, std::size_t count, std::size_t, Layout& layout) const {
  for (std::size_t i = 0; i < count; ++i) {
    layout.add(*frames[i].head);
    layout.add(frames[i].body());
    layout.end_frame();
  }
}

fanout::Sent PushSession::send(const fanout::Delivery& delivery, bool more) {
  if (gone_) return fanout::Sent::kQueued;
  return put(encode(delivery), more);
}

fanout::Sent PushSession::send(const v1::Frame& frame, bool more) {
  if (gone_) return fanout::Sent::kQueued;
  if (frame.has_heartbeat()) before_heartbeat();
  return put(encode(frame), more);
}

fanout::Sent PushSession::put(OutgoingFrame frame, bool more) {
  if (gone_) return fanout::Sent::kQueued;
  if (!more && waiting_.empty() && write_alone(frame)) return fanout::Sent::kWritten;
  if (gone_) return fanout::Sent::kQueued;
  if (more && waiting_.capacity() == 0) waiting_.reserve(kHeldBack);  // others follow
  waiting_.push_back(std::move(frame));
  return fanout::Sent::kQueued;
}

void PushSession::raw(std::string bytes) {
  (void)put({std::make_shared<const std::string>(std::move(bytes)), nullptr, false}, false);
}

bool PushSession::write_alone(OutgoingFrame& frame) {
  Layout& layout = layout_at_hand();
  lay_out(&frame, 1, 0, layout);
  const SessionSocket::Taken taken = socket_.write(layout.pieces.data(), layout.pieces.size());
  if (taken.gone) {
    gone();
    return false;
  }
  if (taken.bytes == layout.size) return true;
  sent_bytes_ = static_cast<std::uint32_t>(taken.bytes);
  pinned_ = 1;
  return false;
}

fanout::Flushed PushSession::flush(std::size_t returnable) {
  if (gone_) return {};
  fanout::Flushed flushed;
  flushed.written = write_waiting();
  // What is out in part stays, and what TLS has taken up; one stays anyway, so that being ready again is
  // news.
  if (socket_.keeps()) return flushed;
  const std::size_t kept = std::max<std::size_t>(pinned_, 1);
  if (waiting_.size() > kept) {
    flushed.returned = std::min(returnable, waiting_.size() - kept);
    waiting_.resize(waiting_.size() - flushed.returned);
    waiting_.shrink_to_fit();
  }
  return flushed;
}

std::size_t PushSession::write_waiting() {
  std::size_t written = 0;
  for (int writes = 0; !waiting_.empty() && writes < kWritesAtOnce; ++writes) {
    Layout& layout = layout_at_hand();
    lay_out(waiting_.data(), std::min(waiting_.size(), kGatherMax), pinned_, layout);
    std::size_t skip = sent_bytes_;
    std::size_t first = 0;
    while (skip >= layout.pieces[first].iov_len && skip > 0)
      skip -= layout.pieces[first++].iov_len;
    iovec& piece = layout.pieces[first];
    piece.iov_base = static_cast<char*>(piece.iov_base) + skip;
    piece.iov_len -= skip;
    const SessionSocket::Taken taken =
        socket_.write(layout.pieces.data() + first, layout.pieces.size() - first);
    if (taken.gone) {
      gone();
      return written;
    }
    const std::size_t out = sent_bytes_ + taken.bytes;
    const std::size_t whole = static_cast<std::size_t>(
        std::upper_bound(layout.ends.begin(), layout.ends.end(), out) - layout.ends.begin());
    for (std::size_t i = 0; i < whole; ++i) {
      if (waiting_[i].counted) ++written;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(whole));
    const std::size_t before = whole > 0 ? layout.ends[whole - 1] : 0;
    sent_bytes_ = static_cast<std::uint32_t>(out - before);
    // The message at the socket's edge comes out as the same bytes again: TLS may have taken it up already.
    pinned_ = 0;
    if (out < layout.size)
      pinned_ =
          static_cast<std::uint32_t>(std::count(layout.ends.begin(), layout.ends.end(), layout.ends[whole]));
    if (out < layout.size) return written;  // it will be ready again
  }
  if (waiting_.empty()) {
    std::vector<OutgoingFrame>().swap(waiting_);  // an idle session holds nothing
    end_if_finished();
  } else {
    come_back();
  }
  return written;
}

void PushSession::come_back() {
  // The socket has told of its edge already and won't again.
  boost::asio::post(context_->parts.hub.shard_context(shard_),
                    [self = shared_from_this()] { self->on_ready(); });
}

void PushSession::finish(const v1::Goodbye& goodbye) {
  if (gone_ || finishing_) return;
  v1::Frame frame;
  *frame.mutable_goodbye() = goodbye;
  reason_ = goodbye.reason();
  finishing_ = true;
  arm_close_timer();  // a client that doesn't read never sees the goodbye: its socket is cut
  // Behind what was held back, if anything was.
  (void)put(encode(frame), true);
  (void)write_waiting();
}

void PushSession::end_if_finished() {
  if (gone_ || !finishing_ || goodbye_said_ || !waiting_.empty()) return;
  goodbye_said_ = true;
  say_goodbye(reason_);
}

void PushSession::arm_close_timer() {
  if (close_timer_) return;
  close_timer_ = std::make_unique<boost::asio::steady_timer>(context_->parts.hub.shard_context(shard_),
                                                             core::limits::kSessionCloseTimeout);
  close_timer_->async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self) self->gone();
  });
}

void PushSession::linger() {
  if (gone_) return;
  arm_close_timer();
  socket_.shutdown_send();
  tell_closed();
}

void PushSession::tell_closed() {
  if (handle_) handle_->closed();
  handle_.reset();
}

void PushSession::on_ready() {
  if (gone_) return;
  const auto keep = self_;
  if (!waiting_.empty()) {
    const std::size_t written = write_waiting();
    if (written > 0 && handle_) handle_->written(written);
  }
  read();
}

void PushSession::read() {
  thread_local std::array<char, core::limits::kSessionReadBytes> buffer;
  for (int reads = 0; !gone_; ++reads) {
    if (reads == kReadsAtOnce) return come_back();
    const SessionSocket::Taken taken = socket_.read(buffer.data(), buffer.size());
    if (taken.bytes > 0 && reading_) reading_ = take({buffer.data(), taken.bytes});
    if (taken.gone) return gone();
    if (taken.bytes == 0) return;
  }
}

void PushSession::gone() {
  if (gone_) return;
  gone_ = true;
  const auto keep = std::move(self_);
  if (close_timer_) close_timer_->cancel();
  if (socket_.open()) {
    context_->parts.hub.poller(shard_).remove(socket_.descriptor(), *this);
    socket_.close();
  }
  waiting_.clear();
  tell_closed();
}

}  // namespace gjallar::edges::http
