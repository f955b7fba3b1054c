#pragma once

#include <functional>

#include "broker/admission/admission.h"
#include "broker/core/random.h"
#include "broker/security/policy.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::edges {

/// Gives out tokens: makes id and secret, commits the secret's SHA-256, and tells the secret once. A repeat
/// under the same idempotency key is answered as a duplicate without it. Any thread.
class TokenDesk {
 public:
  template <typename Response>
  using Done = std::function<void(core::Result<Response>)>;

  /// All must outlive it and every answer.
  TokenDesk(admission::Admission& admission, const security::Policy& policy, core::Random& random)
      : admission_(admission), policy_(policy), random_(random) {}

  /// `done`: at once if it is refused at the door, else on the appender's thread; it must not block. Errors:
  /// PERMISSION_DENIED; INVALID_ARGUMENT: the policy has no such principal; as of Admission::submit.
  void issue(const domain::Principal& caller, const gjallar::v1::IssueTokenRequest& request,
             Done<gjallar::v1::IssueTokenResponse> done);
  /// As issue; NOT_FOUND: there is no such token in force.
  void rotate(const domain::Principal& caller, const gjallar::v1::RotateTokenRequest& request,
              Done<gjallar::v1::RotateTokenResponse> done);
  /// As rotate; NOTHING_TO_CHANGE: it was revoked before.
  void revoke(const domain::Principal& caller, const gjallar::v1::RevokeTokenRequest& request,
              Done<gjallar::v1::RevokeTokenResponse> done);

 private:
  admission::Admission& admission_;
  const security::Policy& policy_;
  core::Random& random_;
};

}  // namespace gjallar::edges
