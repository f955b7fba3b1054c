#include "broker/core/error.h"

#include <utility>

namespace gjallar::core {
namespace v1 = gjallar::v1;

Error make_error(Code code, std::string field, std::string message, std::string advice) {
  Error error;
  error.code = code;
  error.field = std::move(field);
  error.message = std::move(message);
  error.advice = std::move(advice);
  return error;
}

std::string_view code_name(Code code) noexcept {
  switch (code) {
    case v1::ERROR_CODE_INVALID_ARGUMENT:
      return "invalid_argument";
    case v1::ERROR_CODE_MISSING_FIELD:
      return "missing_field";
    case v1::ERROR_CODE_TOO_LARGE:
      return "too_large";
    case v1::ERROR_CODE_UNKNOWN_AREA:
      return "unknown_area";
    case v1::ERROR_CODE_UNKNOWN_ROLE:
      return "unknown_role";
    case v1::ERROR_CODE_EMPTY_AUDIENCE:
      return "empty_audience";
    case v1::ERROR_CODE_UNKNOWN_SERVICE:
      return "unknown_service";
    case v1::ERROR_CODE_PERSONAL_IDENTIFIER:
      return "personal_identifier";
    case v1::ERROR_CODE_INVALID_CURSOR:
      return "invalid_cursor";
    case v1::ERROR_CODE_CONFIRM_REQUIRED:
      return "confirm_required";
    case v1::ERROR_CODE_POSSIBLE_DUPLICATE:
      return "possible_duplicate";
    case v1::ERROR_CODE_UNAUTHENTICATED:
      return "unauthenticated";
    case v1::ERROR_CODE_PERMISSION_DENIED:
      return "permission_denied";
    case v1::ERROR_CODE_NOT_FOUND:
      return "not_found";
    case v1::ERROR_CODE_ALREADY_EXISTS:
      return "already_exists";
    case v1::ERROR_CODE_STALE_VERSION:
      return "stale_version";
    case v1::ERROR_CODE_ALERT_RETRACTED:
      return "alert_retracted";
    case v1::ERROR_CODE_ALERT_EXPIRED:
      return "alert_expired";
    case v1::ERROR_CODE_IDEMPOTENCY_KEY_REUSED:
      return "idempotency_key_reused";
    case v1::ERROR_CODE_NOTHING_TO_CHANGE:
      return "nothing_to_change";
    case v1::ERROR_CODE_SERVICE_DISABLED:
      return "service_disabled";
    case v1::ERROR_CODE_GRADE_ASSESSED:
      return "grade_assessed";
    case v1::ERROR_CODE_OVERLOADED:
      return "overloaded";
    case v1::ERROR_CODE_UNAVAILABLE:
      return "unavailable";
    case v1::ERROR_CODE_OUTCOME_UNKNOWN:
      return "outcome_unknown";
    case v1::ERROR_CODE_DATA_CORRUPT:
      return "data_corrupt";
    case v1::ERROR_CODE_INTERNAL:
      return "internal";
    case v1::ERROR_CODE_UNSUPPORTED:
      return "unsupported";
    default:
      return "unspecified";
  }
}

v1::PossibleDuplicate to_proto(const PossibleDuplicate& duplicate) {
  v1::PossibleDuplicate out;
  out.set_alert_id(duplicate.alert_id);
  out.set_reference(duplicate.reference);
  out.set_headline(duplicate.headline);
  return out;
}

v1::Error to_proto(const Error& error) {
  v1::Error out;
  out.set_code(error.code);
  out.set_field(error.field);
  out.set_message(error.message);
  out.set_advice(error.advice);
  out.set_current_version(error.current_version);
  for (const PossibleDuplicate& duplicate : error.possible_duplicates)
    *out.add_possible_duplicates() = to_proto(duplicate);
  if (error.retry_after) {
    const auto milliseconds = error.retry_after->count();
    out.mutable_retry_after()->set_seconds(milliseconds / 1000);
    out.mutable_retry_after()->set_nanos(static_cast<std::int32_t>(milliseconds % 1000) * 1'000'000);
  }
  return out;
}

Error from_proto(const v1::Error& error) {
  Error out = make_error(error.code(), error.field(), error.message(), error.advice());
  out.current_version = error.current_version();
  for (const v1::PossibleDuplicate& duplicate : error.possible_duplicates())
    out.possible_duplicates.push_back({duplicate.alert_id(), duplicate.reference(), duplicate.headline()});
  if (error.has_retry_after()) {
    out.retry_after = std::chrono::milliseconds(error.retry_after().seconds() * 1000 +
                                                error.retry_after().nanos() / 1'000'000);
  }
  return out;
}

std::string to_text(const Error& error) {
  std::string text;
  if (!error.field.empty()) text += error.field + ": ";
  text += error.message;
  if (!error.advice.empty()) text += " " + error.advice;
  return text;
}

}  // namespace gjallar::core
