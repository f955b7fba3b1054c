#pragma once

#include <memory>
#include <string>

#include "broker/edges/http/push_session.h"

namespace gjallar::edges::http {

/// A session as Server-Sent Events (WHATWG HTML, 9.2): `id:` the cursor where a frame has one, `event:` the
/// CloudEvents type, `data:` the CloudEvents object on one line.
[[nodiscard]] core::Owned<PushSession> make_sse_session(EdgeContext& context, std::size_t shard,
                                                        bool chunked);
/// The head of the response that a session begins with; chunked for HTTP/1.1.
[[nodiscard]] std::string sse_opening(bool chunked);

/// The lines before an event's shared body, and a whole control frame but for the empty line after it.
[[nodiscard]] std::string sse_head(const fanout::Delivery& delivery, const core::LogId& log_id);
[[nodiscard]] std::string sse_frame(const gjallar::v1::Frame& frame, const core::LogId& log_id);

}  // namespace gjallar::edges::http
