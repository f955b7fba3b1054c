#include "broker/edges/http/commands.h"

#include <catch2/catch.hpp>

namespace http = gjallar::edges::http;
namespace v1 = gjallar::v1;
using gjallar::edges::http::RouteKind;

namespace {

http::Route route_of(RouteKind kind) {
  http::Route route;
  route.kind = kind;
  route.id = "GJ-K7Q2-M3ZT-B81X";
  return route;
}

http::Request request_of(std::string body, std::string if_match = "") {
  http::Request request;
  request.method = http::Method::kPost;
  request.body = std::move(body);
  request.if_match = std::move(if_match);
  return request;
}

}  // namespace

TEST_CASE("issuing takes the content as the body") {
  const auto command =
      http::command_of(route_of(RouteKind::kIssue), request_of(R"({"kind":"ALERT_KIND_SEIZURE"})"));
  REQUIRE(command.has_value());
  CHECK(command->issue().content().kind() == v1::ALERT_KIND_SEIZURE);
}

TEST_CASE("an alert with a confirmation is sent as an issue command, its content inside") {
  const auto command = http::command_of(
      route_of(RouteKind::kIssue),
      request_of(
          R"({"content":{"kind":"ALERT_KIND_SEIZURE"},"confirmation":{"noPerson":true,"reason":"Öppet."}})"));
  REQUIRE(command.has_value());
  CHECK(command->issue().content().kind() == v1::ALERT_KIND_SEIZURE);
  CHECK(command->issue().confirmation().no_person());
  CHECK(command->issue().confirmation().reason() == "Öppet.");
  // The word inside a text changes nothing.
  const auto plain = http::command_of(route_of(RouteKind::kIssue),
                                      request_of(R"({"texts":[{"headline":"the \"content\" of a bag"}]})"));
  REQUIRE(plain.has_value());
  CHECK(plain->issue().content().texts_size() == 1);
  CHECK(http::command_of(route_of(RouteKind::kIssue), request_of(R"({"content":3})"))
            .error()
            .field.rfind("issue", 0) == 0);
}

TEST_CASE("a change names its alert by the path, and If-Match is the expected version") {
  for (const char* header : {"\"3\"", "3", "W/\"3\""}) {
    const auto command =
        http::command_of(route_of(RouteKind::kRetract), request_of(R"({"reason":"Fel."})", header));
    REQUIRE(command.has_value());
    CHECK(command->retract().alert_id() == "GJ-K7Q2-M3ZT-B81X");
    CHECK(command->retract().expected_version() == 3);
    CHECK(command->retract().reason() == "Fel.");
  }
  CHECK(http::command_of(route_of(RouteKind::kGrade), request_of("{}", "*"))->grade().expected_version() ==
        0);
  CHECK(http::command_of(route_of(RouteKind::kWiden), request_of(R"({"expectedVersion":"4"})"))
            ->widen()
            .expected_version() == 4);
}

TEST_CASE("a revision's mask is read") {
  const auto command =
      http::command_of(route_of(RouteKind::kRevise),
                       request_of(R"({"content":{},"updateMask":"substances,possibleDuplicateOf"})"));
  REQUIRE(command.has_value());
  CHECK(command->revise().update_mask().paths_size() == 2);
  CHECK(command->revise().update_mask().paths(1) == "possible_duplicate_of");
}

TEST_CASE("a condition that can't be kept is refused, not ignored") {
  const auto field = [](RouteKind kind, std::string body, std::string if_match) {
    const auto command = http::command_of(route_of(kind), request_of(std::move(body), std::move(if_match)));
    REQUIRE_FALSE(command.has_value());
    CHECK(command.error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
    return command.error().field;
  };
  CHECK(field(RouteKind::kObserve, "{}", "\"1\"") == "If-Match");
  CHECK(field(RouteKind::kIssue, "{}", "\"1\"") == "If-Match");
  CHECK(field(RouteKind::kRevise, "{}", "\"abc\"") == "If-Match");
  CHECK(field(RouteKind::kRevise, "{}", "0") == "If-Match");
  CHECK(field(RouteKind::kRevise, R"({"expectedVersion":"2"})", "\"3\"") == "revise.expected_version");
  CHECK(field(RouteKind::kIssue, R"({"texts":[{"headline":1}]})", "") == "issue.content.texts[0].headline");
  CHECK(field(RouteKind::kRetract, R"({"alertId":"GJ-OTHER"})", "") == "retract.alert_id");
}

TEST_CASE("an acknowledgement needs no alert id in its body") {
  const auto acknowledged = http::acknowledged_of(route_of(RouteKind::kAcknowledge),
                                                  request_of(R"({"version":"2","pseudonym":"k7"})"));
  REQUIRE(acknowledged.has_value());
  CHECK(acknowledged->alert_id() == "GJ-K7Q2-M3ZT-B81X");
  CHECK(acknowledged->version() == 2);
  CHECK(acknowledged->pseudonym() == "k7");
}

TEST_CASE("what is new is 201 with its place, a repeat and a preview are 200") {
  v1::CommandOutcome outcome;
  outcome.set_alert_id("id");
  outcome.set_seq(7);
  const auto made = http::outcome_response(route_of(RouteKind::kIssue), {}, outcome);
  CHECK(made.status == 201);
  REQUIRE(made.headers.size() == 1);
  CHECK(made.headers[0].second == "/v1/alerts/id");
  CHECK(http::outcome_response(route_of(RouteKind::kRevise), {}, outcome).status == 200);
  outcome.set_duplicate(true);
  CHECK(http::outcome_response(route_of(RouteKind::kIssue), {}, outcome).status == 200);
  outcome.set_duplicate(false);
  outcome.set_seq(0);
  CHECK(http::outcome_response(route_of(RouteKind::kIssue), {}, outcome).status == 200);
}
