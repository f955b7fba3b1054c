#include "broker/edges/http/push_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace gjallar::edges::http {

PushSession::PushSession(std::shared_ptr<EdgeContext> context, std::size_t shard)
    : context_(std::move(context)), shard_(shard), close_timer_(context_->parts.hub.shard_context(shard)) {}

void PushSession::send(const fanout::Delivery& delivery) {
  if (gone_) return;
  waiting_.push_back(encode(delivery));
  pump();
}

void PushSession::send(const v1::Frame& frame) {
  if (gone_) return;
  waiting_.push_back(encode(frame));
  pump();
}

void PushSession::finish(const v1::Goodbye& goodbye) {
  if (gone_ || finishing_) return;
  v1::Frame frame;
  *frame.mutable_goodbye() = goodbye;
  waiting_.push_back(encode(frame));
  reason_ = goodbye.reason();
  finishing_ = true;
  // A client that doesn't read never sees the goodbye: its socket is cut.
  close_timer_.expires_after(core::limits::kSessionCloseTimeout);
  close_timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
    if (!cancelled) self->gone();
  });
  pump();
}

void PushSession::taken(std::shared_ptr<fanout::SessionHandle> handle) {
  handle_ = std::move(handle);
  ticket_ = Connections::Ticket(context_->connections, shard_, shared_from_this());
  if (context_->connections->closing()) gone();
}

void PushSession::opened() {
  open_ = true;
  pump();
}

void PushSession::pump() {
  if (gone_ || !open_ || goodbye_said_ || !writing_.empty()) return;
  if (!waiting_.empty()) {
    const std::size_t count = std::min(waiting_.size(), gather_max());
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    writing_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    write();
  } else if (finishing_) {
    goodbye_said_ = true;
    say_goodbye(reason_);
  }
}

void PushSession::on_written(boost::system::error_code failed) {
  if (gone_) return;
  if (failed) {
    gone();
    return;
  }
  handle_->written(writing_.size());
  writing_.clear();
  pump();
}

void PushSession::gone() {
  if (gone_) return;
  gone_ = true;
  const auto self = shared_from_this();  // the hub may hold the last other reference
  close_timer_.cancel();
  cut();
  waiting_.clear();
  if (handle_) handle_->closed();
  handle_.reset();
}

}  // namespace gjallar::edges::http
