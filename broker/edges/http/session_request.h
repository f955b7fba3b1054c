#pragma once

#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/domain/role.h"
#include "broker/edges/http/query.h"
#include "broker/fanout/session.h"

namespace gjallar::edges::http {

/// What GET /v1/stream and /v1/events ask for: cursor=LOG.SEQ or after=SEQ, seen=SEQ:HEX, area and role (a
/// viewer session), client_id (default: the transport's name). `last_event_id`, if not empty, is where to go
/// on whatever the query says: the browser's newest word. INVALID_CURSOR, INVALID_ARGUMENT, UNKNOWN_AREA,
/// UNKNOWN_ROLE.
[[nodiscard]] core::Result<fanout::SessionRequest> session_request(const domain::Principal& principal,
                                                                   const Query& query,
                                                                   const std::string& last_event_id,
                                                                   receipts::TransportKind transport,
                                                                   const domain::RoleCatalogue& roles);

}  // namespace gjallar::edges::http
