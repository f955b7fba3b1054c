#include "broker/edges/http/router.h"

#include <catch2/catch.hpp>

namespace v1 = gjallar::v1;
using gjallar::edges::http::find_route;
using gjallar::edges::http::Method;
using gjallar::edges::http::Problem;
using gjallar::edges::http::Route;
using gjallar::edges::http::RouteKind;
using gjallar::edges::http::to_response;

namespace {

Route route(Method method, std::string_view target) {
  auto found = find_route(method, target);
  REQUIRE(std::holds_alternative<Route>(found));
  return std::get<Route>(found);
}

unsigned refused(Method method, std::string_view target) {
  const auto found = find_route(method, target);
  REQUIRE(std::holds_alternative<Problem>(found));
  return to_response(std::get<Problem>(found)).status;
}

}  // namespace

TEST_CASE("every path of the contract has its route") {
  CHECK(route(Method::kGet, "/healthz").kind == RouteKind::kHealth);
  CHECK(route(Method::kGet, "/livez").kind == RouteKind::kHealth);
  CHECK(route(Method::kGet, "/readyz").kind == RouteKind::kReady);
  CHECK(route(Method::kGet, "/v1/alerts").kind == RouteKind::kListAlerts);
  CHECK(route(Method::kPost, "/v1/alerts").kind == RouteKind::kIssue);
  CHECK(route(Method::kGet, "/v1/alerts/GJ-K7Q2-M3ZT-B81X").kind == RouteKind::kGetAlert);
  CHECK(route(Method::kGet, "/v1/alerts/a/history").kind == RouteKind::kHistory);
  CHECK(route(Method::kGet, "/v1/alerts/a/delivery").kind == RouteKind::kDelivery);
  CHECK(route(Method::kPost, "/v1/alerts/a/revise").kind == RouteKind::kRevise);
  CHECK(route(Method::kPost, "/v1/alerts/a/grade").kind == RouteKind::kGrade);
  CHECK(route(Method::kPost, "/v1/alerts/a/widen").kind == RouteKind::kWiden);
  CHECK(route(Method::kPost, "/v1/alerts/a/retract").kind == RouteKind::kRetract);
  CHECK(route(Method::kPost, "/v1/alerts/a/observe").kind == RouteKind::kObserve);
  CHECK(route(Method::kPost, "/v1/alerts/a/acknowledge").kind == RouteKind::kAcknowledge);
  CHECK(route(Method::kGet, "/v1/services").kind == RouteKind::kListServices);
  CHECK(route(Method::kPost, "/v1/services").kind == RouteKind::kRegisterService);
  CHECK(route(Method::kGet, "/v1/services/laro-malmo").kind == RouteKind::kGetService);
  CHECK(route(Method::kGet, "/v1/alerts/a/edas").kind == RouteKind::kEdas);
  CHECK(route(Method::kPost, "/cap/alerts").kind == RouteKind::kPublishCap);
  CHECK(route(Method::kGet, "/cap/feed.atom?area=SE").kind == RouteKind::kCapFeed);
  CHECK(route(Method::kGet, "/cap/alerts/7V3K0Q2MZT9XB1HD.12.xml").kind == RouteKind::kCapMessage);
  CHECK(route(Method::kGet, "/cap/alerts/7V3K0Q2MZT9XB1HD.12.xml").id == "7V3K0Q2MZT9XB1HD.12.xml");
  CHECK(route(Method::kGet, "/v1/events").kind == RouteKind::kEvents);
  CHECK(route(Method::kGet, "/v1/stream").kind == RouteKind::kStream);
}

TEST_CASE("a route carries the decoded id and the query") {
  const Route found = route(Method::kGet, "/v1/alerts/GJ%2DK7Q2-M3ZT-B81X?as_of=12");
  CHECK(found.id == "GJ-K7Q2-M3ZT-B81X");
  CHECK(found.query.text("as_of") == "12");
}

TEST_CASE("an unknown path is 404") {
  for (const char* target : {"/", "", "*", "alerts", "/v1", "/v1/", "/v1/alert", "/v1/alerts/", "/v1//alerts",
                             "/v1/alerts/a/edas/b", "/v1/alerts/a/history/b", "/cap", "/cap/feed.rss",
                             "/v1/alerts/%00", "/../etc/passwd", "http://host/v1/alerts"}) {
    INFO(target);
    CHECK(refused(Method::kGet, target) == 404);
  }
  CHECK(refused(Method::kGet, "/v1/alerts/" + std::string(100, 'a')) == 404);
}

TEST_CASE("a wrong method is 405 and says which are allowed") {
  const auto allowed = [](Method method, std::string_view target) {
    const auto response = to_response(std::get<Problem>(find_route(method, target)));
    CHECK(response.status == 405);
    for (const auto& header : response.headers) {
      if (header.first == "Allow") return header.second;
    }
    return std::string();
  };
  CHECK(allowed(Method::kOther, "/v1/alerts") == "GET, HEAD, POST");
  CHECK(allowed(Method::kGet, "/v1/alerts/a/revise") == "POST");
  CHECK(allowed(Method::kPost, "/v1/stream") == "GET, HEAD");
}

TEST_CASE("a broken query is 400") {
  CHECK(refused(Method::kGet, "/v1/alerts?area=%g1") == 400);
}

TEST_CASE("only the health paths are open to everyone") {
  CHECK(is_anonymous(RouteKind::kHealth));
  CHECK(is_anonymous(RouteKind::kReady));
  for (const RouteKind kind :
       {RouteKind::kListAlerts, RouteKind::kIssue, RouteKind::kEvents, RouteKind::kStream,
        RouteKind::kListServices, RouteKind::kRegisterService, RouteKind::kDelivery}) {
    CHECK_FALSE(is_anonymous(kind));
  }
}
