#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "broker/core/result.h"

namespace gjallar::security {

/// The files of a development deployment's own authority, in one folder.
struct DevAuthority {
  std::filesystem::path certificate;         ///< ca.pem
  std::filesystem::path key;                 ///< ca.key
  std::filesystem::path server_certificate;  ///< server.pem: localhost, 127.0.0.1, ::1
  std::filesystem::path server_key;          ///< server.key
};

/// Makes, in `folder`, an authority (EC P-256, ten years) and a server certificate, and for each principal
/// PRINCIPAL.pem and PRINCIPAL.key with the subject alternative name URI gjallar:principal:NAME (one year).
/// What is there and good for another thirty days is kept. Keys have mode 0600. For loopback only: the
/// authority's key lies beside the rest. Calling thread.
[[nodiscard]] core::Result<DevAuthority> make_dev_authority(const std::filesystem::path& folder,
                                                            const std::vector<std::string>& principals);

/// The subject alternative names of a PEM certificate as "URI:…", "DNS:…", "IP:…". INVALID_ARGUMENT if it
/// isn't one.
[[nodiscard]] core::Result<std::vector<std::string>> alternative_names(
    const std::filesystem::path& certificate);

/// That certificate and key can be read and belong together. INVALID_ARGUMENT names the file at fault.
[[nodiscard]] core::Result<void> check_key_pair(const std::filesystem::path& certificate,
                                                const std::filesystem::path& key);

}  // namespace gjallar::security
