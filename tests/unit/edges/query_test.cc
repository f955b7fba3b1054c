#include "broker/edges/http/query.h"

#include <catch2/catch.hpp>

namespace http = gjallar::edges::http;
namespace v1 = gjallar::v1;

TEST_CASE("percent escapes are decoded, and broken ones refused") {
  CHECK(http::percent_decode("SE-01", false) == "SE-01");
  CHECK(http::percent_decode("a%20b+c", true) == "a b c");
  CHECK(http::percent_decode("a%20b+c", false) == "a b+c");
  CHECK(http::percent_decode("Sk%C3%A5ne", true) == "Sk\xC3\xA5ne");
  CHECK_FALSE(http::percent_decode("a%2", false));
  CHECK_FALSE(http::percent_decode("a%", false));
  CHECK_FALSE(http::percent_decode("%zz", false));
}

TEST_CASE("control characters never come through an escape") {
  CHECK_FALSE(http::percent_decode("a%00b", false));
  CHECK_FALSE(http::percent_decode("a%0d%0aSet-Cookie", false));
  CHECK_FALSE(http::percent_decode("%7f", false));
}

TEST_CASE("a query's parameters are found by name") {
  const auto query = http::Query::parse("area=SE-01&role=&substance=crystal+meth&&flag");
  REQUIRE(query.has_value());
  CHECK(query->text("area") == "SE-01");
  CHECK(query->has("role"));
  CHECK(query->text("role").empty());
  CHECK(query->text("substance") == "crystal meth");
  CHECK(query->has("flag"));
  CHECK_FALSE(query->has("kind"));
  CHECK(query->text("kind").empty());
}

TEST_CASE("a parameter given twice is refused") {
  const auto query = http::Query::parse("area=SE-01&area=SE-12");
  REQUIRE_FALSE(query.has_value());
  CHECK(query.error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
}

TEST_CASE("a mistyped parameter is refused, and its name isn't repeated") {
  const auto query = http::Query::parse("roles-of-19800101=x");
  REQUIRE(query.has_value());
  const auto known = query->allow_only({"area", "role"});
  REQUIRE_FALSE(known.has_value());
  CHECK(known.error().advice == "Known parameters: area, role.");
  CHECK(gjallar::core::to_text(known.error()).find("1980") == std::string::npos);
  CHECK(http::Query::parse("area=SE")->allow_only({"area", "role"}).has_value());
}

TEST_CASE("numbers, flags and times are read, and errors name the parameter") {
  const auto query = http::Query::parse(
      "n=12&bad=-1&yes=1&no=false&odd=maybe&t=2026-03-01T12:00:00Z&o=2026-03-01T13:00:00+01:00&x=yesterday&"
      "empty=");
  REQUIRE(query.has_value());
  CHECK(query->number("n").value() == 12);
  CHECK(query->number("absent").value() == 0);
  CHECK(query->number("bad").error().field == "bad");
  CHECK(query->flag("yes").value());
  CHECK_FALSE(query->flag("no").value());
  CHECK_FALSE(query->flag("absent").value());
  CHECK(query->flag("odd").error().field == "odd");
  REQUIRE(query->time("t").value().has_value());
  // The offset's plus was a space to form decoding; both are the same moment.
  CHECK(query->time("o").value()->seconds() == query->time("t").value()->seconds());
  CHECK_FALSE(query->time("empty").value().has_value());
  CHECK(query->time("x").error().field == "x");
}
