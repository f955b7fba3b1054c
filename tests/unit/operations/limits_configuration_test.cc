#include <catch2/catch.hpp>
#include <sstream>

#include "broker/operations/configuration.h"

namespace gjallar::operations {
namespace {

core::Result<Configuration> with_flags(std::vector<const char*> arguments) {
  for (const char* const word : {"127.0.0.1:3", "--operations", "127.0.0.1:2", "--grpc", "127.0.0.1:1",
                                 "--http", "data", "--data-dir", "--dev", "gjallard"})
    arguments.insert(arguments.begin(), word);
  std::ostringstream out;
  auto read = read_command_line(static_cast<int>(arguments.size()), arguments.data(), out);
  if (!read) return read.error();
  return **read;
}

}  // namespace

TEST_CASE("an address has a generous limit, and none on a development broker") {
  CHECK(per_address(Configuration()) == core::limits::kConnectionsPerAddress);
  CHECK(per_address(*with_flags({})) == 0);
  CHECK(per_address(*with_flags({"--connections-per-address", "7"})) == 7);
  CHECK(per_address(*parse_configuration("connections_per_address = 0", "test")) == 0);
  CHECK(per_address(*parse_configuration("connections_per_address = 12", "test")) == 12);
  CHECK(with_flags({"--connections-per-address", "2000000"}).error().field == "connections_per_address");
  CHECK(parse_configuration("connections_per_address = \"many\"", "test").has_error());
}

TEST_CASE("a session may be without progress for as long as the operator says, a minute by default") {
  CHECK(with_flags({})->slow_reader == core::limits::kSlowReaderTimeout);
  CHECK(with_flags({"--slow-reader-s", "5"})->slow_reader.count() == 5);
  CHECK(parse_configuration("slow_reader_s = 120", "test")->slow_reader.count() == 120);
  CHECK(with_flags({"--slow-reader-s", "0"}).error().field == "slow_reader_s");
  CHECK(with_flags({"--slow-reader-s", "9999"}).error().field == "slow_reader_s");
}

TEST_CASE("a broker waits for its data folder as long as it is told, and not at all by default") {
  CHECK(with_flags({})->wait_for_lock.count() == 0);
  CHECK(with_flags({"--wait-for-lock", "30"})->wait_for_lock.count() == 30);
  CHECK(parse_configuration("wait_for_lock_s = 60", "test")->wait_for_lock.count() == 60);
  CHECK(with_flags({"--wait-for-lock", "-1"}).error().field == "wait_for_lock_s");
  CHECK(with_flags({"--wait-for-lock", "9999999"}).error().field == "wait_for_lock_s");
}

}  // namespace gjallar::operations
