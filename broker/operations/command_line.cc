#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "broker/operations/configuration.h"
#include "broker/operations/version.h"
#include "broker/security/files.h"

namespace gjallar::operations {
namespace {

/// What the flags said; empty: not given.
struct Flags {
  std::string config;
  bool dev = false;
  std::string data_dir;
  std::string policy;
  std::string http;
  std::string grpc;
  std::string operations;
  std::optional<std::size_t> shards;
  std::optional<std::int64_t> heartbeat_ms;
  std::optional<std::int64_t> slow_reader_s;
  std::optional<int> duplicate_days;
  std::optional<std::size_t> connections_per_address;
  std::optional<std::int64_t> wait_for_lock_s;
  std::optional<double> escalate_unreceived_after_s;
  std::optional<double> escalate_unacknowledged_after_s;
  std::string log_level;
};

void declare(CLI::App& app, Flags& flags) {
  app.set_version_flag("--version", "gjallard " + std::string(kVersion));
  app.add_option("--config", flags.config, "Configuration file (TOML)");
  app.add_flag("--dev", flags.dev,
               "Development: loopback only, own authority, certificates and tokens in DIR/dev");
  app.add_option("--data-dir", flags.data_dir, "Folder of the log and the receipts");
  app.add_option("--http", flags.http, "HOST:PORT of HTTP, WebSocket and Server-Sent Events");
  app.add_option("--grpc", flags.grpc, "HOST:PORT of gRPC");
  app.add_option("--operations", flags.operations, "HOST:PORT of health and metrics, on loopback");
  app.add_option("--policy", flags.policy, "Who may do what (TOML)");
  app.add_option("--shards", flags.shards, "Threads that push; 0: one a core");
  app.add_option("--heartbeat-ms", flags.heartbeat_ms, "Time between heartbeats of a session, in ms");
  app.add_option("--slow-reader-s", flags.slow_reader_s,
                 "Seconds without progress after which a session is sent away as slow");
  app.add_option("--duplicate-days", flags.duplicate_days,
                 "Near-duplicates issued within so many days are looked for; 0: none");
  app.add_option("--connections-per-address", flags.connections_per_address,
                 "Connections of one remote address; 0: no limit");
  app.add_option("--wait-for-lock", flags.wait_for_lock_s,
                 "Seconds to wait for another broker on the data folder to end");
  app.add_option("--escalate-unreceived-after", flags.escalate_unreceived_after_s,
                 "Seconds until a service that lacks an urgent alert is called; 0: never");
  app.add_option("--escalate-unacknowledged-after", flags.escalate_unacknowledged_after_s,
                 "Seconds until a service is called where nobody confirmed an urgent alert; 0: never");
  app.add_option("--log-level", flags.log_level, "debug, info, warning, error or off");
}

/// Seconds as microseconds; what is no time at all is refused by check().
core::Micros micros_of(double seconds) {
  constexpr double kSecondsMax = 1e9;
  if (!(seconds >= 0)) return core::Micros(-1);
  return core::Micros(static_cast<std::int64_t>(std::min(seconds, kSecondsMax) * 1e6));
}

void overlay(const Flags& flags, Configuration& configuration) {
  receipts::ChasePolicy& urgent = configuration.escalation[v1::GRADE_LEVEL_URGENT];
  if (flags.escalate_unreceived_after_s)
    urgent.unreceived_after = micros_of(*flags.escalate_unreceived_after_s);
  if (flags.escalate_unacknowledged_after_s)
    urgent.unacknowledged_after = micros_of(*flags.escalate_unacknowledged_after_s);
  const auto take = [](const std::string& from, auto& to) {
    if (!from.empty()) to = from;
  };
  configuration.dev = flags.dev;
  take(flags.data_dir, configuration.data_dir);
  take(flags.policy, configuration.policy);
  take(flags.http, configuration.http.address);
  take(flags.grpc, configuration.grpc.address);
  take(flags.operations, configuration.operations.address);
  take(flags.log_level, configuration.log_level);
  if (flags.duplicate_days) configuration.duplicate_days = *flags.duplicate_days;
  if (flags.connections_per_address) configuration.connections_per_address = flags.connections_per_address;
  if (flags.wait_for_lock_s) configuration.wait_for_lock = std::chrono::seconds(*flags.wait_for_lock_s);
  if (flags.shards) configuration.shards = *flags.shards;
  if (flags.slow_reader_s) configuration.slow_reader = std::chrono::seconds(*flags.slow_reader_s);
  if (flags.heartbeat_ms) configuration.heartbeat = std::chrono::milliseconds(*flags.heartbeat_ms);
}

}  // namespace

core::Result<std::optional<Configuration>> read_command_line(int argc, const char* const* argv,
                                                             std::ostream& out) {
  CLI::App app("gjallard: the broker. A warning reaches every service it concerns at the same moment.",
               "gjallard");
  Flags flags;
  declare(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return std::optional<Configuration>();
  } catch (const CLI::CallForVersion& version) {
    out << version.what() << '\n';
    return std::optional<Configuration>();
  } catch (const CLI::ParseError& error) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "", error.what(), "See gjallard --help.");
  }
  if (flags.dev != flags.config.empty()) {
    return core::make_error(
        v1::ERROR_CODE_INVALID_ARGUMENT, "config",
        flags.dev ? "--config and --dev exclude each other." : "Neither --config nor --dev is given.",
        "Give --config FILE; or --dev for a broker on loopback with credentials of its own.");
  }
  Configuration configuration;
  if (!flags.config.empty()) {
    const auto text = security::read_file(flags.config);
    if (!text) {
      core::Error error = text.error();
      error.field = "config";
      return error;
    }
    auto parsed = parse_configuration(*text, flags.config);
    if (!parsed) return parsed.error();
    configuration = std::move(*parsed);
  }
  overlay(flags, configuration);
  GJALLAR_TRY(check(configuration));
  return std::optional<Configuration>(std::move(configuration));
}

}  // namespace gjallar::operations
