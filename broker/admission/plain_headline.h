#pragma once

#include <string>
#include <string_view>

#include "gjallar/v1/alert.pb.h"

namespace gjallar::admission {

/// A headline from structured fields alone, for a text that was left out: the kind in the block's language
/// (sv, nb, nn, da, fi, else English), the first substance, the first area's name. Not longer than a headline
/// may be. Pure.
[[nodiscard]] std::string plain_headline(const gjallar::v1::AlertContent& content, std::string_view language);

}  // namespace gjallar::admission
