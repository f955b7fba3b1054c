#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "broker/edges/http/message.h"
#include "broker/edges/http/problem.h"
#include "broker/edges/http/query.h"

namespace gjallar::edges::http {

/// What a request asks for.
enum class RouteKind {
  kHealth,
  kReady,
  kIssue,
  kRevise,
  kGrade,
  kWiden,
  kRetract,
  kObserve,
  kCountOverdoses,
  kListOverdoses,
  kReport,
  kConclude,
  kReportEscalation,
  kAcknowledge,
  kListAlerts,
  kGetAlert,
  kHistory,
  kDelivery,
  kListShortages,
  kListServices,
  kGetService,
  kServiceActivity,
  kRegisterService,
  kEdas,
  kPublishCap,
  kCapMessage,
  kCapFeed,
  kEvents,
  kStream,
};

/// A request's place: what it asks for, about what, and with which parameters.
struct Route {
  RouteKind kind = RouteKind::kHealth;
  std::string id;  ///< of the alert (id or reference) or the service, decoded; else empty
  Query query;
};

/// Finds the route of a method and target. Problems: 404 for an unknown path, 405 with Allow for a wrong
/// method, 400 for a broken target. Pure.
[[nodiscard]] std::variant<Route, Problem> find_route(Method method, std::string_view target);

/// The routes that need no credentials.
[[nodiscard]] bool is_anonymous(RouteKind kind) noexcept;

}  // namespace gjallar::edges::http
