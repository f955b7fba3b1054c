#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <mutex>
#include <utility>

#include "broker/core/digest.h"
#include "subscribers/client/cloud_event.h"
#include "subscribers/client/subscription.h"

namespace gjallar::client {
namespace {

namespace v1 = gjallar::v1;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

std::string percent_encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (std::isalnum(byte) != 0 || character == '-' || character == '.' || character == '_') {
      out.push_back(character);
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

class WebSocketSubscription final : public Subscription {
 public:
  using Subscription::Subscription;
  ~WebSocketSubscription() override { stop(); }

 protected:
  core::Error run_connection() override {
    asio::io_context context;
    websocket::stream<tcp::socket> stream(context);
    const core::Error error = talk(context, stream);
    enter(-1);
    return error;
  }

  void interrupt() override {
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
  }

 private:
  core::Error talk(asio::io_context& context, websocket::stream<tcp::socket>& stream) {
    boost::system::error_code error;
    const std::string& endpoint = options_.connection.endpoint;
    const std::size_t colon = endpoint.rfind(':');
    if (colon == std::string::npos) {
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "http", "Not of the form HOST:PORT.",
                              "Give HOST:PORT.");
    }
    const auto addresses =
        tcp::resolver(context).resolve(endpoint.substr(0, colon), endpoint.substr(colon + 1), error);
    if (!error) asio::connect(stream.next_layer(), addresses, error);
    if (error) return unreachable(error);
    if (!enter(stream.next_layer().native_handle())) return {};
    stream.next_layer().set_option(tcp::no_delay(true), error);
    const std::string token = options_.connection.token;
    stream.set_option(websocket::stream_base::decorator([token](websocket::request_type& request) {
      request.set(beast::http::field::authorization, "Bearer " + token);
      request.set(beast::http::field::sec_websocket_protocol, "cloudevents.json");
    }));
    websocket::response_type response;
    stream.handshake(response, endpoint, target(), error);
    if (error) return refused(response, error);
    return read_all(stream);
  }

  core::Error read_all(websocket::stream<tcp::socket>& stream) {
    boost::system::error_code error;
    beast::flat_buffer buffer;
    for (;;) {
      stream.read(buffer, error);
      if (error) return unreachable(error);
      const auto data = buffer.data();
      const auto frame = frame_of_cloud_event({static_cast<const char*>(data.data()), data.size()});
      buffer.consume(buffer.size());
      if (!frame) return frame.error();
      if (const auto received = take(*frame)) {
        stream.write(asio::buffer(cloud_event_of(*received)), error);
        if (error) return unreachable(error);
      }
    }
  }

  [[nodiscard]] std::string target() const {
    std::string query = "/v1/stream?client_id=" + percent_encoded(options_.client_id);
    if (!cursor().empty()) {
      query += "&cursor=" + percent_encoded(cursor());
    } else if (options_.after_seq) {
      query += "&after=" + std::to_string(*options_.after_seq);
    }
    if (seen().seq != 0) query += "&seen=" + std::to_string(seen().seq) + ':' + core::to_hex(seen().hash);
    if (!options_.area.empty()) query += "&area=" + percent_encoded(options_.area);
    if (!options_.role.empty()) query += "&role=" + percent_encoded(options_.role);
    return query;
  }

  static core::Error unreachable(const boost::system::error_code& error) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The connection ended: " + error.message() + ".",
                            "Reconnect.");
  }

  static core::Error refused(const websocket::response_type& response,
                             const boost::system::error_code& error) {
    if (error != websocket::error::upgrade_declined) return unreachable(error);
    const auto code = response.result() == beast::http::status::unauthorized ? v1::ERROR_CODE_UNAUTHENTICATED
                      : response.result() == beast::http::status::forbidden ? v1::ERROR_CODE_PERMISSION_DENIED
                      : response.result() == beast::http::status::bad_request
                          ? v1::ERROR_CODE_INVALID_ARGUMENT
                          : v1::ERROR_CODE_UNAVAILABLE;
    return core::make_error(
        code, "", "The broker refused the session with HTTP " + std::to_string(response.result_int()) + ".",
        "Check the token and its principal's rights.");
  }

  /// Makes the socket interruptible; false if the subscription is stopping.
  bool enter(int descriptor) {
    const std::lock_guard lock(mutex_);
    descriptor_ = descriptor;
    return !stopping();
  }

  std::mutex mutex_;
  int descriptor_ = -1;
};

}  // namespace

std::unique_ptr<Subscription> make_websocket_subscription(SubscriptionOptions options, OnFrame on_frame,
                                                          OnEnd on_end) {
  return std::make_unique<WebSocketSubscription>(std::move(options), std::move(on_frame), std::move(on_end));
}

}  // namespace gjallar::client
