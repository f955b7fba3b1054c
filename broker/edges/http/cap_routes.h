#pragma once

#include "broker/domain/principal.h"
#include "broker/edges/http/message.h"
#include "broker/edges/http/router.h"
#include "broker/edges/parts.h"

/// CAP 1.2 and the European notification over HTTP. All read the disk: on a BulkReader.
namespace gjallar::edges::http {

/// kCapFeed, kCapMessage and kEdas. If-None-Match with what the answer's ETag would be: 304.
[[nodiscard]] Response answer_cap(const Parts& parts, const domain::Principal& principal, const Route& route,
                                  const Request& request);
/// kPublishCap: the body is the message. 201 with Location for a new alert, 200 for all else.
void publish_cap(const Parts& parts, const domain::Principal& principal, const Route& route,
                 const Request& request, Respond respond);

/// Whether a header of entity tags names `tag` (RFC 9110, 13.1.2: compared weakly).
[[nodiscard]] bool names_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace gjallar::edges::http
