#include "broker/edges/http/delivery_stream.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "broker/core/digest.h"
#include "broker/core/limits.h"
#include "broker/edges/http/json.h"
#include "broker/edges/http/problem.h"
#include "broker/edges/http/sse_session.h"
#include "broker/edges/http/views.h"

namespace gjallar::edges::http {
namespace {

constexpr std::string_view kComment = ": heartbeat\n\n";
/// Characters of an event's id: 64 bits tell two ledgers of one alert apart.
constexpr std::size_t kIdLength = 16;
constexpr std::chrono::seconds kComeBackAfter{1};

v1::GetDeliveryRequest question_of(const v1::WatchDeliveryRequest& watch) {
  v1::GetDeliveryRequest question;
  question.set_alert_id(watch.alert_id());
  question.set_version(watch.version());
  return question;
}

core::Error stopping() {
  core::Error error =
      core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The broker is stopping.", "Reconnect in a moment.");
  error.retry_after = kComeBackAfter;
  return error;
}

}  // namespace

DeliveryStream::DeliveryStream(std::shared_ptr<EdgeContext> context, std::size_t shard,
                               std::weak_ptr<StreamWire> wire, DeliveryStreamRequest request,
                               std::chrono::milliseconds interval)
    : context_(std::move(context)),
      shard_(shard),
      wire_(std::move(wire)),
      request_(std::move(request)),
      interval_(interval),
      watch_(context_->parts, question_of(request_.watch)),
      timer_(context_->parts.hub.shard_context(shard)) {}

void DeliveryStream::begin() {
  if (context_->draining.load()) return fail(stopping());
  look();
}

void DeliveryStream::look() {
  next_look_ = std::chrono::steady_clock::now() + interval_;
  // The references travel with the answer, so that the last ones end on the shard. Nothing else keeps the
  // connection until something is written.
  const auto queued = context_->reader.run([self = shared_from_this(), wire = wire_.lock()]() mutable {
    auto event = self->read_ledger();
    boost::asio::io_context& shard = self->context_->parts.hub.shard_context(self->shard_);
    boost::asio::post(shard, [self = std::move(self), wire = std::move(wire),
                              event = std::move(event)]() mutable { self->looked(std::move(event)); });
  });
  if (queued) return;
  if (!begun_ || queued.error().code != v1::ERROR_CODE_OVERLOADED) return fail(queued.error());
  next_look_ = std::chrono::steady_clock::now() + core::limits::kOverloadedRetryAfter;
  wait();
}

core::Result<std::optional<std::string>> DeliveryStream::read_ledger() {
  const auto principal = context_->parts.authenticator.by_bearer(request_.authorization);
  if (!principal) return principal.error();
  const auto ledger = watch_.look(*principal);
  if (!ledger) return ledger.error();
  if (!*ledger) return std::optional<std::string>();
  const auto json = to_json(**ledger, Zeros::kWritten);
  if (!json) return json.error();
  // Who comes back with what it was told last isn't told again.
  if (std::exchange(first_, false) && request_.last_event_id == delivery_event_id(*json))
    return std::optional<std::string>();
  return std::optional(delivery_event(*json));
}

void DeliveryStream::looked(core::Result<std::optional<std::string>> event) {
  if (stopped_) return;
  if (!event) return fail(event.error());
  if (ending_) return fail(stopping());
  if (*event) return write(std::move(**event));
  if (!begun_ || std::chrono::steady_clock::now() >= next_comment_) return write(std::string(kComment));
  wait();
}

void DeliveryStream::written() {
  if (stopped_) return;
  next_comment_ = std::chrono::steady_clock::now() + context_->parts.heartbeat;
  if (ending_) return fail(stopping());
  wait();
}

void DeliveryStream::wait() {
  waiting_ = true;
  timer_.expires_at(std::min(next_look_, next_comment_));
  timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
    if (cancelled || !self->waiting_ || self->stopped_) return;
    self->waiting_ = false;
    const bool due = std::chrono::steady_clock::now() >= self->next_look_;
    due ? self->look() : self->write(std::string(kComment));
  });
}

void DeliveryStream::end() {
  if (std::exchange(ending_, true) || !waiting_ || stopped_) return;
  waiting_ = false;
  timer_.cancel();
  fail(stopping());
}

void DeliveryStream::stop() {
  stopped_ = true;
  waiting_ = false;
  timer_.cancel();
}

void DeliveryStream::fail(const core::Error& error) {
  const auto wire = wire_.lock();
  if (!wire || stopped_) return;
  if (begun_) return write(error_event(error), true);
  stopped_ = true;
  wire->refuse_stream(error);
}

void DeliveryStream::write(std::string text, bool last) {
  const auto wire = wire_.lock();
  if (!wire) return;
  std::string bytes;
  if (!std::exchange(begun_, true)) bytes = sse_opening(request_.chunked);
  if (request_.chunked) {
    bytes += fmt::format("{:x}\r\n{}\r\n", text.size(), text);
    if (last) bytes += "0\r\n\r\n";
  } else {
    bytes += text;
  }
  stopped_ = last;
  wire->write_stream(std::move(bytes), last);
}

core::Result<bool> asks_to_watch(const Route& route) {
  const auto watch = route.query.flag("watch");
  if (!watch || *watch || !route.query.has("interval")) return watch;
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "interval",
                          "An interval is for those who watch the ledger.", "Send watch=1 with it.");
}

core::Result<v1::WatchDeliveryRequest> watch_delivery_request(const Route& route) {
  const auto question = get_delivery_request(route);
  if (!question) return question.error();
  v1::WatchDeliveryRequest request;
  request.set_alert_id(question->alert_id());
  request.set_version(question->version());
  const std::string& interval = route.query.text("interval");
  if (!interval.empty() &&
      !google::protobuf::util::TimeUtil::FromString(interval, request.mutable_interval())) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "interval", "This isn't a duration.",
                            "Write seconds with their unit, as in 0.5s.");
  }
  return request;
}

std::string delivery_event_id(const std::string& json) {
  return core::to_hex(core::as_view(core::sha256(json))).substr(0, kIdLength);
}

std::string delivery_event(const std::string& json) {
  return fmt::format("id: {}\nevent: gjallar.v1.delivery\ndata: {}\n\n", delivery_event_id(json), json);
}

std::string error_event(const core::Error& error) {
  std::string text;
  if (error.retry_after) text = fmt::format("retry: {}\n", error.retry_after->count());
  return text + fmt::format("event: gjallar.v1.error\ndata: {}\n\n", to_response(error).body);
}

}  // namespace gjallar::edges::http
