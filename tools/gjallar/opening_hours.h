#pragma once

#include <google/protobuf/repeated_field.h>

#include <string>
#include <string_view>

#include "broker/core/result.h"
#include "gjallar/v1/directory.pb.h"

namespace gjallar::tool {

using OpeningHours = google::protobuf::RepeatedPtrField<gjallar::v1::OpeningHours>;

/// Reads opening hours as people write them: "mon-fri 08:00-16:30", "mon-thu 08:00-12:00 13:00-16:00; fri
/// 08:00-12:00", "daily 00:00-24:00"; "always" is no hours at all. A span that ends before it begins goes on
/// into the next day ("fri 22:00-04:00"). In order of time. INVALID_ARGUMENT names `field`: a word that is
/// no day or span, or spans that overlap. Pure.
[[nodiscard]] core::Result<OpeningHours> parse_opening_hours(std::string_view text, const std::string& field);

/// The same in as few words as parse_opening_hours reads back; "always" for none. Pure.
[[nodiscard]] std::string opening_hours_text(const OpeningHours& hours);

}  // namespace gjallar::tool
