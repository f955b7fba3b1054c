#include "broker/security/tls.h"

#include <catch2/catch.hpp>

#include "broker/security/files.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::security {

TEST_CASE("the development authority names principals and the server in its certificates") {
  const testing::TemporaryDirectory folder;
  const auto authority = make_dev_authority(folder.path() / "dev", {"police", "laro-malmo"});
  REQUIRE(authority.has_value());
  const auto server = alternative_names(authority->server_certificate);
  REQUIRE(server.has_value());
  CHECK(*server ==
        std::vector<std::string>{"DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"});
  const auto police = alternative_names(folder.path() / "dev/police.pem");
  REQUIRE(police.has_value());
  CHECK(*police == std::vector<std::string>{"URI:gjallar:principal:police"});
  CHECK(check_key_pair(authority->server_certificate, authority->server_key).has_value());
  CHECK(
      check_key_pair(folder.path() / "dev/laro-malmo.pem", folder.path() / "dev/laro-malmo.key").has_value());
}

TEST_CASE("private keys are readable by their owner alone") {
  const testing::TemporaryDirectory folder;
  REQUIRE(make_dev_authority(folder.path() / "dev", {"police"}).has_value());
  for (const char* key : {"dev/ca.key", "dev/server.key", "dev/police.key"}) {
    CHECK(std::filesystem::status(folder.path() / key).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
}

TEST_CASE("certificates are kept at a restart, and made anew if they are damaged or of another authority") {
  const testing::TemporaryDirectory folder;
  const auto dev = folder.path() / "dev";
  REQUIRE(make_dev_authority(dev, {"police"}).has_value());
  const std::string authority = *read_file(dev / "ca.pem");
  const std::string police = *read_file(dev / "police.pem");
  REQUIRE(make_dev_authority(dev, {"police", "customs"}).has_value());
  CHECK(*read_file(dev / "ca.pem") == authority);
  CHECK(*read_file(dev / "police.pem") == police);
  CHECK(std::filesystem::exists(dev / "customs.pem"));

  REQUIRE(write_file(dev / "ca.pem", "not a certificate", true).has_value());
  REQUIRE(make_dev_authority(dev, {"police"}).has_value());
  CHECK(*read_file(dev / "ca.pem") != authority);
  CHECK(*read_file(dev / "police.pem") != police);
}

TEST_CASE("a key that doesn't belong to its certificate is refused by name") {
  const testing::TemporaryDirectory folder;
  const auto dev = folder.path() / "dev";
  REQUIRE(make_dev_authority(dev, {"police", "customs"}).has_value());
  const auto refused = check_key_pair(dev / "police.pem", dev / "customs.key");
  REQUIRE(refused.has_error());
  CHECK(refused.error().message.find("customs.key") != std::string::npos);
  CHECK(check_key_pair(dev / "none.pem", dev / "customs.key").has_error());
  CHECK(check_key_pair(dev / "police.key", dev / "police.key").has_error());
}

}  // namespace gjallar::security
