#include "broker/edges/http/cap_routes.h"

#include <optional>
#include <utility>

#include "broker/core/digest.h"
#include "broker/edges/cap/edas.h"
#include "broker/edges/cap/feed.h"
#include "broker/edges/cap/inbox.h"
#include "broker/edges/cap/names.h"
#include "broker/edges/cap/outbox.h"
#include "broker/edges/http/commands.h"
#include "broker/edges/http/json.h"
#include "broker/edges/http/problem.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/queries.h"

namespace gjallar::edges::http {
namespace {

constexpr std::string_view kXmlEnding = ".xml";

/// A document with a tag made of its bytes; 304 if the caller holds these already.
Response document_response(const Request& request, const char* type, std::string body) {
  Response response;
  const std::string tag = "\"" + core::to_hex(core::as_view(core::sha256(body))).substr(0, 32) + "\"";
  response.content_type = type;
  response.headers.emplace_back("ETag", tag);
  if (names_tag(request.if_none_match, tag)) {
    response.status = 304;
  } else {
    response.body = std::move(body);
  }
  return response;
}

core::Result<cap::FeedRequest> feed_request(const Query& query, const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(query.allow_only({"area", "role", "grade", "before"}));
  cap::FeedRequest request;
  request.area = query.text("area");
  request.role = query.text("role");
  GJALLAR_TRY(projections::check_area_filter(request.area, "area"));
  GJALLAR_TRY(projections::check_role_filter(request.role, roles, "role"));
  if (const std::string& grade = query.text("grade"); !grade.empty()) {
    const auto level = cap::parse_plain_word(*v1::GradeLevel_descriptor(), grade);
    if (!level) {
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "grade", "There is no such level of grade.",
                              "One of information, warning, urgent.");
    }
    request.grade = static_cast<v1::GradeLevel>(*level);
  }
  const auto before = query.number("before");
  if (!before) return before.error();
  request.before = *before;
  return request;
}

Response answer_feed(const Parts& parts, const domain::Principal& principal, const Route& route,
                     const Request& request) {
  const auto wanted = feed_request(route.query, parts.authenticator.roles());
  if (!wanted) return to_response(wanted.error());
  auto page = cap::feed_page(*parts.log.snapshot(), parts.log.id(), principal, *wanted);
  if (!page) return to_response(page.error());
  return document_response(request, "application/atom+xml; charset=utf-8", std::move(*page));
}

Response answer_message(const Parts& parts, const domain::Principal& principal, const Route& route,
                        const Request& request) {
  if (const auto known = route.query.allow_only({}); !known) return to_response(known.error());
  std::string_view identifier = route.id;
  const bool xml = identifier.size() > kXmlEnding.size() &&
                   identifier.substr(identifier.size() - kXmlEnding.size()) == kXmlEnding;
  if (xml) identifier.remove_suffix(kXmlEnding.size());
  auto sent = cap::message_of(*parts.log.snapshot(), parts.log.id(), parts.cap, principal,
                              xml ? identifier : std::string_view());
  if (!sent) return to_response(sent.error());
  return document_response(request, "application/cap+xml; charset=utf-8", std::move(sent->document));
}

/// format=html or json; without it a browser's Accept decides.
core::Result<bool> wants_page(const Route& route, const Request& request) {
  GJALLAR_TRY(route.query.allow_only({"format"}));
  const std::string& format = route.query.text("format");
  if (format == "html") return true;
  if (format == "json") return false;
  if (format.empty()) return request.accept.find("text/html") != std::string::npos;
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "format", "There is no such format.",
                          "html or json.");
}

Response answer_edas(const Parts& parts, const domain::Principal& principal, const Route& route,
                     const Request& request) {
  const auto page = wants_page(route, request);
  if (!page) return to_response(page.error());
  v1::GetAlertRequest wanted;
  wanted.set_alert_id(route.id);
  const auto found = projections::get_alert(*parts.log.snapshot(), principal, wanted);
  if (!found) return to_response(found.error());
  const v1::EdasNotification notification = cap::edas_of(*found);
  if (!*page) return json_response(200, notification);
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.body = cap::edas_page(notification);
  return response;
}

/// no_person, no_duplicate and their reason. An answer without a reason, or a reason without one, is refused.
core::Result<std::optional<v1::Confirmation>> confirmation_in(const Query& query) {
  const auto no_person = query.flag("no_person");
  if (!no_person) return no_person.error();
  const auto no_duplicate = query.flag("no_duplicate");
  if (!no_duplicate) return no_duplicate.error();
  const std::string& reason = query.text("reason");
  const bool answers = *no_person || *no_duplicate;
  if (!answers && reason.empty()) return std::optional<v1::Confirmation>();
  if (reason.empty()) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "reason", "A confirmation needs a reason.",
                            "Say why, in a few words.");
  }
  if (!answers) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "reason", "A reason for what?",
                            "Send it with no_person=1 or no_duplicate=1.");
  }
  v1::Confirmation confirmation;
  confirmation.set_no_person(*no_person);
  confirmation.set_no_duplicate(*no_duplicate);
  confirmation.set_reason(reason);
  return std::optional<v1::Confirmation>(std::move(confirmation));
}

core::Result<cap::Terms> terms_of(const Query& query) {
  GJALLAR_TRY(query.allow_only({"validate_only", "no_person", "no_duplicate", "reason"}));
  const auto validate_only = query.flag("validate_only");
  if (!validate_only) return validate_only.error();
  auto confirmation = confirmation_in(query);
  if (!confirmation) return confirmation.error();
  return cap::Terms{{}, *validate_only, std::move(*confirmation)};
}

/// Here the confirmation's reason is a parameter.
core::Error as_in_query(core::Error error) {
  if (error.field == "confirmation.reason") error.field = "reason";
  return error;
}

}  // namespace

bool names_tag(std::string_view if_none_match, std::string_view tag) {
  if (if_none_match == "*") return true;
  for (std::size_t at = if_none_match.find(tag); at != std::string_view::npos;
       at = if_none_match.find(tag, at + 1)) {
    const std::size_t end = at + tag.size();
    if (end == if_none_match.size() || if_none_match[end] == ',' || if_none_match[end] == ' ') return true;
  }
  return false;
}

Response answer_cap(const Parts& parts, const domain::Principal& principal, const Route& route,
                    const Request& request) {
  if (route.kind == RouteKind::kCapFeed) return answer_feed(parts, principal, route, request);
  if (route.kind == RouteKind::kCapMessage) return answer_message(parts, principal, route, request);
  return answer_edas(parts, principal, route, request);
}

void publish_cap(const Parts& parts, const domain::Principal& principal, const Route& route,
                 const Request& request, Respond respond) {
  auto terms = terms_of(route.query);
  if (!terms) return respond(to_response(terms.error()));
  terms->idempotency_key = request.idempotency_key;
  cap::publish(parts, principal, request.body, std::move(*terms),
               [respond = std::move(respond)](const core::Result<cap::Published>& published) {
                 if (!published) return respond(to_response(as_in_query(published.error())));
                 Route as = {};
                 as.kind = published->action == "issue" ? RouteKind::kIssue : RouteKind::kRevise;
                 Response response = outcome_response(as, {}, published->outcome);
                 response.headers.emplace_back("Gjallar-Action", published->action);
                 respond(std::move(response));
               });
}

}  // namespace gjallar::edges::http
