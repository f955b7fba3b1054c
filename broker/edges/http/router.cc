#include "broker/edges/http/router.h"

#include <array>
#include <optional>
#include <vector>

#include "broker/core/limits.h"

namespace gjallar::edges::http {
namespace {

/// One route: its path's segments, "*" for an id.
struct Entry {
  Method method;
  std::array<std::string_view, 4> path;
  RouteKind kind;
};

constexpr std::array kRoutes = {
    Entry{Method::kGet, {"healthz"}, RouteKind::kHealth},
    Entry{Method::kGet, {"livez"}, RouteKind::kHealth},
    Entry{Method::kGet, {"readyz"}, RouteKind::kReady},
    Entry{Method::kGet, {"v1", "alerts"}, RouteKind::kListAlerts},
    Entry{Method::kPost, {"v1", "alerts"}, RouteKind::kIssue},
    Entry{Method::kGet, {"v1", "alerts", "*"}, RouteKind::kGetAlert},
    Entry{Method::kGet, {"v1", "alerts", "*", "history"}, RouteKind::kHistory},
    Entry{Method::kGet, {"v1", "alerts", "*", "delivery"}, RouteKind::kDelivery},
    Entry{Method::kGet, {"v1", "alerts", "*", "edas"}, RouteKind::kEdas},
    Entry{Method::kPost, {"v1", "alerts", "*", "revise"}, RouteKind::kRevise},
    Entry{Method::kPost, {"v1", "alerts", "*", "grade"}, RouteKind::kGrade},
    Entry{Method::kPost, {"v1", "alerts", "*", "widen"}, RouteKind::kWiden},
    Entry{Method::kPost, {"v1", "alerts", "*", "retract"}, RouteKind::kRetract},
    Entry{Method::kPost, {"v1", "alerts", "*", "observe"}, RouteKind::kObserve},
    Entry{Method::kPost, {"v1", "alerts", "*", "conclude"}, RouteKind::kConclude},
    Entry{Method::kPost, {"v1", "alerts", "*", "escalation-outcome"}, RouteKind::kReportEscalation},
    Entry{Method::kPost, {"v1", "alerts", "*", "acknowledge"}, RouteKind::kAcknowledge},
    Entry{Method::kGet, {"v1", "overdoses"}, RouteKind::kListOverdoses},
    Entry{Method::kPost, {"v1", "overdoses"}, RouteKind::kCountOverdoses},
    Entry{Method::kPost, {"v1", "reports"}, RouteKind::kReport},
    Entry{Method::kGet, {"v1", "shortages"}, RouteKind::kListShortages},
    Entry{Method::kGet, {"v1", "services"}, RouteKind::kListServices},
    Entry{Method::kPost, {"v1", "services"}, RouteKind::kRegisterService},
    Entry{Method::kGet, {"v1", "services", "*"}, RouteKind::kGetService},
    // Behind the one with an id: of two that meet a path the later counts.
    Entry{Method::kGet, {"v1", "services", "activity"}, RouteKind::kServiceActivity},
    Entry{Method::kGet, {"cap", "feed.atom"}, RouteKind::kCapFeed},
    Entry{Method::kPost, {"cap", "alerts"}, RouteKind::kPublishCap},
    Entry{Method::kGet, {"cap", "alerts", "*"}, RouteKind::kCapMessage},
    Entry{Method::kGet, {"v1", "events"}, RouteKind::kEvents},
    Entry{Method::kGet, {"v1", "stream"}, RouteKind::kStream},
};

/// The segments of an absolute path; nothing if it is none, or longer than any route.
std::optional<std::vector<std::string_view>> split(std::string_view path) {
  if (path.empty() || path[0] != '/') return std::nullopt;
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment.empty() || segments.size() == std::tuple_size_v<decltype(Entry::path)>) return std::nullopt;
    segments.push_back(segment);
  }
  return segments;
}

bool meets(const Entry& entry, const std::vector<std::string_view>& segments) {
  for (std::size_t i = 0; i < entry.path.size(); ++i) {
    const std::string_view wanted = entry.path[i];
    if (i >= segments.size()) return wanted.empty();
    if (wanted != "*" && wanted != segments[i]) return false;
  }
  return true;
}

Problem not_found() {
  return {core::make_error(
              v1::ERROR_CODE_NOT_FOUND, "", "There is nothing at this path.",
              "Alerts are at /v1/alerts, overdose counts at /v1/overdoses, services at /v1/services, push at "
              "/v1/stream and /v1/events, CAP at /cap/feed.atom."),
          0,
          {}};
}

Problem wrong_method(std::string allowed) {
  std::string advice = "Use " + allowed + ".";
  return {core::make_error(v1::ERROR_CODE_UNSUPPORTED, "", "This path doesn't take this method.",
                           std::move(advice)),
          405,
          {{"Allow", std::move(allowed)}}};
}

}  // namespace

std::variant<Route, Problem> find_route(Method method, std::string_view target) {
  const std::size_t mark = target.find('?');
  const auto segments = split(target.substr(0, mark));
  if (!segments) return not_found();

  const Entry* found = nullptr;
  std::string allowed;
  for (const Entry& entry : kRoutes) {
    if (!meets(entry, *segments)) continue;
    if (entry.method == method) found = &entry;
    const std::string_view methods = entry.method == Method::kGet ? "GET, HEAD" : "POST";
    if (allowed.find(methods) != std::string::npos) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += methods;
  }
  if (found == nullptr) return allowed.empty() ? not_found() : wrong_method(std::move(allowed));

  Route route;
  route.kind = found->kind;
  if (found->path[2] == "*") {
    auto id = percent_decode((*segments)[2], false);
    if (!id || id->size() > core::limits::kServiceIdLengthMax) return not_found();
    route.id = std::move(*id);
  }
  auto query = Query::parse(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  if (!query) return Problem{query.error(), 0, {}};
  route.query = std::move(*query);
  return route;
}

bool is_anonymous(RouteKind kind) noexcept {
  return kind == RouteKind::kHealth || kind == RouteKind::kReady;
}

}  // namespace gjallar::edges::http
