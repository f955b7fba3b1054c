#include "broker/edges/http/views.h"

#include <catch2/catch.hpp>

namespace http = gjallar::edges::http;
namespace v1 = gjallar::v1;

namespace {

gjallar::core::Result<v1::ListAlertsRequest> read_view(const char* query) {
  return http::list_alerts_request(http::Query::parse(query).value());
}

}  // namespace

TEST_CASE("every filter of the view is read") {
  const auto request = read_view(
      "area=SE-12&role=ambulance&kind=new-substance&substance=437-38-7&from=2026-01-01T00:00:00Z&to=2026-02-"
      "01T00:00:00Z"
      "&as_of=2026-01-15T00:00:00Z&service=ambulance-skane&include_ended=1&page_size=50&page_token=abc");
  REQUIRE(request.has_value());
  CHECK(request->area() == "SE-12");
  CHECK(request->role() == "ambulance");
  CHECK(request->kind() == v1::ALERT_KIND_NEW_SUBSTANCE);
  CHECK(request->substance() == "437-38-7");
  CHECK(request->from().seconds() < request->as_of().time().seconds());
  CHECK(request->as_of().time().seconds() < request->to().seconds());
  CHECK(request->service_id() == "ambulance-skane");
  CHECK(request->include_ended());
  CHECK(request->page_size() == 50);
  CHECK(request->page_token() == "abc");
}

TEST_CASE("a moment is a seq or a time, and absent it is now") {
  CHECK(read_view("as_of=17")->as_of().seq() == 17);
  CHECK_FALSE(read_view("area=SE")->has_as_of());
  CHECK(read_view("as_of=noon").error().field == "as_of");
  http::Route route;
  route.id = "a";
  route.query = http::Query::parse("as_of=3").value();
  CHECK(http::get_alert_request(route)->as_of().seq() == 3);
}

TEST_CASE("kinds are read as people write them and as the contract names them") {
  CHECK(read_view("kind=seizure")->kind() == v1::ALERT_KIND_SEIZURE);
  CHECK(read_view("kind=ALERT_KIND_OVERDOSE_CLUSTER")->kind() == v1::ALERT_KIND_OVERDOSE_CLUSTER);
  CHECK(read_view("kind=unspecified").error().field == "kind");
  CHECK(read_view("kind=19800101").error().field == "kind");
}

TEST_CASE("a filter that would be ignored is refused") {
  CHECK(read_view("areas=SE-12").error().field == "query");
  CHECK(read_view("page_size=1001").error().code == v1::ERROR_CODE_TOO_LARGE);
  CHECK(read_view("page_size=many").error().field == "page_size");
  CHECK(read_view("include_ended=perhaps").error().field == "include_ended");
}

TEST_CASE("the ledger is asked for a version") {
  http::Route route;
  route.id = "a";
  route.query = http::Query::parse("version=2").value();
  CHECK(http::get_delivery_request(route)->version() == 2);
  CHECK(http::list_services_request(http::Query::parse("role=police&include_disabled=true").value())
            ->include_disabled());
}
