// The ledger as a stream of Server-Sent Events: what is asked for, and the form of its events.
#include "broker/edges/http/delivery_stream.h"

#include <catch2/catch.hpp>
#include <string>
#include <variant>

#include "broker/edges/http/router.h"
#include "tests/support/refused.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

edges::http::Route delivery_route(const std::string& query) {
  return std::get<edges::http::Route>(
      edges::http::find_route(edges::http::Method::kGet, "/v1/alerts/GJ-K7Q2-M3ZT-B81X/delivery" + query));
}

}  // namespace

TEST_CASE("a ledger is watched only if that is asked for, and only then with an interval") {
  CHECK_FALSE(edges::http::asks_to_watch(delivery_route("")).value());
  CHECK_FALSE(edges::http::asks_to_watch(delivery_route("?watch=0&version=2")).value());
  CHECK(edges::http::asks_to_watch(delivery_route("?watch=1")).value());
  CHECK(edges::http::asks_to_watch(delivery_route("?watch=true&interval=1s")).value());
  check_refused(edges::http::asks_to_watch(delivery_route("?watch=yes")), v1::ERROR_CODE_INVALID_ARGUMENT,
                "watch");
  check_refused(edges::http::asks_to_watch(delivery_route("?interval=1s")), v1::ERROR_CODE_INVALID_ARGUMENT,
                "interval");
}

TEST_CASE("what a watch over HTTP asks for is what one over gRPC does") {
  const auto request =
      edges::http::watch_delivery_request(delivery_route("?watch=1&version=3&interval=0.25s"));
  REQUIRE(request.has_value());
  CHECK(request->alert_id() == "GJ-K7Q2-M3ZT-B81X");
  CHECK(request->version() == 3);
  CHECK(edges::watch_interval(*request).value() == std::chrono::milliseconds(250));
  const auto plain = edges::http::watch_delivery_request(delivery_route("?watch=1"));
  CHECK(plain->version() == 0);
  CHECK(edges::watch_interval(*plain).value() == std::chrono::milliseconds(500));
  for (const char* query : {"?watch=1&interval=250", "?watch=1&interval=soon", "?watch=1&interval=1m"}) {
    CAPTURE(query);
    check_refused(edges::http::watch_delivery_request(delivery_route(query)), v1::ERROR_CODE_INVALID_ARGUMENT,
                  "interval");
  }
  check_refused(edges::http::watch_delivery_request(delivery_route("?watch=1&version=two")),
                v1::ERROR_CODE_INVALID_ARGUMENT, "version");
  check_refused(edges::http::watch_delivery_request(delivery_route("?watch=1&since=2")),
                v1::ERROR_CODE_INVALID_ARGUMENT, "query");
}

TEST_CASE("an event of a watch holds the ledger on one line, and its id says which ledger it is") {
  const std::string event = edges::http::delivery_event(R"({"notReceived":1})");
  const std::string id = edges::http::delivery_event_id(R"({"notReceived":1})");
  CHECK(id.size() == 16);
  CHECK(event == "id: " + id + "\nevent: gjallar.v1.delivery\ndata: {\"notReceived\":1}\n\n");
  CHECK(edges::http::delivery_event_id(R"({"notReceived":0})") != id);
  CHECK(edges::http::delivery_event_id(R"({"notReceived":1})") == id);
}

TEST_CASE("a watch's last event is the problem, and says when to come back if there is a time") {
  core::Error error =
      core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "The broker is stopping.", "Reconnect in a moment.");
  error.retry_after = std::chrono::milliseconds(1'250);
  const std::string event = edges::http::error_event(error);
  CHECK(event.rfind("retry: 1250\nevent: gjallar.v1.error\ndata: {", 0) == 0);
  CHECK(event.find(R"("code":"unavailable")") != std::string::npos);
  CHECK(event.substr(event.size() - 3) == "}\n\n");
  CHECK(event.find('\n', event.find("data: ")) == event.size() - 2);
  error.retry_after.reset();
  CHECK(edges::http::error_event(error).rfind("event: ", 0) == 0);
}
