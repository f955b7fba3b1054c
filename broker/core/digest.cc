#include "broker/core/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace gjallar::core {
namespace {

using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

/// Nothing if this OpenSSL has no such algorithm.
MacContext new_hmac_context() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacContext context(algorithm == nullptr ? nullptr : EVP_MAC_CTX_new(algorithm), &EVP_MAC_CTX_free);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters) != 1) context.reset();
  return context;
}

}  // namespace

Digest sha256(std::string_view first, std::string_view second, std::string_view third) {
  // One context a thread: making one costs more than a short hash.
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Digest out{};
  unsigned int length = 0;
  const bool fine = EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), third.data(), third.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), out.data(), &length) == 1;
  if (!fine) throw std::runtime_error("SHA-256 is not available in this OpenSSL");
  return out;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  // One context a thread: HMAC() looks its algorithms up anew each time.
  thread_local const auto context = new_hmac_context();
  const auto* const key_bytes = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
  const auto* const bytes = reinterpret_cast<const unsigned char*>(message.data());
  Digest out{};
  std::size_t length = 0;
  const bool fine = context != nullptr && EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) == 1 &&
                    EVP_MAC_update(context.get(), bytes, message.size()) == 1 &&
                    EVP_MAC_final(context.get(), out.data(), &length, out.size()) == 1;
  if (!fine) throw std::runtime_error("HMAC-SHA-256 is not available in this OpenSSL");
  return out;
}

std::string_view as_view(const Digest& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

bool digest_from(std::string_view bytes, Digest& out) noexcept {
  if (bytes.size() != out.size()) return false;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(out.data()));
  return true;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char character : bytes) {
    const auto byte = static_cast<std::uint8_t>(character);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gjallar::core
