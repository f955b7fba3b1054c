#include "broker/operations/configuration.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "broker/security/files.h"
#include "broker/security/tls.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::operations {
namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

core::Result<std::optional<Configuration>> read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "gjallard");
  std::ostringstream out;
  return read_command_line(static_cast<int>(arguments.size()), arguments.data(), out);
}

Configuration dev_on(const std::string& http) {
  Configuration configuration;
  configuration.dev = true;
  configuration.data_dir = "data";
  configuration.http.address = http;
  configuration.grpc.address = "127.0.0.1:7443";
  configuration.operations.address = "127.0.0.1:9100";
  return configuration;
}

/// A configuration of production whose files are all there.
struct Production {
  testing::TemporaryDirectory folder;
  Configuration configuration;
  Production() {
    const auto authority = *security::make_dev_authority(folder.path(), {});
    REQUIRE(security::write_file(folder.path() / "policy.toml", "[principals.police]\nissue = true\n")
                .has_value());
    configuration.data_dir = folder.path() / "data";
    configuration.policy = folder.path() / "policy.toml";
    configuration.http = {"0.0.0.0:443", authority.server_certificate, authority.server_key};
    configuration.grpc = {"0.0.0.0:7443", authority.server_certificate, authority.server_key};
    configuration.grpc_client_ca = authority.certificate;
    configuration.operations.address = "127.0.0.1:9100";
  }
  core::Error refused() const {
    const auto checked = check(configuration);
    REQUIRE(checked.has_error());
    return checked.error();
  }
};

}  // namespace

TEST_CASE("the flags of a development broker are taken over") {
  const auto configuration = read({"--dev", "--data-dir", "data", "--http", "127.0.0.1:8080", "--grpc",
                                   "localhost:7443", "--operations", "[::1]:9100", "--shards", "3",
                                   "--heartbeat-ms", "200", "--log-level", "warning"});
  REQUIRE(configuration.has_value());
  REQUIRE(*configuration);
  CHECK((*configuration)->dev);
  CHECK((*configuration)->data_dir == "data");
  CHECK((*configuration)->http.address == "127.0.0.1:8080");
  CHECK((*configuration)->shards == 3);
  CHECK((*configuration)->heartbeat == std::chrono::milliseconds(200));
  CHECK((*configuration)->log_level == "warning");
}

TEST_CASE("escalation is set by level, in seconds; without a table urgent alerts have 60 s and 15 min") {
  const auto& defaults = receipts::default_chase_policies();
  CHECK(Configuration().escalation == defaults);
  CHECK(defaults[v1::GRADE_LEVEL_URGENT].unreceived_after == std::chrono::seconds(60));
  CHECK(defaults[v1::GRADE_LEVEL_WARNING].unreceived_after.count() == 0);
  const auto read_toml = parse_configuration(
      "[[escalation]]\nunreceived_after_s = 30\n"
      "[[escalation]]\nlevel = \"warning\"\nunacknowledged_after_s = 7200\n",
      "a test");
  REQUIRE(read_toml.has_value());
  const receipts::ChasePolicies& policies = read_toml->escalation;
  CHECK(policies[v1::GRADE_LEVEL_URGENT].unreceived_after == std::chrono::seconds(30));
  CHECK(policies[v1::GRADE_LEVEL_URGENT].unacknowledged_after == std::chrono::minutes(15));
  CHECK(policies[v1::GRADE_LEVEL_WARNING].unreceived_after.count() == 0);
  CHECK(policies[v1::GRADE_LEVEL_WARNING].unacknowledged_after == std::chrono::hours(2));

  const auto flags = read({"--dev", "--data-dir", "data", "--http", "127.0.0.1:8080", "--grpc",
                           "127.0.0.1:7443", "--operations", "127.0.0.1:9100", "--escalate-unreceived-after",
                           "0.25", "--escalate-unacknowledged-after", "0"});
  REQUIRE(flags.has_value());
  CHECK((*flags)->escalation[v1::GRADE_LEVEL_URGENT].unreceived_after == std::chrono::milliseconds(250));
  CHECK((*flags)->escalation[v1::GRADE_LEVEL_URGENT].unacknowledged_after.count() == 0);
}

TEST_CASE("escalation that makes no sense is refused by its key") {
  for (const char* toml :
       {"escalation = 3\n", "[[escalation]]\nlevel = \"red\"\n", "[[escalation]]\n[[escalation]]\n",
        "[[escalation]]\nunreceived_after_s = \"60\"\n", "[[escalation]]\nafter = 60\n"}) {
    INFO(toml);
    const auto refused = parse_configuration(toml, "a test");
    REQUIRE(refused.has_error());
    CHECK(holds(refused.error().field, "escalation"));
  }
  Configuration configuration = dev_on("127.0.0.1:8080");
  configuration.dev = true;
  configuration.escalation[v1::GRADE_LEVEL_URGENT].unreceived_after = std::chrono::hours(24 * 8);
  CHECK(check(configuration).error().field == "escalation.unreceived_after_s");
  configuration.escalation[v1::GRADE_LEVEL_URGENT].unreceived_after = std::chrono::microseconds(-1);
  CHECK(check(configuration).has_error());
}

TEST_CASE("help and version are answered without a configuration") {
  std::ostringstream out;
  const char* arguments[] = {"gjallard", "--version"};
  const auto configuration = read_command_line(2, arguments, out);
  REQUIRE(configuration.has_value());
  CHECK_FALSE(*configuration);
  CHECK(holds(out.str(), "gjallard 0."));
  CHECK(*read({"--help"}) == std::nullopt);
}

TEST_CASE("a broker is either configured by a file or a development broker") {
  CHECK(read({}).error().field == "config");
  CHECK(holds(read({}).error().advice, "--dev"));
  CHECK(holds(read({"--dev", "--config", "x.toml"}).error().message, "exclude"));
  CHECK(holds(read({"--config", "no/such.toml"}).error().message, "no/such.toml"));
  CHECK(read({"--dev", "--nonsense"}).has_error());
}

TEST_CASE("a deployment lists the numbers and addresses that may stand in texts") {
  const auto configuration = parse_configuration(
      "[privacy]\npublic_numbers = [\"08-465 004 10\"]\npublic_addresses = [\"info@example.org\"]\n",
      "gjallard.toml");
  REQUIRE(configuration.has_value());
  CHECK(configuration->privacy.is_public_number("0846500410"));
  CHECK(configuration->privacy.is_public_number("112"));
  CHECK(configuration->privacy.is_public_address(U"info@example.org"));
  CHECK_FALSE(Configuration().privacy.is_public_number("0846500410"));
  CHECK(
      parse_configuration("[privacy]\npublic_numbers = [\"the centre\"]\n", "gjallard.toml").error().field ==
      "privacy.public_numbers[0]");
  CHECK(holds(parse_configuration("[privacy]\nnumbers = []\n", "gjallard.toml").error().message,
              "gjallard.toml"));
}

TEST_CASE("a county's own thresholds for overdose hints name a county and both windows") {
  const auto configuration = parse_configuration("[overdoses.SE-12]\nday = 5\nweek = 20\n", "gjallard.toml");
  REQUIRE(configuration.has_value());
  CHECK(configuration->overdoses.at("SE-12").day == 5);
  CHECK(configuration->overdoses.at("SE-12").week == 20);
  for (const auto& [toml, field] : std::vector<std::pair<std::string, std::string>>{
           {"[overdoses.SE-1280]\nday = 5\nweek = 20\n", "overdoses.SE-1280"},
           {"[overdoses.SE-12]\nday = 5\n", "overdoses.SE-12.week"},
           {"[overdoses.SE-12]\nday = 0\nweek = 2\n", "overdoses.SE-12.day"},
           {"[overdoses.SE-12]\nday = 5\nweek = 2\nmonth = 3\n", "overdoses.SE-12.month"}}) {
    const auto refused = parse_configuration(toml, "gjallard.toml");
    REQUIRE(refused.has_error());
    CHECK(refused.error().field == field);
  }
}

TEST_CASE("a development broker refuses every address beyond loopback") {
  CHECK(check(dev_on("127.0.0.1:8080")).has_value());
  CHECK(check(dev_on("localhost:0")).has_value());
  CHECK(check(dev_on("[::1]:8080")).has_value());
  for (const char* address : {"0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080", "[::ffff:192.0.2.1]:80"}) {
    const auto refused = check(dev_on(address));
    REQUIRE(refused.has_error());
    CHECK(refused.error().field == "http.address");
    CHECK(holds(refused.error().message, "loopback"));
  }
}

TEST_CASE("an address needs a numeric host and a port") {
  for (const char* address : {"8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999",
                              "example.org:80", ":80", "127.0.0.1:-1"}) {
    const auto refused = check(dev_on(address));
    REQUIRE(refused.has_error());
    CHECK(refused.error().field == "http.address");
  }
  CHECK(check(dev_on("")).error().code == v1::ERROR_CODE_MISSING_FIELD);
}

TEST_CASE(
    "beyond loopback a broker refuses to start without certificate and key, and says which is missing") {
  const Production whole;
  CHECK(check(whole.configuration).has_value());

  Production without_http;
  without_http.configuration.http.certificate.clear();
  without_http.configuration.http.key.clear();
  CHECK(without_http.refused().field == "http.certificate");
  without_http.configuration.http.address = "127.0.0.1:8080";
  CHECK(check(without_http.configuration).has_value());

  Production without_key;
  without_key.configuration.http.key.clear();
  CHECK(without_key.refused().field == "http.key");

  Production without_grpc;
  without_grpc.configuration.grpc.certificate.clear();
  CHECK(without_grpc.refused().field == "grpc.certificate");
  without_grpc.configuration.grpc.address = "127.0.0.1:7443";
  CHECK(without_grpc.refused().field == "grpc.certificate");

  Production open_operations;
  open_operations.configuration.operations.address = "0.0.0.0:9100";
  CHECK(open_operations.refused().field == "operations.address");
}

TEST_CASE("missing and wrong files are named before anything is opened") {
  Production without_policy;
  without_policy.configuration.policy.clear();
  CHECK(without_policy.refused().field == "policy");
  without_policy.configuration.policy = "no/such.toml";
  CHECK(holds(without_policy.refused().message, "no/such.toml"));

  Production other_key;
  other_key.configuration.http.key = other_key.folder.path() / "ca.key";
  CHECK(other_key.refused().field == "http.certificate");

  Production without_authority;
  without_authority.configuration.grpc_client_ca.clear();
  CHECK(without_authority.refused().field == "grpc.client_ca");
}

TEST_CASE("limits of the configuration are checked") {
  Configuration configuration = dev_on("127.0.0.1:8080");
  configuration.heartbeat = std::chrono::milliseconds(1);
  CHECK(check(configuration).error().field == "heartbeat_ms");
  configuration = dev_on("127.0.0.1:8080");
  configuration.shards = 1'000;
  CHECK(check(configuration).error().field == "shards");
  configuration = dev_on("127.0.0.1:8080");
  configuration.log_level = "loud";
  CHECK(check(configuration).error().field == "log_level");
  configuration = dev_on("127.0.0.1:8080");
  configuration.data_dir.clear();
  CHECK(check(configuration).error().field == "data_dir");
}

TEST_CASE("a configuration file is read strictly") {
  const auto configuration = parse_configuration(R"(data_dir = "d"
policy = "p"
heartbeat_ms = 5000
[http]
address = "127.0.0.1:80"
[grpc]
address = "127.0.0.1:81"
certificate = "c"
key = "k"
client_ca = "a"
[operations]
address = "127.0.0.1:82"
)",
                                                 "gjallar.toml");
  REQUIRE(configuration.has_value());
  CHECK(configuration->data_dir == "d");
  CHECK(configuration->heartbeat == std::chrono::milliseconds(5000));
  CHECK(configuration->grpc.certificate == "c");
  CHECK(configuration->grpc_client_ca == "a");
  CHECK_FALSE(configuration->dev);

  const auto unknown = parse_configuration("data_dir = \"d\"\n[http]\nadress = \"x\"\n", "gjallar.toml");
  REQUIRE(unknown.has_error());
  CHECK(unknown.error().field == "http.adress");
  CHECK(holds(unknown.error().message, "gjallar.toml:3:"));
  CHECK(parse_configuration("shards = -1\n", "gjallar.toml").error().field == "shards");
  CHECK(parse_configuration("shards = \"2\"\n", "gjallar.toml").error().field == "shards");
}

TEST_CASE("the section of CAP is read, and a half of it is refused") {
  const auto parsed = parse_configuration(
      "[cap]\nsender = \"gjallar@example.org\"\nsigning_key = \"a.key\"\nsigning_certificate = \"a.pem\"\n"
      "trusted_certificates = \"b.pem\"\n",
      "gjallar.toml");
  REQUIRE(parsed.has_value());
  CHECK(parsed->cap_sender == "gjallar@example.org");
  CHECK(parsed->cap_signatures.signing_key == "a.key");
  CHECK(parsed->cap_signatures.signing_certificate == "a.pem");
  CHECK(parsed->cap_signatures.trusted_certificates == "b.pem");
  CHECK(parse_configuration("[cap]\nkey = \"a\"\n", "gjallar.toml").has_error());

  Configuration configuration = dev_on("127.0.0.1:8080");
  configuration.cap_signatures.signing_key = "a.key";
  CHECK(check(configuration).error().field == "cap.signing_certificate");
  configuration.cap_signatures = {};
  for (const char* sender : {"a b", "a,b", "a<b", "a&b", "å"}) {
    configuration.cap_sender = sender;
    CHECK(check(configuration).error().field == "cap.sender");
  }
}

}  // namespace gjallar::operations
