#include "broker/edges/http/problem.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace gjallar::edges::http {
namespace {

/// "stale_version" → "Stale version".
std::string title_of(std::string_view code) {
  std::string title(code);
  for (char& character : title) {
    if (character == '_') character = ' ';
  }
  if (title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

}  // namespace

unsigned status_of(core::Code code) noexcept {
  switch (code) {
    case v1::ERROR_CODE_INVALID_ARGUMENT:
    case v1::ERROR_CODE_MISSING_FIELD:
    case v1::ERROR_CODE_INVALID_CURSOR:
      return 400;
    case v1::ERROR_CODE_UNAUTHENTICATED:
      return 401;
    case v1::ERROR_CODE_PERMISSION_DENIED:
      return 403;
    case v1::ERROR_CODE_NOT_FOUND:
      return 404;
    case v1::ERROR_CODE_ALREADY_EXISTS:
    case v1::ERROR_CODE_ALERT_RETRACTED:
    case v1::ERROR_CODE_ALERT_EXPIRED:
    case v1::ERROR_CODE_NOTHING_TO_CHANGE:
    case v1::ERROR_CODE_SERVICE_DISABLED:
    case v1::ERROR_CODE_GRADE_ASSESSED:
    case v1::ERROR_CODE_POSSIBLE_DUPLICATE:
      return 409;
    case v1::ERROR_CODE_STALE_VERSION:
      return 412;
    case v1::ERROR_CODE_TOO_LARGE:
      return 413;
    case v1::ERROR_CODE_UNKNOWN_AREA:
    case v1::ERROR_CODE_UNKNOWN_ROLE:
    case v1::ERROR_CODE_EMPTY_AUDIENCE:
    case v1::ERROR_CODE_UNKNOWN_SERVICE:
    case v1::ERROR_CODE_PERSONAL_IDENTIFIER:
    case v1::ERROR_CODE_CONFIRM_REQUIRED:
    case v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED:
      return 422;
    case v1::ERROR_CODE_UNSUPPORTED:
      return 501;
    case v1::ERROR_CODE_OVERLOADED:
    case v1::ERROR_CODE_UNAVAILABLE:
      return 503;
    case v1::ERROR_CODE_OUTCOME_UNKNOWN:
      return 504;
    default:
      return 500;
  }
}

Response to_response(const Problem& problem) {
  const core::Error& error = problem.error;
  Response response;
  response.status = problem.status != 0 ? problem.status : status_of(error.code);
  response.content_type = "application/problem+json";
  response.headers = problem.headers;

  const std::string code(core::code_name(error.code));
  boost::json::object body;
  body["type"] = "urn:gjallar:error:" + code;
  body["title"] = title_of(code);
  body["status"] = response.status;
  body["detail"] = error.message;
  body["code"] = code;
  if (!error.field.empty()) body["field"] = error.field;
  if (!error.advice.empty()) body["advice"] = error.advice;
  if (error.retry_after) {
    const auto milliseconds = error.retry_after->count();
    body["retry_after"] = fmt::format("{}.{:03}s", milliseconds / 1000, milliseconds % 1000);
    response.headers.emplace_back("Retry-After", std::to_string((milliseconds + 999) / 1000));
  }
  if (error.current_version != 0) body["current_version"] = std::to_string(error.current_version);
  if (!error.possible_duplicates.empty()) {
    boost::json::array list;
    for (const core::PossibleDuplicate& duplicate : error.possible_duplicates) {
      list.push_back(boost::json::object{{"alert_id", duplicate.alert_id},
                                         {"reference", duplicate.reference},
                                         {"headline", duplicate.headline}});
    }
    body["possible_duplicates"] = std::move(list);
  }
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"gjallar\"");
  response.body = boost::json::serialize(body);
  return response;
}

Response to_response(const core::Error& error) {
  return to_response(Problem{error, 0, {}});
}

}  // namespace gjallar::edges::http
