#pragma once

#include <string>

#include "broker/core/result.h"
#include "broker/domain/principal.h"
#include "broker/log/event_log.h"

namespace gjallar::edges::cap {

/// What of the feed is asked for; empty fields don't filter.
struct FeedRequest {
  std::string area;
  std::string role;
  gjallar::v1::GradeLevel grade = gjallar::v1::GRADE_LEVEL_UNSPECIFIED;
  core::Seq before = 0;  ///< 0: from the head; else an archive page of the messages before this seq
};

/// The messages that the principal may see, the latest first, as an Atom feed (RFC 4287) that pages back (RFC
/// 5005, prev-archive). An entry's id is for ever; a page's bytes change only when its entries do. A page
/// holds at most kCapFeedEntries, and looks at no more than kCapFeedEventsMax events. UNKNOWN_AREA,
/// UNKNOWN_ROLE by the caller. Reads the disk: on a BulkReader.
[[nodiscard]] core::Result<std::string> feed_page(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                                                  const domain::Principal& principal,
                                                  const FeedRequest& request);

}  // namespace gjallar::edges::cap
