#include "broker/edges/http/views.h"

#include <algorithm>

#include "broker/domain/short_text.h"
#include "broker/edges/delivery_watch.h"
#include "broker/edges/http/json.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/overdoses.h"
#include "broker/projections/queries.h"
#include "broker/receipts/ledger.h"

namespace gjallar::edges::http {
namespace {

/// "new-substance" or "ALERT_KIND_NEW_SUBSTANCE".
core::Result<v1::AlertKind> kind_of(std::string name) {
  if (name.empty()) return v1::ALERT_KIND_UNSPECIFIED;
  for (char& character : name) {
    if (character == '-') character = '_';
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  }
  constexpr std::string_view kPrefix = "ALERT_KIND_";
  if (name.compare(0, kPrefix.size(), kPrefix) != 0) name.insert(0, kPrefix);
  v1::AlertKind kind = v1::ALERT_KIND_UNSPECIFIED;
  if (!v1::AlertKind_Parse(name, &kind) || kind == v1::ALERT_KIND_UNSPECIFIED) {
    return core::make_error(
        v1::ERROR_CODE_INVALID_ARGUMENT, "kind", "There is no such kind of alert.",
        "One of seizure, new-substance, adulteration, high-potency, use-pattern, overdose-cluster, "
        "supply-shortage, general.");
  }
  return kind;
}

/// "exercise" or "STATUS_EXERCISE".
core::Result<v1::Status> status_of_query(std::string name) {
  if (name.empty()) return v1::STATUS_UNSPECIFIED;
  for (char& character : name) {
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  }
  constexpr std::string_view kPrefix = "STATUS_";
  if (name.compare(0, kPrefix.size(), kPrefix) != 0) name.insert(0, kPrefix);
  v1::Status status = v1::STATUS_UNSPECIFIED;
  if (!v1::Status_Parse(name, &status) || status == v1::STATUS_UNSPECIFIED) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "status", "There is no such status.",
                            "One of actual, exercise, system, test, draft; none: actual and system.");
  }
  return status;
}

/// A seq or a time; the request's as_of stays unset if the query has none.
template <typename ViewRequest>
core::Result<void> set_moment(const Query& query, ViewRequest& request) {
  const std::string& text = query.text("as_of");
  if (text.empty()) return {};
  if (const auto seq = parse_number(text)) {
    request.mutable_as_of()->set_seq(*seq);
    return {};
  }
  const auto time = query.time("as_of");
  if (!time) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "as_of", "This is neither a time nor a seq.",
                            "Write a time as in RFC 3339 (2026-03-01T12:00:00Z), or the number of an event.");
  }
  *request.mutable_as_of()->mutable_time() = **time;
  return {};
}

/// Takes over from and to.
template <typename ViewRequest>
core::Result<void> set_span(const Query& query, ViewRequest& request) {
  const auto from = query.time("from");
  if (!from) return from.error();
  if (*from) *request.mutable_from() = **from;
  const auto to = query.time("to");
  if (!to) return to.error();
  if (*to) *request.mutable_to() = **to;
  return {};
}

/// Asks and writes down the answer.
template <typename ViewRequest, typename Ask>
Response answer(const core::Result<ViewRequest>& request, Zeros zeros, const Ask& ask) {
  if (!request) return to_response(request.error());
  const auto found = ask(*request);
  if (!found) return to_response(found.error());
  return json_response(200, *found, zeros);
}

}  // namespace

core::Result<v1::ListAlertsRequest> list_alerts_request(const Query& query) {
  GJALLAR_TRY(query.allow_only({"area", "role", "kind", "substance", "from", "to", "as_of", "service",
                                "include_ended", "page_size", "page_token", "status"}));
  v1::ListAlertsRequest request;
  request.set_service_id(query.text("service"));
  request.set_area(query.text("area"));
  request.set_role(query.text("role"));
  request.set_substance(query.text("substance"));
  request.set_page_token(query.text("page_token"));
  const auto kind = kind_of(query.text("kind"));
  if (!kind) return kind.error();
  request.set_kind(*kind);
  const auto status = status_of_query(query.text("status"));
  if (!status) return status.error();
  request.set_status(*status);
  GJALLAR_TRY(set_span(query, request));
  GJALLAR_TRY(set_moment(query, request));
  const auto include_ended = query.flag("include_ended");
  if (!include_ended) return include_ended.error();
  request.set_include_ended(*include_ended);
  const auto page_size = query.number("page_size");
  if (!page_size) return page_size.error();
  if (*page_size > core::limits::kPageSizeMax) {
    return core::make_error(v1::ERROR_CODE_TOO_LARGE, "page_size", "A page holds at most 1,000 alerts.",
                            "Ask for less, and go on with page_token.");
  }
  request.set_page_size(static_cast<std::uint32_t>(*page_size));
  return request;
}

core::Result<v1::ListAlertsRequest> list_shortages_request(const Query& query) {
  GJALLAR_TRY(query.allow_only({"area", "role", "substance", "as_of", "page_size", "page_token", "status"}));
  auto request = list_alerts_request(query);
  if (request) request->set_kind(v1::ALERT_KIND_SUPPLY_SHORTAGE);
  return request;
}

core::Result<v1::GetAlertRequest> get_alert_request(const Route& route) {
  GJALLAR_TRY(route.query.allow_only({"as_of", "length", "language", "role"}));
  v1::GetAlertRequest request;
  request.set_alert_id(route.id);
  GJALLAR_TRY(set_moment(route.query, request));
  return request;
}

core::Result<v1::GetDeliveryRequest> get_delivery_request(const Route& route) {
  GJALLAR_TRY(route.query.allow_only({"version", "watch", "interval"}));
  v1::GetDeliveryRequest request;
  request.set_alert_id(route.id);
  const auto version = route.query.number("version");
  if (!version) return version.error();
  request.set_version(*version);
  return request;
}

core::Result<v1::ListServicesRequest> list_services_request(const Query& query) {
  GJALLAR_TRY(query.allow_only({"area", "role", "as_of", "include_disabled"}));
  v1::ListServicesRequest request;
  request.set_area(query.text("area"));
  request.set_role(query.text("role"));
  GJALLAR_TRY(set_moment(query, request));
  const auto include_disabled = query.flag("include_disabled");
  if (!include_disabled) return include_disabled.error();
  request.set_include_disabled(*include_disabled);
  return request;
}

core::Result<v1::ListServiceActivityRequest> service_activity_request(const Query& query) {
  GJALLAR_TRY(query.allow_only({"area", "role", "from", "to", "exercises"}));
  v1::ListServiceActivityRequest request;
  request.set_area(query.text("area"));
  request.set_role(query.text("role"));
  GJALLAR_TRY(set_span(query, request));
  const auto exercises = query.flag("exercises");
  if (!exercises) return exercises.error();
  request.set_exercises(*exercises);
  return request;
}

namespace {

/// "exercise"; actual if it isn't given.
core::Result<v1::Status> status_of(std::string name) {
  if (name.empty()) return v1::STATUS_UNSPECIFIED;
  for (char& character : name) {
    if (character >= 'a' && character <= 'z') character = static_cast<char>(character - 'a' + 'A');
  }
  v1::Status status = v1::STATUS_UNSPECIFIED;
  if (v1::Status_Parse("STATUS_" + name, &status) && status != v1::STATUS_UNSPECIFIED) return status;
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "status", "There is no such status.",
                          "One of actual, exercise, system, test, draft.");
}

core::Result<v1::ListOverdosesRequest> list_overdoses_request(const Query& query) {
  GJALLAR_TRY(query.allow_only({"area", "from", "to", "as_of", "raw", "status"}));
  v1::ListOverdosesRequest request;
  request.set_area(query.text("area"));
  GJALLAR_TRY(set_span(query, request));
  GJALLAR_TRY(set_moment(query, request));
  const auto raw = query.flag("raw");
  if (!raw) return raw.error();
  request.set_raw(*raw);
  const auto status = status_of(query.text("status"));
  if (!status) return status.error();
  request.set_status(*status);
  return request;
}

core::Result<v1::GetHistoryRequest> get_history_request(const Route& route) {
  GJALLAR_TRY(route.query.allow_only({}));
  v1::GetHistoryRequest request;
  request.set_alert_id(route.id);
  return request;
}

core::Result<v1::GetServiceRequest> get_service_request(const Route& route) {
  GJALLAR_TRY(route.query.allow_only({}));
  v1::GetServiceRequest request;
  request.set_service_id(route.id);
  return request;
}

/// One alert's text in a length, as plain text.
Response text_response(const Query& query, const v1::Alert& alert) {
  const std::string& length = query.text("length");
  const std::string& language = query.text("language");
  Response response;
  response.status = 200;
  response.content_type = "text/plain; charset=utf-8";
  if (length == "sms") {
    response.body = domain::sms_text(alert, language);
  } else if (length == "summary") {
    response.body = domain::summary_text(alert, language);
  } else if (length == "full") {
    response.body = domain::full_text(alert, language, query.text("role"));
  } else {
    return to_response(core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "length", "There is no such length.",
                                        "One of sms, summary, full; none: the whole alert as JSON."));
  }
  response.body += "\n";
  return response;
}

}  // namespace

Response answer_view(const Parts& parts, const domain::Principal& principal, const Route& route) {
  const auto snapshot = parts.log.snapshot();
  switch (route.kind) {
    case RouteKind::kListAlerts:
      return answer(list_alerts_request(route.query), Zeros::kLeftOut,
                    [&](const v1::ListAlertsRequest& request) {
                      const auto known = projections::check_filters(request, parts.authenticator.roles());
                      if (!known) return core::Result<v1::ListAlertsResponse>(known.error());
                      return projections::list_alerts(*snapshot, principal, request);
                    });
    case RouteKind::kListShortages:
      return answer(list_shortages_request(route.query), Zeros::kLeftOut,
                    [&](const v1::ListAlertsRequest& request) {
                      const auto known = projections::check_filters(request, parts.authenticator.roles());
                      if (!known) return core::Result<v1::ListAlertsResponse>(known.error());
                      return projections::list_alerts(*snapshot, principal, request);
                    });
    case RouteKind::kGetAlert: {
      std::string version;
      v1::Alert shown;
      const auto known =
          projections::check_role_filter(route.query.text("role"), parts.authenticator.roles(), "role");
      if (!known) return to_response(known.error());
      Response response =
          answer(get_alert_request(route), Zeros::kLeftOut, [&](const v1::GetAlertRequest& request) {
            auto found = projections::get_alert(*snapshot, principal, request);
            if (found) version = std::to_string(found->alert().version());
            if (found && route.query.has("length")) shown = found->alert();
            return found;
          });
      if (response.status == 200 && route.query.has("length")) response = text_response(route.query, shown);
      if (!version.empty()) response.headers.emplace_back("ETag", "\"" + version + "\"");
      return response;
    }
    case RouteKind::kHistory:
      return answer(get_history_request(route), Zeros::kLeftOut, [&](const v1::GetHistoryRequest& request) {
        return projections::get_history(*snapshot, principal, request);
      });
    case RouteKind::kDelivery:
      return answer(get_delivery_request(route), Zeros::kWritten, [&](const v1::GetDeliveryRequest& request) {
        return receipts::get_delivery(*snapshot, parts.receipts, principal, request, surroundings_of(parts));
      });
    case RouteKind::kListOverdoses:
      return answer(list_overdoses_request(route.query), Zeros::kLeftOut,
                    [&](const v1::ListOverdosesRequest& request) {
                      return projections::list_overdoses(*snapshot, principal, request, parts.clock.wall());
                    });
    case RouteKind::kListServices:
      return answer(list_services_request(route.query), Zeros::kLeftOut,
                    [&](const v1::ListServicesRequest& request) {
                      const auto known = projections::check_filters(request, parts.authenticator.roles());
                      if (!known) return core::Result<v1::ListServicesResponse>(known.error());
                      return projections::list_services(*snapshot, principal, request);
                    });
    case RouteKind::kGetService:
      return answer(get_service_request(route), Zeros::kLeftOut, [&](const v1::GetServiceRequest& request) {
        return projections::get_service(*snapshot, principal, request);
      });
    default:
      return to_response(
          core::make_error(v1::ERROR_CODE_INTERNAL, "", "This route is no view.", "Ask the operator."));
  }
}

}  // namespace gjallar::edges::http
