#include "broker/security/tls.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "broker/security/files.h"

namespace gjallar::security {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

constexpr long kDay = 24L * 60 * 60;
constexpr long kAuthorityLife = 10 * 365 * kDay;
constexpr long kLeafLife = 365 * kDay;
constexpr long kRenewBefore = 30 * kDay;
/// Clocks of other machines may be a little behind.
constexpr long kBackdated = 60L * 60;

core::Error tls_error(std::string_view what) {
  char reason[256] = "no further reason given";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return core::make_error(v1::ERROR_CODE_INTERNAL, "", fmt::format("{}: {}.", what, reason),
                          "Check the installation of OpenSSL.");
}

core::Error not_pem(const std::filesystem::path& file, std::string_view what) {
  ERR_clear_error();
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "",
                          fmt::format("{} is not {} in PEM form.", file.string(), what), "Check the path.");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

core::Result<Certificate> read_certificate(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return not_pem(file, "a certificate");
  return certificate;
}

core::Result<Key> read_key(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  const Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key) return not_pem(file, "a private key");
  return key;
}

core::Result<void> write_pair(const std::filesystem::path& certificate_file, X509* certificate,
                              const std::filesystem::path& key_file, EVP_PKEY* key) {
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return tls_error("Can't write a certificate");
  }
  GJALLAR_TRY(write_file(key_file, text_of(key_text.get())));
  return write_file(certificate_file, text_of(certificate_text.get()), true);
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// What a certificate is for.
struct Purpose {
  std::string common_name;
  std::string alternative_names;  ///< empty: an authority
  std::string extended_usage;
  long life_s = kLeafLife;
};

core::Result<Certificate> make_certificate(const Purpose& purpose, EVP_PKEY* key, X509* issuer,
                                           EVP_PKEY* issuer_key) {
  const bool authority = purpose.alternative_names.empty();
  Certificate certificate(X509_new());
  X509* const x = certificate.get();
  if (authority) issuer = x;
  const Number serial(BN_new());
  X509_NAME* const name = X509_get_subject_name(x);
  const auto* common_name = reinterpret_cast<const unsigned char*>(purpose.common_name.c_str());
  const bool made =
      X509_set_version(x, X509_VERSION_3) == 1 && BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, 0) == 1 &&
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x)) != nullptr &&
      X509_gmtime_adj(X509_getm_notBefore(x), -kBackdated) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(x), purpose.life_s) != nullptr &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common_name, -1, -1, 0) == 1 &&
      X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 && X509_set_pubkey(x, key) == 1 &&
      add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
      add_extension(x, issuer, NID_authority_key_identifier, "keyid:always") &&
      add_extension(x, issuer, NID_basic_constraints,
                    authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
      add_extension(x, issuer, NID_key_usage,
                    authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
      (authority || (add_extension(x, issuer, NID_ext_key_usage, purpose.extended_usage) &&
                     add_extension(x, issuer, NID_subject_alt_name, purpose.alternative_names))) &&
      X509_sign(x, authority ? key : issuer_key, EVP_sha256()) != 0;
  if (!made) return tls_error("Can't make a certificate");
  return certificate;
}

/// True if both files are there, belong together, are signed by `issuer` (if given), and last a while.
bool still_good(const std::filesystem::path& certificate_file, const std::filesystem::path& key_file,
                EVP_PKEY* issuer_key) {
  const auto certificate = read_certificate(certificate_file);
  const auto key = read_key(key_file);
  if (!certificate || !key) return false;
  X509* const x = certificate->get();
  std::time_t later = std::time(nullptr) + kRenewBefore;
  const bool good = X509_check_private_key(x, key->get()) == 1 &&
                    X509_cmp_time(X509_get0_notAfter(x), &later) > 0 &&
                    X509_verify(x, issuer_key == nullptr ? key->get() : issuer_key) == 1;
  ERR_clear_error();
  return good;
}

core::Result<void> keep_or_make(const Purpose& purpose, const std::filesystem::path& certificate_file,
                                const std::filesystem::path& key_file, X509* issuer, EVP_PKEY* issuer_key) {
  if (still_good(certificate_file, key_file, issuer_key)) return {};
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return tls_error("Can't make a key");
  const auto certificate = make_certificate(purpose, key.get(), issuer, issuer_key);
  if (!certificate) return certificate.error();
  return write_pair(certificate_file, certificate->get(), key_file, key.get());
}

}  // namespace

core::Result<DevAuthority> make_dev_authority(const std::filesystem::path& folder,
                                              const std::vector<std::string>& principals) {
  GJALLAR_TRY(make_private_folder(folder));
  DevAuthority files{folder / "ca.pem", folder / "ca.key", folder / "server.pem", folder / "server.key"};
  GJALLAR_TRY(keep_or_make({"Gjallar development authority", "", "", kAuthorityLife}, files.certificate,
                           files.key, nullptr, nullptr));
  const auto certificate = read_certificate(files.certificate);
  if (!certificate) return certificate.error();
  const auto key = read_key(files.key);
  if (!key) return key.error();
  GJALLAR_TRY(keep_or_make({"localhost", "DNS:localhost,IP:127.0.0.1,IP:::1", "serverAuth", kLeafLife},
                           files.server_certificate, files.server_key, certificate->get(), key->get()));
  for (const std::string& principal : principals) {
    GJALLAR_TRY(keep_or_make({principal, "URI:gjallar:principal:" + principal, "clientAuth", kLeafLife},
                             folder / (principal + ".pem"), folder / (principal + ".key"), certificate->get(),
                             key->get()));
  }
  return files;
}

core::Result<std::vector<std::string>> alternative_names(const std::filesystem::path& certificate) {
  const auto x = read_certificate(certificate);
  if (!x) return x.error();
  std::vector<std::string> found;
  const Names names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x->get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const Bio text(BIO_new(BIO_s_mem()));
    if (GENERAL_NAME_print(text.get(), sk_GENERAL_NAME_value(names.get(), i)) == 1) {
      found.push_back(text_of(text.get()));
    }
  }
  return found;
}

core::Result<void> check_key_pair(const std::filesystem::path& certificate,
                                  const std::filesystem::path& key) {
  const auto x = read_certificate(certificate);
  if (!x) return x.error();
  const auto private_key = read_key(key);
  if (!private_key) return private_key.error();
  if (X509_check_private_key(x->get(), private_key->get()) != 1) {
    ERR_clear_error();
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "",
                            fmt::format("{} is not the key of {}.", key.string(), certificate.string()),
                            "Give the key that the certificate was made with.");
  }
  return {};
}

}  // namespace gjallar::security
