#include "broker/edges/http/tls_files.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace gjallar::edges::http {
namespace {

namespace ssl = boost::asio::ssl;

core::Error unreadable(const char* field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, field, std::move(message), std::move(advice));
}

}  // namespace

TlsFiles::TlsFiles(std::string certificate_file, std::string key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}

core::Result<TlsFiles> TlsFiles::open(std::string certificate_file, std::string key_file) {
  TlsFiles files(std::move(certificate_file), std::move(key_file));
  files.stamp_ = files.stamp();
  files.looked_ = std::chrono::steady_clock::now();
  auto context = files.read();
  if (!context) return context.error();
  files.context_ = std::move(context.value());
  return files;
}

core::Result<std::shared_ptr<ssl::context>> TlsFiles::read() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code failed;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                           ssl::context::single_dh_use,
                       failed);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  if (!failed) context->use_certificate_chain_file(certificate_file_, failed);
  if (failed) {
    return unreadable("http.certificate", "The certificate can't be read: " + failed.message() + ".",
                      "Name a PEM file with the certificate and its chain.");
  }
  context->use_private_key_file(key_file_, ssl::context::pem, failed);
  if (failed) {
    return unreadable("http.key",
                      "The key can't be read, or isn't the certificate's: " + failed.message() + ".",
                      "Name the PEM file of the certificate's key.");
  }
  return context;
}

std::optional<TlsFiles::Stamp> TlsFiles::stamp() const {
  std::error_code failed;
  Stamp stamp;
  stamp.certificate = std::filesystem::last_write_time(certificate_file_, failed);
  if (failed) return std::nullopt;
  stamp.key = std::filesystem::last_write_time(key_file_, failed);
  if (failed) return std::nullopt;
  return stamp;
}

std::shared_ptr<ssl::context> TlsFiles::current() {
  const auto now = std::chrono::steady_clock::now();
  if (now < looked_ + kLookInterval) return context_;
  looked_ = now;
  const auto stamp = this->stamp();
  if (!stamp || stamp == stamp_) return context_;
  stamp_ = stamp;
  auto context = read();
  if (context) {
    context_ = std::move(context.value());
    spdlog::info("HTTP: the certificate was read again");
  } else {
    spdlog::warn("HTTP: the changed certificate isn't used: {}", context.error().message);
  }
  return context_;
}

}  // namespace gjallar::edges::http
