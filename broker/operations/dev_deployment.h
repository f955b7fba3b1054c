#pragma once

#include <filesystem>
#include <string_view>

#include "broker/core/random.h"
#include "broker/core/result.h"
#include "broker/security/authenticator.h"
#include "broker/security/policy.h"
#include "broker/security/tls.h"

namespace gjallar::operations {

/// The policy of a development broker, as TOML: police, customs, laboratory, coordinator, operator, auditor,
/// escalator, and one principal for each service of the demo.
[[nodiscard]] std::string_view dev_policy();

/// Writes the credentials of every principal of the policy into `folder`: ca.pem, PRINCIPAL.pem,
/// PRINCIPAL.key, and tokens.json (principal → token). What is there and still valid is kept, so clients may
/// go on after a restart. Calling thread.
[[nodiscard]] core::Result<security::DevAuthority> make_dev_deployment(const std::filesystem::path& folder,
                                                                       const security::Policy& policy,
                                                                       security::TokenStore& tokens,
                                                                       core::Random& random);

}  // namespace gjallar::operations
