#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/core/ids.h"

namespace gjallar::projections {

/// Where the next page of a listing begins: "SEQ.OFFSET". The moment is part of it, so pages neither repeat
/// nor miss an alert while new ones come.
struct PageToken {
  core::Seq seq = 0;
  std::uint64_t offset = 0;
};
[[nodiscard]] std::string to_text(const PageToken& token);
[[nodiscard]] std::optional<PageToken> parse_page_token(std::string_view text);

}  // namespace gjallar::projections
