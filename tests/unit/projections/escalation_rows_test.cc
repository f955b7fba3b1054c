// Rows of escalations: one for each version; those of format 1, which lack it, are folded anew at start.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/log/meta.h"
#include "broker/log/rocks_store.h"
#include "broker/log/store_rows.h"
#include "broker/projections/escalation_fold.h"
#include "broker/projections/escalations.h"
#include "broker/projections/row_keys.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

/// More than one slice of an upgrade.
constexpr int kEscalatedAlerts = 150;
constexpr std::size_t kVersionBytes = 8;

struct EscalatedWorld {
  EscalatedWorld() {
    broker.add(sample_service("clinic"));
    broker.add(sample_service("caller", {"SE"}, {"escalator"}));
    for (int i = 0; i < kEscalatedAlerts; ++i) {
      const std::string id = broker.issue(sample_content());
      escalate(id, 1);
      broker.must(service_principal("caller"),
                  report_escalation_command(id, 1, v1::ESCALATION_STEP_UNRECEIVED, "clinic",
                                            v1::ESCALATION_OUTCOME_NO_ANSWER));
      broker.must(police(), retract_command(id));
      escalate(id, 2);
      ids.push_back(id);
    }
  }
  void escalate(const std::string& id, core::Version version) {
    broker.must(domain::broker_principal(),
                escalate_command(id, version, v1::ESCALATION_STEP_UNRECEIVED, {"clinic"}));
  }
  std::unique_ptr<log::RocksStore> store() {
    broker.close();
    return log::RocksStore::open(broker.folder.path() / "log", log::RocksStore::Mode::kReadWrite).value();
  }
  /// Makes it what an earlier version would have left: the latest of each step, and format 1.
  void make_format_1(log::RocksStore& rows_of) {
    log::BatchRows rows(rows_of);
    std::vector<std::pair<std::string, std::string>> held;
    REQUIRE(rows.scan(log::Column::kView, projections::keys::kEscalations,
                      log::after_prefix(projections::keys::kEscalations),
                      [&held](std::string_view key, std::string_view value) {
                        held.emplace_back(key, value);
                        return true;
                      })
                .has_value());
    REQUIRE(held.size() == 2 * kEscalatedAlerts);
    for (const auto& [key, value] :
         held) {  // in order of their versions: the later takes the earlier's place
      rows.erase(log::Column::kView, key);
      rows.put(log::Column::kView, key.substr(0, key.size() - kVersionBytes), value);
    }
    put_format(rows, 1);
    REQUIRE(rows.write().has_value());
  }
  static void put_format(log::RowWriter& rows, char format) {
    rows.put(log::Column::kMeta, "format", std::string("\0\0\0", 3) + format);
  }
  void check_rows() {
    const auto snapshot = broker.log->snapshot();
    for (const std::string& id : ids) {
      const auto steps = projections::escalations_of(*snapshot, id).value();
      REQUIRE(steps.size() == 2);
      CHECK(steps[0].row.version() == 1);
      CHECK(steps[0].row.outcome() == v1::ESCALATION_OUTCOME_NO_ANSWER);
      CHECK(steps[1].row.version() == 2);
      CHECK(steps[1].row.outcome() == v1::ESCALATION_OUTCOME_UNSPECIFIED);
    }
    CHECK(broker.log->rebuild().value().differences == 0);
  }

  TestBroker broker;
  std::vector<std::string> ids;
};

}  // namespace

TEST_CASE("a key of an escalation tells its version, and one of format 1 that it has none") {
  const std::string id = "0190b8f0-0000-7000-8000-000000000000";
  const projections::keys::EscalationKey key{7, v1::ESCALATION_STEP_UNACKNOWLEDGED,
                                             v1::ESCALATION_WAY_ON_CALL, 3};
  const std::string bytes = projections::keys::escalation(id, key);
  CHECK(projections::keys::alert_of_escalation(bytes) == id);
  const auto read = projections::keys::parse_escalation(bytes);
  REQUIRE(read.has_value());
  CHECK(read->service == 7);
  CHECK(read->step == v1::ESCALATION_STEP_UNACKNOWLEDGED);
  CHECK(read->way == v1::ESCALATION_WAY_ON_CALL);
  CHECK(read->version == 3);
  const auto earlier = projections::keys::parse_escalation(bytes.substr(0, bytes.size() - kVersionBytes));
  REQUIRE(earlier.has_value());
  CHECK(earlier->service == 7);
  CHECK(earlier->version == 0);
  CHECK_FALSE(projections::keys::parse_escalation(bytes.substr(0, bytes.size() - 1)).has_value());
  CHECK_FALSE(projections::keys::parse_escalation(bytes + "x").has_value());
}

TEST_CASE_METHOD(EscalatedWorld, "a folder of format 1 is folded anew when it is opened, and only then") {
  check_rows();
  make_format_1(*store());
  broker.open();
  check_rows();
  broker.reopen();
  check_rows();
}

TEST_CASE_METHOD(EscalatedWorld, "an upgrade that was cut off goes on at the next start") {
  {
    const auto rows_of = store();
    make_format_1(*rows_of);
    std::string from;
    log::BatchRows rows(*rows_of);
    CHECK(projections::upgrade_escalations(rows, from).value());  // a slice, and more to do
    REQUIRE(rows.write().has_value());
  }
  broker.open();
  check_rows();
}

TEST_CASE("a folder of a format that isn't known is refused and left as it is") {
  TestBroker broker;
  broker.close();
  const auto folder = broker.folder.path() / "log";
  {
    const auto rows_of = log::RocksStore::open(folder, log::RocksStore::Mode::kReadWrite).value();
    log::BatchRows rows(*rows_of);
    EscalatedWorld::put_format(rows, static_cast<char>(log::kFolderFormat + 1));
    REQUIRE(rows.write().has_value());
  }
  log::LocalLogOptions options;
  options.directory = folder;
  options.clock = &broker.clock;
  options.random = &broker.random;
  check_refused(log::open_local_log(std::move(options)), v1::ERROR_CODE_UNSUPPORTED, "");
}
