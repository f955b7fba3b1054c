#pragma once

#include "broker/core/error.h"
#include "broker/edges/http/message.h"

namespace gjallar::edges::http {

/// A refusal on its way to the wire. `status` 0: the one of the code.
struct Problem {
  core::Error error;
  unsigned status = 0;
  Headers headers;
};

/// The HTTP status of a code; docs/protocol.md has the table.
[[nodiscard]] unsigned status_of(core::Code code) noexcept;

/// application/problem+json (RFC 7807): type "urn:gjallar:error:CODE", title, status, detail, code, and where
/// they are set field, advice, retry_after ("0.250s") and current_version ("3"), the last two as in the
/// proto3 JSON mapping. With it Retry-After in whole seconds, and WWW-Authenticate for 401.
[[nodiscard]] Response to_response(const Problem& problem);
[[nodiscard]] Response to_response(const core::Error& error);

}  // namespace gjallar::edges::http
