#include "broker/operations/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <initializer_list>
#include <set>
#include <utility>

#include "broker/domain/area.h"
#include "broker/security/files.h"
#include "broker/security/tls.h"
#include "broker/security/toml.h"

namespace gjallar::operations {
namespace {

constexpr std::size_t kShardsMax = 256;
constexpr int kDuplicateDaysMax = 366;
constexpr std::size_t kPerAddressMax = 1'000'000;
constexpr std::chrono::milliseconds kHeartbeatMin{100};
constexpr std::chrono::milliseconds kHeartbeatMax{60'000};
constexpr std::chrono::seconds kSlowReaderMin{1};
constexpr std::chrono::seconds kSlowReaderMax{3'600};
/// An escalation may wait so long.
constexpr std::chrono::hours kEscalationWaitMax{24 * 7};
constexpr std::array<std::string_view, 5> kLogLevels = {"debug", "info", "warning", "error", "off"};

core::Error invalid(std::string_view key, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::string(key), std::move(message),
                          std::move(advice));
}

core::Error missing(std::string_view key, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_MISSING_FIELD, std::string(key), std::move(message),
                          std::move(advice));
}

void read_listener(security::TomlReader& reader, std::string_view key, Listener& listener,
                   std::filesystem::path* client_ca) {
  const toml::table* table = reader.table(reader.root(), "", key);
  if (table == nullptr) return;
  if (client_ca == nullptr) {
    reader.only(*table, key, {"address", "certificate", "key"});
  } else {
    reader.only(*table, key, {"address", "certificate", "key", "client_ca"});
    *client_ca = reader.text(*table, key, "client_ca");
  }
  listener.address = reader.text(*table, key, "address");
  listener.certificate = reader.text(*table, key, "certificate");
  listener.key = reader.text(*table, key, "key");
}

core::Result<void> read_privacy(security::TomlReader& reader, admission::PrivacyRules& privacy) {
  const toml::table* table = reader.table(reader.root(), "", "privacy");
  if (table == nullptr) return {};
  reader.only(*table, "privacy", {"public_numbers", "public_addresses"});
  auto rules = admission::PrivacyRules::with(reader.texts(*table, "privacy", "public_numbers"),
                                             reader.texts(*table, "privacy", "public_addresses"));
  if (!rules) {
    core::Error error = rules.error();
    error.field = "privacy." + error.field;
    return error;
  }
  privacy = std::move(*rules);
  return {};
}

/// [overdoses.SE-12] day = 5, week = 20.
void read_overdoses(security::TomlReader& reader, domain::OwnThresholds& thresholds) {
  const toml::table* all = reader.table(reader.root(), "", "overdoses");
  if (all == nullptr) return;
  for (const auto& [key, node] : *all) {
    const std::string county(key.str());
    const std::string path = "overdoses." + county;
    if (domain::county_of(county) != county) {
      reader.refuse(&node, "overdoses", county, "This is no county.", "Use official codes: SE-12, NO-46.");
      return;
    }
    const toml::table* table = reader.table(*all, "overdoses", county);
    if (table == nullptr) return;
    reader.only(*table, path, {"day", "week"});
    const std::int64_t day = reader.integer(*table, path, "day", 0);
    const std::int64_t week = reader.integer(*table, path, "week", 0);
    if (day < 1 || week < 1) {
      reader.refuse(&node, path, day < 1 ? "day" : "week", "A threshold is 1 or more.",
                    "Set both day and week: a hint is given above them.");
      return;
    }
    thresholds[county] = {static_cast<double>(day), static_cast<double>(week)};
  }
}

v1::GradeLevel level_named(std::string_view name) {
  if (name == "urgent") return v1::GRADE_LEVEL_URGENT;
  if (name == "warning") return v1::GRADE_LEVEL_WARNING;
  if (name == "information") return v1::GRADE_LEVEL_INFORMATION;
  return v1::GRADE_LEVEL_UNSPECIFIED;
}

/// [[escalation]] level = "urgent", unreceived_after_s = 60, unacknowledged_after_s = 900; one a level.
void read_escalation(security::TomlReader& reader, receipts::ChasePolicies& policies) {
  const toml::node* node = reader.root().get("escalation");
  if (node == nullptr) return;
  const toml::array* tables = node->as_array();
  if (tables == nullptr || tables->empty() || !tables->is_homogeneous(toml::node_type::table)) {
    reader.refuse(node, "", "escalation", "'escalation' is not a list of tables.",
                  "Write [[escalation]], once for each level.");
    return;
  }
  std::set<v1::GradeLevel> seen;
  for (const toml::node& element : *tables) {
    const toml::table& table = *element.as_table();
    reader.only(table, "escalation", {"level", "unreceived_after_s", "unacknowledged_after_s"});
    const v1::GradeLevel level = level_named(reader.text(table, "escalation", "level", "urgent"));
    if (level == v1::GRADE_LEVEL_UNSPECIFIED || !seen.insert(level).second) {
      reader.refuse(&element, "escalation", "level", "This is no level, or it is there twice.",
                    "Write urgent, warning or information, each at most once.");
      return;
    }
    // Bounded here, so that a large number can't overflow; check() refuses what is beyond.
    const auto seconds = [&](std::string_view key, core::Micros fallback) -> core::Micros {
      const std::int64_t unset = std::chrono::duration_cast<std::chrono::seconds>(fallback).count();
      const std::int64_t most = std::chrono::seconds(kEscalationWaitMax).count() + 1;
      return std::chrono::seconds(std::min(reader.integer(table, "escalation", key, unset), most));
    };
    receipts::ChasePolicy& policy = policies[static_cast<std::size_t>(level)];
    policy.unreceived_after = seconds("unreceived_after_s", policy.unreceived_after);
    policy.unacknowledged_after = seconds("unacknowledged_after_s", policy.unacknowledged_after);
  }
}

core::Result<void> check_escalation(const receipts::ChasePolicies& policies) {
  for (const receipts::ChasePolicy& policy : policies) {
    for (const auto& [key, wait] :
         {std::pair<std::string_view, core::Micros>("unreceived_after_s", policy.unreceived_after),
          {"unacknowledged_after_s", policy.unacknowledged_after}}) {
      if (wait >= core::Micros(0) && wait <= kEscalationWaitMax) continue;
      return invalid(fmt::format("escalation.{}", key), "An escalation waits between 0 s and a week.",
                     "Leave it away: 60 s and 900 s for urgent alerts; 0: never.");
    }
  }
  return {};
}

void read_cap(security::TomlReader& reader, Configuration& configuration) {
  const toml::table* table = reader.table(reader.root(), "", "cap");
  if (table == nullptr) return;
  reader.only(*table, "cap", {"sender", "signing_key", "signing_certificate", "trusted_certificates"});
  configuration.cap_sender = reader.text(*table, "cap", "sender");
  edges::cap::SignatureFiles& files = configuration.cap_signatures;
  files.signing_key = reader.text(*table, "cap", "signing_key");
  files.signing_certificate = reader.text(*table, "cap", "signing_certificate");
  files.trusted_certificates = reader.text(*table, "cap", "trusted_certificates");
}

/// What CAP says of a sender: it stands between commas in references.
core::Result<void> check_cap_settings(const Configuration& configuration) {
  const std::string& sender = configuration.cap_sender;
  const bool fits = sender.size() <= 200 && std::all_of(sender.begin(), sender.end(), [](unsigned char c) {
                      return c > 0x20 && c < 0x7f && c != ',' && c != '<' && c != '&';
                    });
  if (!fits) {
    return invalid("cap.sender",
                   "A CAP sender is at most 200 ASCII characters without space, comma, < and &.",
                   "Use a name under a domain of yours: gjallar@warnings.example.org.");
  }
  const edges::cap::SignatureFiles& files = configuration.cap_signatures;
  if (files.signing_key.empty() == files.signing_certificate.empty()) return {};
  return missing(files.signing_key.empty() ? "cap.signing_key" : "cap.signing_certificate",
                 "Signing takes a key and its certificate; one is given.",
                 "Give both under [cap] (PEM files), or neither.");
}

core::Result<void> check_listener(std::string_view name, const Listener& listener, bool dev,
                                  bool always_tls) {
  const std::string address_key = fmt::format("{}.address", name);
  if (listener.address.empty()) {
    return missing(
        address_key, fmt::format("No address for {} is given.", name),
        fmt::format("Give --{} HOST:PORT, or address under [{}] in the configuration.", name, name));
  }
  const auto address = parse_address(listener.address, address_key);
  if (!address) return address.error();
  const bool tls = !listener.certificate.empty() && !listener.key.empty();
  if (dev) {
    if (!address->loopback) {
      return invalid(address_key, "A broker started with --dev listens on loopback only.",
                     "Use 127.0.0.1, or start with --config and a certificate.");
    }
    return {};
  }
  if (listener.certificate.empty() != listener.key.empty() || ((!address->loopback || always_tls) && !tls)) {
    const std::string_view absent = listener.certificate.empty() ? "certificate" : "key";
    return missing(fmt::format("{}.{}", name, absent),
                   address->loopback
                       ? fmt::format("{} has no {}.", name, absent)
                       : fmt::format("{} is reachable beyond loopback but has no {}.", name, absent),
                   fmt::format("Give certificate and key (PEM files) under [{}], or listen on 127.0.0.1{}.",
                               name, always_tls ? " with --dev" : ""));
  }
  if (!tls) return {};
  auto pair = security::check_key_pair(listener.certificate, listener.key);
  if (!pair) {
    core::Error error = pair.error();
    error.field = fmt::format("{}.certificate", name);
    return error;
  }
  return {};
}

core::Result<void> check_operations(const Listener& listener, bool dev) {
  if (!listener.certificate.empty() || !listener.key.empty()) {
    return invalid("operations.certificate", "The operations listener speaks plain HTTP.",
                   "Remove certificate and key; put a proxy before it if others must reach it.");
  }
  if (const auto address = parse_address(listener.address, "operations.address");
      address && !address->loopback && !dev) {
    return invalid("operations.address",
                   "The operations listener speaks plain HTTP, so it listens on loopback only.",
                   "Use 127.0.0.1 and put a proxy before it if others must reach it.");
  }
  return check_listener("operations", listener, dev, false);
}

core::Result<void> check_files(const Configuration& configuration) {
  if (configuration.dev) return {};
  if (configuration.policy.empty()) {
    return missing("policy", "No policy is given: nobody could do anything.",
                   "Give policy = \"FILE\" in the configuration, or --policy FILE.");
  }
  if (configuration.grpc_client_ca.empty()) {
    return missing("grpc.client_ca", "No authority for client certificates is given.",
                   "Give client_ca (a PEM file) under [grpc].");
  }
  for (const auto& [key, file] :
       {std::pair<std::string_view, const std::filesystem::path&>("policy", configuration.policy),
        {"grpc.client_ca", configuration.grpc_client_ca}}) {
    if (const auto text = security::read_file(file); !text) {
      core::Error error = text.error();
      error.field = std::string(key);
      return error;
    }
  }
  return {};
}

}  // namespace

std::size_t per_address(const Configuration& configuration) noexcept {
  return configuration.connections_per_address.value_or(
      configuration.dev ? 0 : core::limits::kConnectionsPerAddress);
}

core::Result<HostAndPort> parse_address(std::string_view address, std::string_view key) {
  const auto refused = [key] {
    return invalid(key, "That is not an address.",
                   "Write a numeric host (or localhost) and a port: 127.0.0.1:8080.");
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return refused();
  HostAndPort parsed;
  std::string_view host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const std::string_view port = address.substr(colon + 1);
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
  if (failure != std::errc() || end != port.data() + port.size() || parsed.port < 0 || parsed.port > 65'535) {
    return refused();
  }
  parsed.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  boost::system::error_code not_numeric;
  const auto ip = boost::asio::ip::make_address(parsed.host, not_numeric);
  if (not_numeric) return refused();
  parsed.loopback = ip.is_loopback();
  return parsed;
}

core::Result<Configuration> parse_configuration(std::string_view toml, std::string_view name) {
  security::TomlReader reader(toml, name);
  const toml::table& root = reader.root();
  reader.only(root, "",
              {"data_dir", "policy", "tokens", "shards", "heartbeat_ms", "slow_reader_s", "log_level", "http",
               "grpc", "operations", "privacy", "overdoses", "duplicates", "cap", "connections_per_address",
               "wait_for_lock_s", "escalation"});
  Configuration configuration;
  configuration.data_dir = reader.text(root, "", "data_dir");
  configuration.policy = reader.text(root, "", "policy");
  configuration.tokens = reader.text(root, "", "tokens");
  configuration.shards = static_cast<std::size_t>(reader.integer(root, "", "shards", 0));
  configuration.heartbeat =
      std::chrono::milliseconds(reader.integer(root, "", "heartbeat_ms", configuration.heartbeat.count()));
  configuration.slow_reader =
      std::chrono::seconds(reader.integer(root, "", "slow_reader_s", configuration.slow_reader.count()));
  configuration.log_level = reader.text(root, "", "log_level", configuration.log_level);
  if (root.contains("connections_per_address")) {
    configuration.connections_per_address =
        static_cast<std::size_t>(reader.integer(root, "", "connections_per_address", 0));
  }
  configuration.wait_for_lock = std::chrono::seconds(reader.integer(root, "", "wait_for_lock_s", 0));
  read_listener(reader, "http", configuration.http, nullptr);
  read_listener(reader, "grpc", configuration.grpc, &configuration.grpc_client_ca);
  read_listener(reader, "operations", configuration.operations, nullptr);
  read_overdoses(reader, configuration.overdoses);
  const auto privacy = read_privacy(reader, configuration.privacy);
  if (const toml::table* duplicates = reader.table(root, "", "duplicates")) {
    reader.only(*duplicates, "duplicates", {"days"});
    configuration.duplicate_days = static_cast<int>(std::clamp<std::int64_t>(
        reader.integer(*duplicates, "duplicates", "days", configuration.duplicate_days), -1,
        kDuplicateDaysMax + 1));
  }
  read_cap(reader, configuration);
  read_escalation(reader, configuration.escalation);
  if (reader.failed()) return reader.error();
  if (!privacy) return privacy.error();
  return configuration;
}

core::Result<void> check(const Configuration& configuration) {
  if (configuration.data_dir.empty()) {
    return missing("data_dir", "No data folder is given.",
                   "Give --data-dir DIR, or data_dir in the configuration.");
  }
  GJALLAR_TRY(check_listener("http", configuration.http, configuration.dev, false));
  GJALLAR_TRY(check_listener("grpc", configuration.grpc, configuration.dev, true));
  GJALLAR_TRY(check_operations(configuration.operations, configuration.dev));
  if (configuration.shards > kShardsMax) {
    return invalid("shards", fmt::format("More than {} shards.", kShardsMax), "Use 0: one a core.");
  }
  if (configuration.heartbeat < kHeartbeatMin || configuration.heartbeat > kHeartbeatMax) {
    return invalid(
        "heartbeat_ms",
        fmt::format("A heartbeat takes {} to {} ms.", kHeartbeatMin.count(), kHeartbeatMax.count()),
        "Leave it away: 15000.");
  }
  if (configuration.slow_reader < kSlowReaderMin || configuration.slow_reader > kSlowReaderMax) {
    return invalid("slow_reader_s",
                   fmt::format("A session is given {} to {} s to make progress.", kSlowReaderMin.count(),
                               kSlowReaderMax.count()),
                   "Leave it away: 60.");
  }
  if (per_address(configuration) > kPerAddressMax) {
    return invalid("connections_per_address",
                   fmt::format("The limit isn't between 0 and {}.", kPerAddressMax),
                   "Leave it away: 4096; 0: no limit.");
  }
  if (configuration.wait_for_lock.count() < 0 || configuration.wait_for_lock > core::limits::kLockWaitMax) {
    return invalid("wait_for_lock_s", "The time to wait isn't between 0 s and 7 days.",
                   "Leave it away: a folder that another broker holds is an error at once.");
  }
  if (configuration.duplicate_days < 0 || configuration.duplicate_days > kDuplicateDaysMax) {
    return invalid("duplicates.days", fmt::format("The days are not between 0 and {}.", kDuplicateDaysMax),
                   "Leave it away: 14; 0: near-duplicates are not looked for.");
  }
  if (std::find(kLogLevels.begin(), kLogLevels.end(), configuration.log_level) == kLogLevels.end()) {
    return invalid("log_level", "There is no such level.",
                   fmt::format("Known: {}.", fmt::join(kLogLevels, ", ")));
  }
  GJALLAR_TRY(check_escalation(configuration.escalation));
  GJALLAR_TRY(check_cap_settings(configuration));
  return check_files(configuration);
}

}  // namespace gjallar::operations
