#include "broker/edges/http/http_connection.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <type_traits>
#include <utility>

#include "broker/edges/http/delivery_stream.h"
#include "broker/edges/http/problem.h"
#include "broker/edges/http/session_request.h"
#include "broker/edges/http/sse_session.h"
#include "broker/edges/websocket/handshake.h"
#include "broker/edges/websocket/websocket_session.h"

namespace gjallar::edges::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::string_body>;
using WireResponse = beast::http::response<beast::http::string_body>;

/// How long, and how much, is read from a client that is refused in the middle of its request, so that it
/// sees the answer.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytesMax = std::size_t{1024} * 1024;

std::string text_of(const WireRequest& wire, beast::http::field name) {
  const auto value = wire[name];
  return {value.data(), value.size()};
}

std::string text_of(const WireRequest& wire, std::string_view name) {
  const auto value = wire[beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

/// All values of a header that may come in several lines.
std::string joined(const WireRequest& wire, beast::http::field name) {
  std::string all;
  const auto range = wire.equal_range(name);
  for (auto at = range.first; at != range.second; ++at) {
    if (!all.empty()) all += ',';
    all.append(at->value().data(), at->value().size());
  }
  return all;
}

Method method_of(beast::http::verb verb) {
  if (verb == beast::http::verb::get || verb == beast::http::verb::head) return Method::kGet;
  return verb == beast::http::verb::post ? Method::kPost : Method::kOther;
}

/// What a request that couldn't be read is answered with; 0 status: nothing, the client is gone.
Problem unreadable(error_code failed) {
  if (failed == beast::http::error::body_limit) {
    return {core::make_error(v1::ERROR_CODE_TOO_LARGE, "", "The body is too large.", "Send at most 256 KiB."),
            413,
            {}};
  }
  if (failed == beast::http::error::header_limit) {
    return {
        core::make_error(v1::ERROR_CODE_TOO_LARGE, "", "The header is too large.", "Send at most 16 KiB."),
        431,
        {}};
  }
  return {core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "", "This isn't a request of HTTP/1.1.",
                           "Mend the client, or look for a proxy in between."),
          400,
          {}};
}

core::Error unauthenticated() {
  return core::make_error(v1::ERROR_CODE_UNAUTHENTICATED, "", "The request carries no valid credentials.",
                          "Send the header Authorization: Bearer TOKEN.");
}

template <typename Stream>
class Connection final : public Closable,
                         public StreamWire,
                         public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(std::shared_ptr<EdgeContext> context, std::size_t shard, Stream stream,
             AddressLimits::Place place)
      : context_(std::move(context)),
        shard_(shard),
        place_(std::move(place)),
        stream_(std::move(stream)),
        deadline_(stream_.get_executor()) {}

  void start() {
    ticket_ = Connections::Ticket(context_->connections, shard_, *this);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      expire_after(core::limits::kHandshakeTimeout);
      stream_.async_handshake([self = shared()](error_code failed) {
        if (!failed) self->read_header();
      });
    } else {
      read_header();
    }
  }

  void close_now() override {
    closed_ = true;
    deadline_.cancel();
    if (delivery_) delivery_->stop();
    error_code ignored;
    if (!handed_over_) socket().close(ignored);
  }
  std::shared_ptr<void> keep() override { return this->weak_from_this().lock(); }

  void end_stream() override {
    if (delivery_) delivery_->end();
  }

  void refuse_stream(const core::Error& error) override {
    if (!closed_) write(to_response(error));
  }

  void write_stream(std::string bytes, bool last) override {
    if (closed_) return;
    outgoing_ = std::move(bytes);
    if (!std::exchange(streaming_, true)) await_end();
    asio::async_write(
        stream_, asio::buffer(outgoing_),
        [self = shared()](error_code failed, std::size_t) {
          // So long as the client takes something now and then, it is given time.
          self->expire_after(core::limits::kSlowReaderTimeout);
          return failed ? std::size_t{0} : core::limits::kSessionReadBytes;
        },
        [self = shared(), last](error_code failed, std::size_t) {
          self->never_expire();
          if (failed) return self->close_now();
          last ? self->close() : self->delivery_->written();
        });
  }

 private:
  [[nodiscard]] std::shared_ptr<Connection> shared() { return this->shared_from_this(); }
  [[nodiscard]] PlainStream& socket() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      return stream_.socket();
    } else {
      return stream_;
    }
  }

  /// What is under way fails unless it is done in this time.
  void expire_after(std::chrono::seconds time) {
    deadline_.expires_after(time);
    deadline_.async_wait([weak = this->weak_from_this()](error_code cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self || self->handed_over_) return;
      if (self->deadline_.expiry() > asio::steady_timer::clock_type::now()) return;  // put off meanwhile
      error_code ignored;
      self->socket().close(ignored);
    });
  }

  /// Not by cancelling: a wait that is over already would close the socket all the same.
  void never_expire() { deadline_.expires_at(asio::steady_timer::time_point::max()); }

  void read_header() {
    if (closed_) return;
    parser_.emplace();
    parser_->header_limit(core::limits::kHttpHeaderBytesMax);
    parser_->body_limit(core::limits::kCommandBytesMax);
    // Who has just connected has something to say.
    expire_after(std::exchange(first_, false) ? core::limits::kHandshakeTimeout
                                              : core::limits::kHttpIdleTimeout);
    beast::http::async_read_header(stream_, buffer_, *parser_,
                                   [self = shared()](error_code failed, std::size_t) {
                                     failed ? self->refuse_unreadable(failed) : self->on_header();
                                   });
  }

  /// Whoever isn't let in is told so before the body is read.
  void on_header() {
    const WireRequest& wire = parser_->get();
    keep_alive_ = wire.keep_alive() && !context_->draining.load();
    head_ = wire.method() == beast::http::verb::head;
    const std::string target(wire.target().data(), wire.target().size());
    auto routed = find_route(method_of(wire.method()), target);
    const Route* route = std::get_if<Route>(&routed);
    if (route == nullptr || !is_anonymous(route->kind)) {
      auto principal = authenticate(wire, route);
      if (!principal) return refuse(Problem{principal.error(), 0, {}});
      principal_ = std::move(*principal);
    }
    if (route == nullptr) return refuse(std::get<Problem>(routed));
    route_ = std::move(std::get<Route>(routed));
    if (parser_->is_done()) return on_request();
    if (beast::iequals(wire[beast::http::field::expect], "100-continue")) return invite_body();
    read_body();
  }

  core::Result<domain::Principal> authenticate(const WireRequest& wire, const Route* route) {
    const std::string authorization = text_of(wire, beast::http::field::authorization);
    if (!authorization.empty()) return context_->parts.authenticator.by_bearer(authorization);
    if (route != nullptr && route->kind == RouteKind::kStream) {
      const auto offer = websocket::read_offer(joined(wire, beast::http::field::sec_websocket_protocol));
      if (offer && !offer->token.empty()) return context_->parts.authenticator.by_token(offer->token);
    }
    return unauthenticated();
  }

  void invite_body() {
    invitation_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(invitation_), [self = shared()](error_code failed, std::size_t) {
      if (!failed) self->read_body();
    });
  }

  void read_body() {
    expire_after(core::limits::kHttpIdleTimeout);
    beast::http::async_read(stream_, buffer_, *parser_, [self = shared()](error_code failed, std::size_t) {
      failed ? self->refuse_unreadable(failed) : self->on_request();
    });
  }

  void refuse_unreadable(error_code failed) {
    if (failed.category() != beast::http::make_error_code(beast::http::error::end_of_stream).category() ||
        failed == beast::http::error::end_of_stream || failed == beast::http::error::partial_message) {
      return close();
    }
    refuse(unreadable(failed));
  }

  /// Answers what is left unread with a problem, and closes if there was a body to come.
  void refuse(const Problem& problem) {
    if (!parser_->is_done()) {
      keep_alive_ = false;
      linger_ = true;
    }
    write(to_response(problem));
  }

  void on_request() {
    WireRequest wire = parser_->release();
    deadline_.cancel();  // the answer takes its time
    if (route_.kind == RouteKind::kStream) return open_stream(wire);
    if (route_.kind == RouteKind::kEvents) return open_events(wire);
    if (route_.kind == RouteKind::kDelivery) {
      const auto watches = asks_to_watch(route_);
      if (!watches) return write(to_response(watches.error()));
      if (*watches) return open_delivery(wire);
    }
    Respond respond = responder();
    if (is_anonymous(route_.kind)) {
      context_->api.answer_anonymous(route_, context_->draining.load(), std::move(respond));
      return;
    }
    Request request;
    request.method = method_of(wire.method());
    request.target.assign(wire.target().data(), wire.target().size());
    request.idempotency_key = text_of(wire, "Idempotency-Key");
    request.if_match = text_of(wire, beast::http::field::if_match);
    request.if_none_match = joined(wire, beast::http::field::if_none_match);
    request.accept = joined(wire, beast::http::field::accept);
    request.body = std::move(wire.body());
    context_->api.answer(principal_, std::move(route_), std::move(request), std::move(respond));
  }

  /// Brings an answer from any thread back to the shard. The reference travels with it, so that the last one
  /// ends there.
  Respond responder() {
    return [self = shared()](Response response) mutable {
      asio::any_io_executor shard = self->stream_.get_executor();
      asio::post(shard, [self = std::move(self), response = std::move(response)]() mutable {
        if (!self->closed_) self->write(std::move(response));
      });
    };
  }

  void open_stream(const WireRequest& wire) {
    if (!beast::websocket::is_upgrade(wire)) {
      return write(to_response(Problem{
          core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "Upgrade", "This path takes WebSockets only.",
                           "Connect with a WebSocket, or use /v1/events."),
          426,
          {{"Upgrade", "websocket"}}}));
    }
    const auto offer = websocket::read_offer(joined(wire, beast::http::field::sec_websocket_protocol));
    if (!offer) return write(to_response(Problem{offer.error(), 400, {}}));
    auto opening =
        websocket::upgrade_response(text_of(wire, beast::http::field::sec_websocket_key),
                                    text_of(wire, beast::http::field::sec_websocket_version), offer->answer);
    if (!opening) {
      const bool version = opening.error().field == "Sec-WebSocket-Version";
      if (!version) return write(to_response(Problem{opening.error(), 400, {}}));
      return write(to_response(Problem{opening.error(), 426, {{"Sec-WebSocket-Version", "13"}}}));
    }
    open("", receipts::TransportKind::kWebSocket, std::move(*opening),
         [&] { return websocket::make_websocket_session(*context_, shard_, offer->framing); });
  }

  void open_events(const WireRequest& wire) {
    const std::string last_event_id = text_of(wire, "Last-Event-ID");
    if (head_)
      return write(
          to_response(core::make_error(v1::ERROR_CODE_UNSUPPORTED, "", "A stream has no head.", "Use GET.")));
    const bool chunked = wire.version() >= 11;
    open(last_event_id, receipts::TransportKind::kSse, sse_opening(chunked),
         [&] { return make_sse_session(*context_, shard_, chunked); });
  }

  void open_delivery(const WireRequest& wire) {
    if (head_)
      return write(
          to_response(core::make_error(v1::ERROR_CODE_UNSUPPORTED, "", "A stream has no head.", "Use GET.")));
    auto watch = watch_delivery_request(route_);
    if (!watch) return write(to_response(watch.error()));
    const auto interval = watch_interval(*watch);
    if (!interval) return write(to_response(interval.error()));
    DeliveryStreamRequest request;
    request.watch = std::move(*watch);
    request.authorization = text_of(wire, beast::http::field::authorization);
    request.last_event_id = text_of(wire, "Last-Event-ID");
    request.chunked = wire.version() >= 11;
    delivery_ = std::make_shared<DeliveryStream>(context_, shard_, std::weak_ptr<StreamWire>(shared()),
                                                 std::move(request), *interval);
    delivery_->begin();
  }

  /// A client has nothing more to say here; its end is what matters.
  void await_end() {
    stream_.async_read_some(asio::buffer(discarded_), [self = shared()](error_code failed, std::size_t) {
      if (failed) return self->close_now();
      if (!self->closed_) self->await_end();
    });
  }

  /// Opens a session at the hub before it has the socket, so that a refusal can still be answered as a
  /// problem.
  template <typename Make>
  void open(const std::string& last_event_id, receipts::TransportKind transport, std::string opening,
            const Make& make) {
    auto request = session_request(principal_, route_.query, last_event_id, transport,
                                   context_->parts.authenticator.roles());
    if (!request) return write(to_response(request.error()));
    // Receipts keep the client's name.
    const auto named = context_->parts.admission.check_name(principal_, "client_id", request->client_id);
    if (!named) return write(to_response(named.error()));
    const core::Owned<PushSession> session = make();
    auto handle = context_->parts.hub.open(std::move(*request), session, shard_);
    if (!handle) return write(to_response(handle.error()));
    handed_over_ = true;
    deadline_.cancel();
    const auto early = buffer_.cdata();
    session->start(take_socket(), std::move(opening), {static_cast<const char*>(early.data()), early.size()},
                   std::move(*handle));
  }

  /// The socket without what Asio keeps of it. Closed if Asio doesn't let it go.
  [[nodiscard]] SessionSocket take_socket() {
    TlsPtr tls;
    if constexpr (std::is_same_v<Stream, TlsStream>) tls = stream_.release();
    error_code failed;
    socket().native_non_blocking(true, failed);
    const int descriptor = socket().release(failed);
    return SessionSocket(failed ? -1 : descriptor, std::move(tls), std::move(place_));
  }

  void write(Response response) {
    if (closed_) return;
    if (context_->draining.load()) keep_alive_ = false;
    wire_response_ = WireResponse(static_cast<beast::http::status>(response.status), 11);
    wire_response_.set(beast::http::field::content_type, response.content_type);
    wire_response_.set(beast::http::field::cache_control, "no-store");
    wire_response_.set("X-Content-Type-Options", "nosniff");
    for (const auto& header : response.headers)
      wire_response_.set(header.first, header.second);
    wire_response_.keep_alive(keep_alive_);
    wire_response_.content_length(response.body.size());
    if (!head_) wire_response_.body() = std::move(response.body);
    expire_after(core::limits::kHttpIdleTimeout);
    beast::http::async_write(stream_, wire_response_, [self = shared()](error_code failed, std::size_t) {
      if (failed) return;
      self->keep_alive_ ? self->read_header() : self->close();
    });
  }

  void close() {
    if (closed_) return;
    expire_after(kLingerTime);
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_shutdown([self = shared()](error_code) {});
    } else {
      error_code ignored;
      stream_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
      if (linger_ && !ignored) linger();
    }
  }

  /// Throws away what still comes, so that the kernel doesn't take the answer back.
  void linger() {
    stream_.async_read_some(asio::buffer(discarded_), [self = shared()](error_code failed, std::size_t size) {
      self->lingered_ += size;
      if (!failed && self->lingered_ < kLingerBytesMax) self->linger();
    });
  }

  std::shared_ptr<EdgeContext> context_;
  const std::size_t shard_;
  AddressLimits::Place place_;
  Connections::Ticket ticket_;
  Stream stream_;
  asio::steady_timer deadline_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  domain::Principal principal_;
  Route route_;
  WireResponse wire_response_;
  std::shared_ptr<DeliveryStream> delivery_;
  std::string outgoing_;  ///< of the stream
  std::string_view invitation_;
  std::array<char, 4096> discarded_{};
  std::size_t lingered_ = 0;
  bool first_ = true;
  bool head_ = false;
  bool keep_alive_ = false;
  bool linger_ = false;
  bool streaming_ = false;
  bool handed_over_ = false;
  bool closed_ = false;
};

}  // namespace

void serve(std::shared_ptr<EdgeContext> context, asio::ssl::context* tls, std::size_t shard,
           asio::ip::tcp::socket socket, AddressLimits::Place place) {
  if (context->connections->closing()) return;
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (tls != nullptr) {
    TlsStream stream(std::move(socket), *tls);
    std::make_shared<Connection<TlsStream>>(std::move(context), shard, std::move(stream), std::move(place))
        ->start();
  } else {
    std::make_shared<Connection<PlainStream>>(std::move(context), shard, std::move(socket), std::move(place))
        ->start();
  }
}

}  // namespace gjallar::edges::http
