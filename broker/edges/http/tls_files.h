#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "broker/core/result.h"

namespace gjallar::edges::http {

/// The HTTP edge's certificate and key, read again when the files change, so that a renewed certificate needs
/// no restart. One thread at a time.
class TlsFiles {
 public:
  /// Reads both files. UNAVAILABLE names http.certificate or http.key if one can't be read or they don't
  /// belong together.
  [[nodiscard]] static core::Result<TlsFiles> open(std::string certificate_file, std::string key_file);

  /// The context for the next connection. Looks at the files at most once every kLookInterval; files that
  /// can't be read leave the context as it was (half of a renewal may be on disk) and are logged once.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> current();

  static constexpr std::chrono::seconds kLookInterval{5};

 private:
  /// When and how each file was last written.
  struct Stamp {
    std::filesystem::file_time_type certificate;
    std::filesystem::file_time_type key;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  TlsFiles(std::string certificate_file, std::string key_file);
  [[nodiscard]] core::Result<std::shared_ptr<boost::asio::ssl::context>> read() const;
  [[nodiscard]] std::optional<Stamp> stamp() const;

  std::string certificate_file_;
  std::string key_file_;
  std::optional<Stamp> stamp_;
  std::chrono::steady_clock::time_point looked_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace gjallar::edges::http
