#include "broker/edges/http/push_session.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace gjallar::edges::http {
namespace {

/// Frames gathered into one write.
constexpr std::size_t kGatherMax = 128;
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

/// What waits for the socket.
struct PushSession::Queue {
  std::vector<OutgoingFrame> frames;
  std::uint32_t sent_bytes = 0;  ///< of the first write that waits
  std::uint32_t pinned = 0;      ///< frames of the message at the socket's edge; 0: none is
  gjallar::v1::GoodbyeReason reason = gjallar::v1::GOODBYE_REASON_UNSPECIFIED;
  std::unique_ptr<boost::asio::steady_timer> close_timer;
};

PushSession::PushSession(EdgeContext& context, std::size_t shard) noexcept
    : shard_(static_cast<std::uint32_t>(shard)), context_(context) {}

PushSession::~PushSession() {
  socket_.close();  // gives back its place in the context
  if (known_) context_.connections->remove(shard_, *this);
}

std::unique_ptr<PushSession::Queue>& PushSession::spare() noexcept {
  thread_local std::unique_ptr<Queue> spare;
  return spare;
}

PushSession::Queue& PushSession::queue() {
  if (!queue_) queue_ = spare() ? std::move(spare()) : std::make_unique<Queue>();
  return *queue_;
}

void PushSession::rest() noexcept {
  if (!queue_ || !queue_->frames.empty() || queue_->close_timer) return;
  queue_->sent_bytes = queue_->pinned = 0;
  if (queue_->frames.capacity() <= kGatherMax * 2) spare() = std::move(queue_);
  queue_.reset();
}

std::size_t PushSession::waiting() const noexcept {
  return queue_ ? queue_->frames.size() : 0;
}

std::shared_ptr<void> PushSession::keep() {
  core::Owned<PushSession> self = core::owned_if_alive(this);
  if (!self) return nullptr;
  return {this, [self = std::move(self)](void*) {}};
}

void PushSession::start(SessionSocket socket, std::string opening, std::string_view early,
                        core::Owned<fanout::SessionHandle> handle) {
  socket_ = std::move(socket);
  handle_ = std::move(handle);
  const core::Owned<PushSession> self(this);
  context_.connections->add(shard_, *this, context_.shared_from_this());
  known_ = true;
  intrusive_ptr_add_ref(this);  // until it is gone
  socket_.tune();
  if (context_.connections->closing() ||
      !context_.parts.hub.poller(shard_).add(socket_.descriptor(), *this)) {
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
  if (!more && waiting() == 0 && write_alone(frame)) return fanout::Sent::kWritten;
  if (!gone_) queue().frames.push_back(std::move(frame));
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
  queue().sent_bytes = static_cast<std::uint32_t>(taken.bytes);
  queue().pinned = 1;
  return false;
}

fanout::Flushed PushSession::flush(std::size_t returnable) {
  if (gone_) return {};
  fanout::Flushed flushed = write_waiting();
  // What is out in part stays, and what TLS has taken up; one stays anyway, so that being ready again is
  // news.
  if (socket_.keeps() || !queue_) return flushed;
  std::vector<OutgoingFrame>& frames = queue_->frames;
  const std::size_t kept = std::max<std::size_t>(queue_->pinned, 1);
  if (frames.size() > kept) {
    flushed.returned = std::min(returnable, frames.size() - kept);
    frames.resize(frames.size() - flushed.returned);
    leave_room();
  }
  return flushed;
}

void PushSession::leave_room() {
  std::vector<OutgoingFrame> room(queue_->frames);
  room.swap(queue_->frames);
  if (!spare()) spare() = std::make_unique<Queue>();
  if (spare()->frames.capacity() >= room.capacity() || room.capacity() > kGatherMax * 2) return;
  room.clear();
  spare()->frames = std::move(room);
}

fanout::Flushed PushSession::write_waiting() {
  fanout::Flushed flushed;
  if (!queue_) return flushed;
  std::vector<OutgoingFrame>& frames = queue_->frames;
  for (int writes = 0; !frames.empty() && writes < kWritesAtOnce; ++writes) {
    Layout& layout = layout_at_hand();
    lay_out(frames.data(), std::min(frames.size(), kGatherMax), queue_->pinned, layout);
    std::size_t skip = queue_->sent_bytes;
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
      return flushed;
    }
    const std::size_t out = queue_->sent_bytes + taken.bytes;
    const std::size_t whole = static_cast<std::size_t>(
        std::upper_bound(layout.ends.begin(), layout.ends.end(), out) - layout.ends.begin());
    for (std::size_t i = 0; i < whole; ++i) {
      if (frames[i].counted) ++flushed.written;
    }
    frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(whole));
    const std::size_t before = whole > 0 ? layout.ends[whole - 1] : 0;
    queue_->sent_bytes = static_cast<std::uint32_t>(out - before);
    // The message at the socket's edge comes out as the same bytes again: TLS may have taken it up already.
    queue_->pinned = 0;
    if (out < layout.size) {
      queue_->pinned =
          static_cast<std::uint32_t>(std::count(layout.ends.begin(), layout.ends.end(), layout.ends[whole]));
      flushed.full = true;
      return flushed;
    }
  }
  if (frames.empty()) {
    rest();
    end_if_finished();
  } else {
    come_back();
  }
  return flushed;
}

void PushSession::come_back() {
  // The socket has told of its edge already and won't again.
  boost::asio::post(context_.parts.hub.shard_context(shard_),
                    [self = core::Owned<PushSession>(this)] { self->on_ready(); });
}

void PushSession::finish(const v1::Goodbye& goodbye) {
  if (gone_ || finishing_) return;
  v1::Frame frame;
  *frame.mutable_goodbye() = goodbye;
  finishing_ = true;
  queue().reason = goodbye.reason();
  arm_close_timer();  // a client that doesn't read never sees the goodbye: its socket is cut
  // Behind what was held back, if anything was.
  (void)put(encode(frame), true);
  (void)write_waiting();
}

void PushSession::end_if_finished() {
  if (gone_ || !finishing_ || goodbye_said_ || waiting() > 0) return;
  goodbye_said_ = true;
  say_goodbye(queue().reason);
}

void PushSession::arm_close_timer() {
  std::unique_ptr<boost::asio::steady_timer>& timer = queue().close_timer;
  if (timer) return;
  timer = std::make_unique<boost::asio::steady_timer>(context_.parts.hub.shard_context(shard_),
                                                      core::limits::kSessionCloseTimeout);
  timer->async_wait([self = core::Owned<PushSession>(this)](boost::system::error_code cancelled) {
    if (!cancelled) self->gone();
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
  const core::Owned<PushSession> keep(this);
  if (waiting() > 0) {
    if (handle_ && !finishing_) {
      handle_->writable();
    } else {
      (void)write_waiting();
    }
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
  const core::Owned<PushSession> keep(this, !known_);  // takes over what it has of itself
  const std::unique_ptr<Queue> queue = std::move(queue_);
  if (queue && queue->close_timer) queue->close_timer->cancel();
  if (socket_.open()) {
    context_.parts.hub.poller(shard_).remove(socket_.descriptor(), *this);
    socket_.close();
  }
  tell_closed();
}

}  // namespace gjallar::edges::http
