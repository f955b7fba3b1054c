#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "broker/core/result.h"

namespace gjallar::security {

/// The whole file. NOT_FOUND if it isn't there, TOO_LARGE beyond `bytes_max`, UNAVAILABLE if it can't be
/// read; the message names the file. Any thread.
[[nodiscard]] core::Result<std::string> read_file(const std::filesystem::path& file,
                                                  std::size_t bytes_max = std::size_t{4} * 1024 * 1024);

/// Replaces the file atomically: written beside it, synced, renamed. Only the owner may read it (0600) unless
/// `for_everyone` (0644).
[[nodiscard]] core::Result<void> write_file(const std::filesystem::path& file, std::string_view text,
                                            bool for_everyone = false);

/// Makes a folder (and those above it) that only its owner may enter.
[[nodiscard]] core::Result<void> make_private_folder(const std::filesystem::path& folder);

}  // namespace gjallar::security
