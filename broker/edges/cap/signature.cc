#include "broker/edges/cap/signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/openssl/x509.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#include <mutex>
#include <utility>

#include "broker/admission/privacy_gate.h"
#include "broker/edges/cap/names.h"
#include "broker/security/files.h"
#include "broker/security/tls.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::size_t kSubjectSizeMax = 300;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using SignatureContext = std::unique_ptr<xmlSecDSigCtx, Freed<xmlSecDSigCtxDestroy>>;
using KeysManager = std::unique_ptr<xmlSecKeysMngr, Freed<xmlSecKeysMngrDestroy>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// False if the library on this machine doesn't fit.
bool initialise_xmlsec() {
  static std::once_flag once;
  static bool done = false;
  std::call_once(once, [] {
    xmlSecErrorsDefaultCallbackEnableOutput(0);  // what it writes may hold what was sent
    done = xmlSecInit() == 0 && xmlSecCheckVersion() == 1 && xmlSecCryptoAppInit(nullptr) == 0 &&
           xmlSecCryptoInit() == 0;
  });
  return done;
}

core::Error bad_file(std::string field, std::string message) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field), std::move(message),
                          "Give PEM files under [cap]; docs/operate.md has an example.");
}

core::Error cannot_sign() {
  return core::make_error(v1::ERROR_CODE_INTERNAL, "", "The message can't be signed.",
                          "Ask the operator to check cap.signing_key.");
}

const xmlSecByte* bytes_of(const std::string& text) {
  return reinterpret_cast<const xmlSecByte*>(text.data());
}

std::vector<const xmlNode*> signatures_of(const xmlDoc& document) {
  const xmlNode* const root = xmlDocGetRootElement(const_cast<xmlDoc*>(&document));
  std::vector<const xmlNode*> found;
  for (const xmlNode* child : child_elements(*root)) {
    if (namespace_of(*child) == kSignatureNamespace) found.push_back(child);
  }
  return found;
}

/// The empty signature, with a place for the certificate.
xmlNode* add_template(xmlDoc& document, bool elliptic) {
  const auto method = elliptic ? xmlSecTransformEcdsaSha256Id : xmlSecTransformRsaSha256Id;
  xmlNode* const node = xmlSecTmplSignatureCreate(&document, xmlSecTransformExclC14NId, method, nullptr);
  if (node == nullptr) return nullptr;
  xmlAddChild(xmlDocGetRootElement(&document), node);
  xmlNode* const reference = xmlSecTmplSignatureAddReference(node, xmlSecTransformSha256Id, nullptr,
                                                             reinterpret_cast<const xmlChar*>(""), nullptr);
  xmlNode* const info = xmlSecTmplSignatureEnsureKeyInfo(node, nullptr);
  if (reference == nullptr || info == nullptr ||
      xmlSecTmplReferenceAddTransform(reference, xmlSecTransformEnvelopedId) == nullptr ||
      xmlSecTmplReferenceAddTransform(reference, xmlSecTransformExclC14NId) == nullptr) {
    return nullptr;
  }
  xmlNode* const data = xmlSecTmplKeyInfoAddX509Data(info);
  if (data == nullptr || xmlSecTmplX509DataAddCertificate(data) == nullptr) return nullptr;
  return node;
}

/// Only what an enveloped signature of a whole document needs: no XPath, no XSLT, no other documents.
bool restrict_to_enveloped(xmlSecDSigCtx& context) {
  context.enabledReferenceUris = xmlSecTransformUriTypeEmpty;
  bool done = true;
  for (const xmlSecTransformId transform :
       {xmlSecTransformEnvelopedId, xmlSecTransformInclC14NId, xmlSecTransformExclC14NId,
        xmlSecTransformSha256Id, xmlSecTransformSha384Id, xmlSecTransformSha512Id}) {
    done = done && xmlSecDSigCtxEnableReferenceTransform(&context, transform) == 0;
  }
  for (const xmlSecTransformId transform :
       {xmlSecTransformInclC14NId, xmlSecTransformExclC14NId, xmlSecTransformRsaSha256Id,
        xmlSecTransformRsaSha384Id, xmlSecTransformRsaSha512Id, xmlSecTransformEcdsaSha256Id,
        xmlSecTransformEcdsaSha384Id, xmlSecTransformEcdsaSha512Id}) {
    done = done && xmlSecDSigCtxEnableSignatureTransform(&context, transform) == 0;
  }
  return done && xmlSecPtrListAdd(&context.keyInfoReadCtx.enabledKeyData,
                                  const_cast<void*>(static_cast<const void*>(xmlSecKeyDataX509Id))) == 0;
}

std::string subject_of(const xmlSecDSigCtx& context) {
  const xmlSecKeyDataPtr data =
      context.signKey == nullptr ? nullptr : xmlSecKeyGetData(context.signKey, xmlSecOpenSSLKeyDataX509Id);
  X509* const certificate = data == nullptr ? nullptr : xmlSecOpenSSLKeyDataX509GetKeyCert(data);
  if (certificate == nullptr) return {};
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

core::Result<std::shared_ptr<const Signer>> Signer::load(const SignatureFiles& files) {
  auto key = security::read_file(files.signing_key);
  if (!key) return bad_file("cap.signing_key", key.error().message);
  auto certificate = security::read_file(files.signing_certificate);
  if (!certificate) return bad_file("cap.signing_certificate", certificate.error().message);
  if (const auto pair = security::check_key_pair(files.signing_certificate, files.signing_key); !pair)
    return bad_file("cap.signing_certificate", pair.error().message);
  const Bio bytes(BIO_new_mem_buf(key->data(), static_cast<int>(key->size())));
  const Key parsed(PEM_read_bio_PrivateKey(bytes.get(), nullptr, nullptr, nullptr));
  const int type = parsed ? EVP_PKEY_get_base_id(parsed.get()) : EVP_PKEY_NONE;
  if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
    return bad_file("cap.signing_key", "The key is neither RSA nor EC.");
  if (!initialise_xmlsec()) return bad_file("cap.signing_key", "The XML security library can't be used.");
  return std::shared_ptr<const Signer>(
      new Signer(std::move(*key), std::move(*certificate), type == EVP_PKEY_EC));
}

core::Result<void> Signer::sign(xmlDoc& document) const {
  const SignatureContext context(xmlSecDSigCtxCreate(nullptr));
  xmlNode* const node = context ? add_template(document, elliptic_) : nullptr;
  if (node == nullptr) return cannot_sign();
  context->signKey = xmlSecCryptoAppKeyLoadMemory(bytes_of(key_), key_.size(), xmlSecKeyDataFormatPem,
                                                  nullptr, nullptr, nullptr);
  if (context->signKey == nullptr ||
      xmlSecCryptoAppKeyCertLoadMemory(context->signKey, bytes_of(certificate_), certificate_.size(),
                                       xmlSecKeyDataFormatPem) < 0 ||
      xmlSecDSigCtxSign(context.get(), node) < 0) {
    return cannot_sign();
  }
  return {};
}

core::Result<std::shared_ptr<const Verifier>> Verifier::load(const SignatureFiles& files) {
  const std::string field = "cap.trusted_certificates";
  const auto text = security::read_file(files.trusted_certificates);
  if (!text) return bad_file(field, text.error().message);
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::vector<std::string> trusted;
  for (std::size_t at = text->find(kBegin); at != std::string::npos; at = text->find(kBegin, at + 1)) {
    const std::size_t end = text->find(kEnd, at);
    if (end == std::string::npos) break;
    trusted.push_back(text->substr(at, end + kEnd.size() - at) + "\n");
    const Bio bytes(BIO_new_mem_buf(trusted.back().data(), static_cast<int>(trusted.back().size())));
    const std::unique_ptr<X509, Freed<X509_free>> parsed(
        PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr));
    if (!parsed) return bad_file(field, "A certificate in the file can't be read.");
  }
  if (trusted.empty()) return bad_file(field, "The file holds no certificate.");
  if (!initialise_xmlsec()) return bad_file(field, "The XML security library can't be used.");
  return std::shared_ptr<const Verifier>(new Verifier(std::move(trusted)));
}

std::optional<std::string> Verifier::verified_subject(const xmlDoc& document) const {
  const XmlDocument copy(xmlCopyDoc(const_cast<xmlDoc*>(&document), 1));
  if (!copy || signatures_of(*copy).size() != 1) return std::nullopt;
  const KeysManager manager(xmlSecKeysMngrCreate());
  if (!manager || xmlSecCryptoAppDefaultKeysMngrInit(manager.get()) < 0) return std::nullopt;
  for (const std::string& certificate : trusted_) {
    if (xmlSecCryptoAppKeysMngrCertLoadMemory(manager.get(), bytes_of(certificate), certificate.size(),
                                              xmlSecKeyDataFormatPem, xmlSecKeyDataTypeTrusted) < 0) {
      return std::nullopt;
    }
  }
  const SignatureContext context(xmlSecDSigCtxCreate(manager.get()));
  if (!context || !restrict_to_enveloped(*context)) return std::nullopt;
  auto* const node = const_cast<xmlNode*>(signatures_of(*copy).front());
  if (xmlSecDSigCtxVerify(context.get(), node) < 0 || context->status != xmlSecDSigStatusSucceeded ||
      xmlSecPtrListGetSize(&context->signedInfoReferences) != 1) {
    return std::nullopt;
  }
  return subject_of(*context);
}

std::optional<v1::CapSignature> signature_fact(const xmlDoc& document, const Verifier* verifier) {
  if (signatures_of(document).empty()) return std::nullopt;
  v1::CapSignature fact;
  fact.set_state(v1::CAP_SIGNATURE_STATE_NOT_VERIFIED);
  if (verifier == nullptr) return fact;
  auto subject = verifier->verified_subject(document);
  if (!subject) return fact;
  fact.set_state(v1::CAP_SIGNATURE_STATE_VERIFIED);
  // A person's certificate counts, and the person isn't written down.
  const bool plain =
      subject->size() <= kSubjectSizeMax && admission::check_text("subject", *subject).has_value();
  if (plain) fact.set_certificate_subject(std::move(*subject));
  return fact;
}

}  // namespace gjallar::edges::cap
