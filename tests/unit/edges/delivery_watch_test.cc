#include "broker/edges/delivery_watch.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <variant>

#include "broker/edges/bulk_reader.h"
#include "broker/edges/http/router.h"
#include "broker/edges/http/views.h"
#include "tests/support/refused.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

core::Result<std::chrono::milliseconds> interval_of(std::int64_t seconds, std::int32_t nanos = 0) {
  v1::WatchDeliveryRequest request;
  request.mutable_interval()->set_seconds(seconds);
  request.mutable_interval()->set_nanos(nanos);
  return edges::watch_interval(request);
}

}  // namespace

TEST_CASE("a watch's interval is 500 ms unless one between 100 ms and 60 s is asked for") {
  CHECK(edges::watch_interval({}).value() == std::chrono::milliseconds(500));
  CHECK(interval_of(0, 100'000'000).value() == std::chrono::milliseconds(100));
  CHECK(interval_of(60).value() == std::chrono::seconds(60));
  check_refused(interval_of(0, 99'000'000), v1::ERROR_CODE_INVALID_ARGUMENT, "interval");
  check_refused(interval_of(60, 1'000'000), v1::ERROR_CODE_INVALID_ARGUMENT, "interval");
  check_refused(interval_of(0), v1::ERROR_CODE_INVALID_ARGUMENT, "interval");
  check_refused(interval_of(-5), v1::ERROR_CODE_INVALID_ARGUMENT, "interval");
  check_refused(interval_of(INT64_MAX, -1), v1::ERROR_CODE_INVALID_ARGUMENT, "interval");
}

TEST_CASE("two ledgers are the same only if everything they tell is") {
  v1::GetDeliveryResponse a;
  a.add_services()->set_service_id("clinic");
  v1::GetDeliveryResponse b = a;
  CHECK(edges::same_delivery(a, b));
  b.mutable_services(0)->set_offline(true);
  CHECK_FALSE(edges::same_delivery(a, b));
}

TEST_CASE("work in slices lets others have their turn, and ends") {
  edges::BulkReader reader;
  std::promise<void> held;
  std::promise<void> done;
  std::string seen;
  REQUIRE(reader.run([waiting = held.get_future().share()] { waiting.wait(); }).has_value());
  int slices = 0;
  REQUIRE(reader
              .run_in_slices([&] {
                seen += 's';
                if (++slices < 3) return true;
                done.set_value();
                return false;
              })
              .has_value());
  REQUIRE(reader.run([&] { seen += 'o'; }).has_value());
  held.set_value();
  REQUIRE(done.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  reader.stop();
  CHECK(seen == "soss");
}

TEST_CASE("the activity of services has a path of its own beside theirs") {
  using edges::http::Method;
  const auto kind_of_path = [](Method method, const std::string& target) {
    return std::get<edges::http::Route>(edges::http::find_route(method, target)).kind;
  };
  CHECK(kind_of_path(Method::kGet, "/v1/services/activity") == edges::http::RouteKind::kServiceActivity);
  CHECK(kind_of_path(Method::kGet, "/v1/services/activity-house") == edges::http::RouteKind::kGetService);
  const auto refused = edges::http::find_route(Method::kPost, "/v1/services/activity");
  CHECK(std::get<edges::http::Problem>(refused).headers.front().second == "GET, HEAD");
  const auto route = std::get<edges::http::Route>(
      edges::http::find_route(Method::kGet, "/v1/services/activity?area=SE-01&role=laro&exercises=1"));
  const auto request = edges::http::service_activity_request(route.query);
  REQUIRE(request.has_value());
  CHECK(request->area() == "SE-01");
  CHECK(request->role() == "laro");
  CHECK(request->exercises());
  const auto other =
      std::get<edges::http::Route>(edges::http::find_route(Method::kGet, "/v1/services/activity?since=1"));
  check_refused(edges::http::service_activity_request(other.query), v1::ERROR_CODE_INVALID_ARGUMENT, "query");
}
