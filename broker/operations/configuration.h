#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "broker/admission/privacy_rules.h"
#include "broker/core/limits.h"
#include "broker/core/result.h"
#include "broker/domain/overdoses.h"
#include "broker/edges/cap/settings.h"
#include "broker/receipts/chase.h"

namespace gjallar::operations {

/// One listener.
struct Listener {
  std::string address;  ///< "127.0.0.1:8080", "[::1]:8080", "localhost:8080"; port 0: any
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// Everything a broker is told from outside. docs/operate.md describes the file's keys, which have the same
/// names.
struct Configuration {
  bool dev = false;
  std::filesystem::path data_dir;
  std::filesystem::path policy;  ///< dev: may be empty, the built-in one
  std::filesystem::path tokens;  ///< empty: data_dir/tokens.toml
  Listener http;
  Listener grpc;
  std::filesystem::path grpc_client_ca;
  Listener operations;
  std::string cap_sender;                     ///< empty: made of the log's id
  edges::cap::SignatureFiles cap_signatures;  ///< empty: not signed, not verified
  std::size_t shards = 0;                     ///< 0: one a core
  std::chrono::milliseconds heartbeat = core::limits::kHeartbeatInterval;
  std::chrono::seconds slow_reader = core::limits::kSlowReaderTimeout;  ///< without progress
  std::string log_level = "info";
  receipts::ChasePolicies escalation = receipts::default_chase_policies();
  admission::PrivacyRules privacy;  ///< numbers and addresses that may stand in texts
  domain::OwnThresholds overdoses;  ///< of single counties
  /// HTTP connections, gRPC connections, and gRPC sessions, of one remote address, each by itself; 0: no
  /// limit. Not set: see `per_address`.
  std::optional<std::size_t> connections_per_address;
  std::chrono::seconds wait_for_lock{0};  ///< for another broker on the data folder to end
  int duplicate_days = static_cast<int>(core::limits::kDuplicatesWithin.count() / 24);  ///< 0: no questions
};

/// The limit in force: the one given; else the default, and none with --dev, where all come from loopback.
[[nodiscard]] std::size_t per_address(const Configuration& configuration) noexcept;

/// Reads the command line, and the file that --config names; flags win over the file. Empty if --help or
/// --version was asked for, which is then answered on `out`. Every error names the key and the way out.
[[nodiscard]] core::Result<std::optional<Configuration>> read_command_line(int argc, const char* const* argv,
                                                                           std::ostream& out);
/// Reads the TOML of a configuration file; `name` is how errors call it.
[[nodiscard]] core::Result<Configuration> parse_configuration(std::string_view toml, std::string_view name);

/// Refuses what must not start: an address beyond loopback without TLS, --dev beyond loopback, a missing key.
/// Files are looked at.
[[nodiscard]] core::Result<void> check(const Configuration& configuration);

/// An address taken apart.
struct HostAndPort {
  std::string host;  ///< without brackets; "localhost" stands for 127.0.0.1
  int port = 0;
  bool loopback = false;
};
/// INVALID_ARGUMENT, naming `key`, unless it is a numeric host (or localhost) and a port.
[[nodiscard]] core::Result<HostAndPort> parse_address(std::string_view address, std::string_view key);

}  // namespace gjallar::operations
