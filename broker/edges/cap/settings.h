#pragma once

#include <memory>
#include <string>

namespace gjallar::edges::cap {

class Signer;
class Verifier;

/// What a deployment says about CAP.
struct Settings {
  std::string sender;                        ///< of every message; empty: "urn:gjallar:LOG"
  std::shared_ptr<const Signer> signer;      ///< nullptr: messages are not signed
  std::shared_ptr<const Verifier> verifier;  ///< nullptr: no signature is verified
};

/// Files of a deployment's [cap] section, PEM.
struct SignatureFiles {
  std::string signing_key;
  std::string signing_certificate;
  std::string trusted_certificates;
};

}  // namespace gjallar::edges::cap
