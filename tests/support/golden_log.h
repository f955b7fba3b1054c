// The history that the golden data folders hold, and where they are.
#pragma once

#include <filesystem>

namespace gjallar::testing {

/// The source tree, from GJALLAR_SOURCE or the folders above the present one.
[[nodiscard]] std::filesystem::path source_root();
/// tests/golden/log-vN: written when format N was begun, never changed again. A new format gets a folder of
/// its own.
[[nodiscard]] std::filesystem::path golden_folder(int format);
/// Writes the history (services, alerts of every kind of event, keys remembered and forgotten) as the present
/// version does: partly in table files, partly in the write-ahead log. `folder` must not exist yet.
void write_golden_folder(const std::filesystem::path& folder);

}  // namespace gjallar::testing
