#include "broker/edges/http/session_request.h"

#include <catch2/catch.hpp>

namespace http = gjallar::edges::http;
namespace v1 = gjallar::v1;
using gjallar::receipts::TransportKind;

namespace {

gjallar::core::Result<gjallar::fanout::SessionRequest> read_session(const char* query,
                                                                    const std::string& last_event_id = "") {
  return http::session_request({}, http::Query::parse(query).value(), last_event_id, TransportKind::kSse,
                               gjallar::domain::RoleCatalogue());
}

}  // namespace

TEST_CASE("without parameters it is a receiving session named after its transport") {
  const auto request = read_session("");
  REQUIRE(request.has_value());
  CHECK(request->client_id == "sse");
  CHECK_FALSE(request->cursor.has_value());
  CHECK_FALSE(request->after.has_value());
  CHECK_FALSE(request->filter.has_value());
  CHECK(request->transport == TransportKind::kSse);
}

TEST_CASE("where to go on is a cursor or a seq") {
  CHECK(read_session("cursor=0123456789ABCDEF.12")->cursor->seq == 12);
  CHECK(read_session("after=0")->after == 0U);
  CHECK(read_session("after=7")->after == 7U);
  CHECK(read_session("cursor=0123456789ABCDEF.12&after=3").error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
}

TEST_CASE("the browser's last event id is newer than the query") {
  CHECK(read_session("cursor=0123456789ABCDEF.12", "0123456789ABCDEF.40")->cursor->seq == 40);
  CHECK(read_session("after=0", "0123456789ABCDEF.40")->cursor->seq == 40);
}

TEST_CASE("a malformed position is refused before anything is opened") {
  CHECK(read_session("cursor=12").error().code == v1::ERROR_CODE_INVALID_CURSOR);
  CHECK(read_session("cursor=0123456789ABCDEF.x").error().field == "cursor");
  CHECK(read_session("", "nonsense").error().field == "Last-Event-ID");
  CHECK(read_session("after=soon").error().field == "after");
}

TEST_CASE("area or role makes a viewer session") {
  CHECK(read_session("area=SE-12")->filter->area == "SE-12");
  CHECK(read_session("role=ambulance")->filter->role == "ambulance");
  CHECK(read_session("area=SE-99").error().code == v1::ERROR_CODE_UNKNOWN_AREA);
}

TEST_CASE(
    "a viewer session's unknown role is refused: it would hear of nothing but what concerns every role") {
  const auto refused = read_session("area=SE-12&role=chef");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == v1::ERROR_CODE_UNKNOWN_ROLE);
  CHECK(refused.error().field == "role");
  CHECK(refused.error().message.find("chef") == std::string::npos);
}

TEST_CASE("a client id is short and printable") {
  CHECK(read_session("client_id=portal-1")->client_id == "portal-1");
  CHECK(read_session("client_id=a%20b").error().field == "client_id");
  const std::string query = "client_id=" + std::string(65, 'a');
  CHECK(read_session(query.c_str()).error().field == "client_id");
}
