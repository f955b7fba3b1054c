#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/result.h"
#include "broker/edges/cap/settings.h"
#include "broker/edges/cap/xml.h"
#include "gjallar/v1/cap.pb.h"

/// Enveloped XML signatures (W3C XML Signature 1.1, CAP 1.2 section 3.3.4.1) by xmlsec.
namespace gjallar::edges::cap {

/// Signs with one key: RSA or EC, SHA-256, Exclusive Canonical XML. Any thread.
class Signer {
 public:
  /// INVALID_ARGUMENT naming cap.signing_key or cap.signing_certificate.
  [[nodiscard]] static core::Result<std::shared_ptr<const Signer>> load(const SignatureFiles& files);
  /// Appends the signature to the root element. INTERNAL if xmlsec can't.
  [[nodiscard]] core::Result<void> sign(xmlDoc& document) const;

 private:
  Signer(std::string key, std::string certificate, bool elliptic)
      : key_(std::move(key)), certificate_(std::move(certificate)), elliptic_(elliptic) {}
  std::string key_;
  std::string certificate_;
  bool elliptic_;
};

/// Verifies against the authorities that a deployment trusts. Any thread.
class Verifier {
 public:
  /// INVALID_ARGUMENT naming cap.trusted_certificates.
  [[nodiscard]] static core::Result<std::shared_ptr<const Verifier>> load(const SignatureFiles& files);
  /// The certificate's subject if exactly one signature covers the whole document and its certificate comes
  /// from a trusted authority; else nothing. Keys that a message brings without a certificate count for
  /// nothing.
  [[nodiscard]] std::optional<std::string> verified_subject(const xmlDoc& document) const;

 private:
  explicit Verifier(std::vector<std::string> trusted) : trusted_(std::move(trusted)) {}
  std::vector<std::string> trusted_;  ///< PEM, one certificate each
};

/// The fact to record: nothing if the message has no signature. `verifier` may be nullptr.
[[nodiscard]] std::optional<gjallar::v1::CapSignature> signature_fact(const xmlDoc& document,
                                                                      const Verifier* verifier);

}  // namespace gjallar::edges::cap
