#include "tools/gjallar/moment.h"

#include <google/protobuf/util/time_util.h>

#include <charconv>

namespace gjallar::tool {

core::Result<void> set_moment(const std::string& text, const std::string& field,
                              gjallar::v1::Moment& moment) {
  if (text.empty()) return {};
  std::uint64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error == std::errc() && end == text.data() + text.size()) {
    moment.set_seq(seq);
    return {};
  }
  if (google::protobuf::util::TimeUtil::FromString(text, moment.mutable_time())) return {};
  return core::make_error(gjallar::v1::ERROR_CODE_INVALID_ARGUMENT, field, "Neither a seq nor a time.",
                          "Write a seq (1234) or an RFC 3339 time (2026-06-01T12:00:00Z).");
}

}  // namespace gjallar::tool
