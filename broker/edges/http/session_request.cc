#include "broker/edges/http/session_request.h"

#include <algorithm>

#include "broker/core/limits.h"
#include "broker/edges/seen_head.h"
#include "broker/projections/alert_filter.h"

namespace gjallar::edges::http {
namespace {

core::Result<std::string> client_id_of(const Query& query, receipts::TransportKind transport) {
  const std::string& client_id = query.text("client_id");
  if (client_id.empty()) return std::string(receipts::transport_name(transport));
  const bool printable = std::all_of(client_id.begin(), client_id.end(),
                                     [](char character) { return character >= 0x21 && character <= 0x7E; });
  if (!printable || client_id.size() > core::limits::kClientIdLengthMax) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "client_id",
                            "A client id is 1 to 64 printable ASCII characters without spaces.",
                            "Name the program, not a person.");
  }
  return client_id;
}

core::Result<core::Cursor> cursor_of(const std::string& text, const char* field) {
  auto cursor = core::parse_cursor(text);
  if (!cursor) {
    return core::make_error(v1::ERROR_CODE_INVALID_CURSOR, field, "This isn't a cursor.",
                            "Send the cursor of the last frame that was handled, unchanged, or none.");
  }
  return *cursor;
}

core::Result<void> set_position(const Query& query, const std::string& last_event_id,
                                fanout::SessionRequest& request) {
  const bool by_event = !last_event_id.empty();
  const std::string& text = by_event ? last_event_id : query.text("cursor");
  if (!text.empty()) {
    auto cursor = cursor_of(text, by_event ? "Last-Event-ID" : "cursor");
    if (!cursor) return cursor.error();
    if (!by_event && query.has("after")) {
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "after", "Both cursor and after are given.",
                              "Send one of them.");
    }
    request.cursor = std::move(*cursor);
    return {};
  }
  if (query.text("after").empty()) return {};
  const auto after = query.number("after");
  if (!after) return after.error();
  request.after = *after;
  return {};
}

}  // namespace

core::Result<fanout::SessionRequest> session_request(const domain::Principal& principal, const Query& query,
                                                     const std::string& last_event_id,
                                                     receipts::TransportKind transport,
                                                     const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(query.allow_only({"cursor", "after", "seen", "area", "role", "client_id"}));
  fanout::SessionRequest request;
  request.principal = principal;
  request.transport = transport;
  auto client_id = client_id_of(query, transport);
  if (!client_id) return client_id.error();
  request.client_id = std::move(*client_id);
  GJALLAR_TRY(set_position(query, last_event_id, request));
  auto seen = seen_head_in(query.text("seen"), "seen");
  if (!seen) return seen.error();
  request.seen = std::move(*seen);
  const std::string& area = query.text("area");
  const std::string& role = query.text("role");
  // An area of an older edition may still be asked for: alerts of its day carry it.
  GJALLAR_TRY(projections::check_area_filter(area, "area"));
  GJALLAR_TRY(projections::check_role_filter(role, roles, "role"));
  if (!area.empty() || !role.empty()) request.filter = domain::ViewFilter{area, role};
  return request;
}

}  // namespace gjallar::edges::http
