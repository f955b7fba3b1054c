#include "broker/edges/http/problem.h"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace core = gjallar::core;
namespace v1 = gjallar::v1;
using gjallar::edges::http::Response;
using gjallar::edges::http::status_of;
using gjallar::edges::http::to_response;

namespace {

boost::json::object body_of(const Response& response) {
  return boost::json::parse(response.body).as_object();
}

std::string header_of(const Response& response, const std::string& name) {
  for (const auto& header : response.headers) {
    if (header.first == name) return header.second;
  }
  return {};
}

}  // namespace

TEST_CASE("a problem says everything the error says") {
  core::Error error = core::make_error(v1::ERROR_CODE_STALE_VERSION, "expected_version",
                                       "The alert has changed.", "Read it again.");
  error.current_version = 3;
  const Response response = to_response(error);
  CHECK(response.status == 412);
  CHECK(response.content_type == "application/problem+json");
  const auto body = body_of(response);
  CHECK(body.at("type") == "urn:gjallar:error:stale_version");
  CHECK(body.at("title") == "Stale version");
  CHECK(body.at("status") == 412);
  CHECK(body.at("detail") == "The alert has changed.");
  CHECK(body.at("code") == "stale_version");
  CHECK(body.at("field") == "expected_version");
  CHECK(body.at("advice") == "Read it again.");
  CHECK(body.at("current_version") == "3");
  CHECK_FALSE(body.contains("retry_after"));
  CHECK(header_of(response, "Retry-After").empty());
}

TEST_CASE("when to try again is in the body and, in whole seconds, in a header") {
  core::Error error = core::make_error(v1::ERROR_CODE_OVERLOADED, "", "Too much waits.", "");
  error.retry_after = std::chrono::milliseconds(1250);
  const Response response = to_response(error);
  CHECK(response.status == 503);
  CHECK(body_of(response).at("retry_after") == "1.250s");
  CHECK(header_of(response, "Retry-After") == "2");
}

TEST_CASE("who isn't authenticated is told how to be") {
  const Response response = to_response(core::make_error(v1::ERROR_CODE_UNAUTHENTICATED, "", "No.", ""));
  CHECK(response.status == 401);
  CHECK(header_of(response, "WWW-Authenticate").substr(0, 6) == "Bearer");
}

TEST_CASE("every code of the contract has a status that isn't the fallback by accident") {
  const auto* codes = v1::ErrorCode_descriptor();
  for (int i = 0; i < codes->value_count(); ++i) {
    const auto code = static_cast<v1::ErrorCode>(codes->value(i)->number());
    const bool fault = code == v1::ERROR_CODE_UNSPECIFIED || code == v1::ERROR_CODE_DATA_CORRUPT ||
                       code == v1::ERROR_CODE_INTERNAL;
    INFO(codes->value(i)->name());
    CHECK((status_of(code) == 500) == fault);
  }
}
