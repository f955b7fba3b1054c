#include "broker/edges/http/commands.h"

#include <boost/json.hpp>
#include <optional>

#include "broker/edges/http/json.h"

namespace gjallar::edges::http {
namespace {

core::Error bad(std::string field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field), std::move(message),
                          std::move(advice));
}

/// The version in If-Match: "3", 3, W/"3"; 0 for an absent header and for *.
core::Result<std::uint64_t> version_expected(std::string_view header) {
  if (header.empty() || header == "*") return std::uint64_t{0};
  std::string_view text = header;
  if (text.substr(0, 2) == "W/") text.remove_prefix(2);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto version = parse_number(text);
  if (!version || *version == 0) {
    return bad("If-Match", "This isn't a version.",
               "Send the version that the change was made on, as in \"3\".");
  }
  return *version;
}

/// `name` is the command's in paths of fields, the same as over gRPC.
template <typename Message>
core::Result<void> read_body(const Request& request, const char* name, const std::string& alert_id,
                             Message& out) {
  GJALLAR_TRY(from_json(request.body, name, out));
  if (!out.alert_id().empty() && out.alert_id() != alert_id) {
    return bad(std::string(name) + ".alert_id", "The body names another alert than the path.",
               "Leave alert_id out of the body.");
  }
  out.set_alert_id(alert_id);
  return {};
}

template <typename Message>
core::Result<void> read_change(const Request& request, const char* name, const std::string& alert_id,
                               Message& out) {
  GJALLAR_TRY(read_body(request, name, alert_id, out));
  const auto expected = version_expected(request.if_match);
  if (!expected) return expected.error();
  if (*expected == 0) return {};
  if (out.expected_version() != 0 && out.expected_version() != *expected) {
    return bad(std::string(name) + ".expected_version", "If-Match and the body expect different versions.",
               "Send one of them.");
  }
  out.set_expected_version(*expected);
  return {};
}

core::Result<void> no_condition(const Request& request) {
  if (request.if_match.empty()) return {};
  return bad("If-Match", "This command doesn't depend on a version.", "Leave If-Match out.");
}

/// The content alone, or {"content": …, "confirmation": …}: no field of the content is called so.
core::Result<void> read_issue(const Request& request, v1::IssueAlert& issue) {
  bool wrapped = false;
  if (request.body.find("\"content\"") != std::string::npos) {
    boost::system::error_code malformed;
    const boost::json::value body = boost::json::parse(request.body, malformed);
    wrapped = !malformed && body.is_object() && body.get_object().contains("content");
  }
  if (wrapped) return from_json(request.body, "issue", issue);
  return from_json(request.body, "issue.content", *issue.mutable_content());
}

core::Result<void> read_command(const Route& route, const Request& request, v1::Command& command) {
  switch (route.kind) {
    case RouteKind::kIssue:
      GJALLAR_TRY(no_condition(request));
      return read_issue(request, *command.mutable_issue());
    case RouteKind::kRevise:
      return read_change(request, "revise", route.id, *command.mutable_revise());
    case RouteKind::kGrade:
      return read_change(request, "grade", route.id, *command.mutable_grade());
    case RouteKind::kWiden:
      return read_change(request, "widen", route.id, *command.mutable_widen());
    case RouteKind::kRetract:
      return read_change(request, "retract", route.id, *command.mutable_retract());
    case RouteKind::kObserve:
      GJALLAR_TRY(no_condition(request));
      return read_body(request, "observe", route.id, *command.mutable_observe());
    case RouteKind::kCountOverdoses:
      GJALLAR_TRY(no_condition(request));
      return from_json(request.body, "count_overdoses", *command.mutable_count_overdoses());
    case RouteKind::kReport:
      GJALLAR_TRY(no_condition(request));
      return from_json(request.body, "report", *command.mutable_report());
    case RouteKind::kConclude:
      return read_change(request, "conclude", route.id, *command.mutable_conclude());
    case RouteKind::kReportEscalation:
      GJALLAR_TRY(no_condition(request));
      return read_body(request, "report_escalation", route.id, *command.mutable_report_escalation());
    case RouteKind::kRegisterService:
      GJALLAR_TRY(no_condition(request));
      return from_json(request.body, "register_service.service",
                       *command.mutable_register_service()->mutable_service());
    default:
      return core::make_error(v1::ERROR_CODE_INTERNAL, "", "This route carries no command.",
                              "Ask the operator.");
  }
}

}  // namespace

core::Result<v1::Command> command_of(const Route& route, const Request& request) {
  v1::Command command;
  GJALLAR_TRY(read_command(route, request, command));
  return command;
}

core::Result<v1::Acknowledged> acknowledged_of(const Route& route, const Request& request) {
  v1::Acknowledged acknowledged;
  GJALLAR_TRY(no_condition(request));
  GJALLAR_TRY(read_body(request, "acknowledged", route.id, acknowledged));
  return acknowledged;
}

Response outcome_response(const Route& route, const v1::Command& command, const v1::CommandOutcome& outcome) {
  const bool makes_alert = route.kind == RouteKind::kIssue || route.kind == RouteKind::kReport;
  const bool makes = makes_alert || route.kind == RouteKind::kRegisterService;
  const bool made = makes && outcome.seq() != 0 && !outcome.duplicate();
  Response response = json_response(made ? 201 : 200, outcome, Zeros::kWritten);
  if (!made || response.status != 201) return response;
  response.headers.emplace_back(
      "Location", makes_alert ? "/v1/alerts/" + outcome.alert_id()
                              : "/v1/services/" + command.register_service().service().service_id());
  return response;
}

}  // namespace gjallar::edges::http
