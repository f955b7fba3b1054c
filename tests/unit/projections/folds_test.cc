#include <catch2/catch.hpp>

#include "broker/log/rocks_store.h"
#include "broker/log/store_rows.h"
#include "broker/projections/alerts.h"
#include "broker/projections/row_keys.h"
#include "broker/projections/services.h"
#include "broker/projections/target_fold.h"
#include "broker/projections/view_fold.h"
#include "gjallar/v1/event.pb.h"
#include "tests/support/memory_log.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
namespace keys = projections::keys;

namespace {

bool has_row(const TestBroker& broker, log::Column column, const std::string& key) {
  return broker.log->snapshot()->rows().get(column, key).value().has_value();
}

projections::AlertAt alert_of(const TestBroker& broker, const std::string& id) {
  return projections::find_alert(broker.log->snapshot()->rows(), id).value().value();
}

}  // namespace

TEST_CASE("a service's row stands as its last event left it, and its history has every event") {
  TestBroker broker;
  const core::ServiceNumber number = broker.add(sample_service("clinic-one"));
  const core::Seq registered = broker.log->head().seq;
  broker.must(operator_principal(), change_command(sample_service("clinic-one", {"SE-12"})));
  broker.must(operator_principal(), disable_command("clinic-one"));

  const auto snapshot = broker.log->snapshot();
  const auto row = projections::find_service(snapshot->rows(), "clinic-one").value().value();
  CHECK(row.entry().service().areas(0) == "SE-12");
  CHECK_FALSE(row.entry().enabled());
  CHECK(row.entry().version() == 3);
  CHECK(row.last_seq() == registered + 2);
  for (core::Seq seq = registered; seq <= registered + 2; ++seq) {
    CHECK(has_row(broker, log::Column::kDirectory, keys::service_history(number, seq)));
  }
}

TEST_CASE("the live directory shows a change once it is published, and reads the same after a restart") {
  projections::LiveDirectory directory;
  directory.apply(sample_entry(sample_service("clinic-one"), 0));
  CHECK(directory.at_head().find("clinic-one") != nullptr);
  CHECK(directory.now()->find("clinic-one") == nullptr);
  const auto before = directory.now();
  directory.publish();
  CHECK(directory.now()->find("clinic-one") != nullptr);
  CHECK(before->find("clinic-one") == nullptr);

  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  broker.add(sample_service("clinic-two", {"SE-12"}));
  broker.reopen();
  CHECK(broker.directory->now()->find("clinic-two")->number() == 1);
  CHECK(broker.directory->at_head().next_number() == 2);
  CHECK(broker.add(sample_service("clinic-three")) == 2);
}

TEST_CASE("a service whose row was lost is there again as soon as a rebuild has found it") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  broker.close();
  {
    const auto store =
        log::RocksStore::open(broker.folder.path() / "log", log::RocksStore::Mode::kReadWrite).value();
    log::BatchRows rows(*store);
    rows.erase(log::Column::kDirectory, keys::service("clinic-one"));
    REQUIRE(rows.write().has_value());
  }
  broker.open();
  REQUIRE(broker.directory->now()->find("clinic-one") == nullptr);
  CHECK(broker.log->rebuild().value().differences == 1);
  CHECK(broker.directory->now()->find("clinic-one") != nullptr);
}

TEST_CASE("an alert's row remembers every service that any of its events concerned") {
  TestBroker broker;
  const core::ServiceNumber north = broker.add(sample_service("clinic-north", {"SE-25"}));
  const core::ServiceNumber south = broker.add(sample_service("clinic-south", {"SE-12"}));
  const std::string id = broker.issue(sample_content({"SE-25"}));
  CHECK(alert_of(broker, id).targeted.contains(north));
  CHECK_FALSE(alert_of(broker, id).targeted.contains(south));

  broker.must(police(), revise_command(id, sample_content({"SE-12"}), {"audience"}));
  broker.must(police(), retract_command(id));
  const projections::AlertAt at = alert_of(broker, id);
  CHECK(at.targeted.contains(north));
  CHECK(at.targeted.contains(south));
  CHECK(at.alert.phase() == v1::PHASE_RETRACTED);
  CHECK(at.seq == broker.log->head().seq);
  // The retraction concerns both, for both hold the alert.
  const auto event = broker.log->snapshot()->read_header(at.seq).value();
  CHECK(event.targets == at.targeted);
}

TEST_CASE("an event that concerns nobody has no row of targets") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  const core::Seq registered = broker.log->head().seq;
  broker.issue(sample_content({"NO-46"}));
  CHECK(has_row(broker, log::Column::kTarget, log::seq_key(registered)));
  CHECK_FALSE(has_row(broker, log::Column::kTarget, log::seq_key(registered + 1)));
}

TEST_CASE("a live alert is found by area, role, expiry and reference, an ended one by reference alone") {
  TestBroker broker;
  v1::AlertContent content = sample_content({"SE-01", "SE-0380"}, {"laro"});
  *content.mutable_audience()->add_groups() = sample_audience({"NO"}, {}).groups(0);
  const std::string id = broker.issue(content);
  const v1::Alert alert = alert_of(broker, id).alert;
  const auto expires = core::from_timestamp(alert.content().expires());
  const std::vector<std::string> live{keys::live(id),
                                      keys::live_in_area("SE-01", id),
                                      keys::live_in_area("SE-0380", id),
                                      keys::live_in_area("NO", id),
                                      keys::live_for_role("laro", id),
                                      keys::live_for_role(keys::kEveryRole, id),
                                      keys::expiry(expires, id)};
  for (const std::string& key : live)
    CHECK(has_row(broker, log::Column::kView, key));
  CHECK(has_row(broker, log::Column::kView, keys::reference(alert.reference())));

  v1::AlertContent moved = content;
  *moved.mutable_audience() = sample_audience({"SE-01"}, {"outreach"});
  broker.must(police(), revise_command(id, moved, {"audience"}));
  CHECK(has_row(broker, log::Column::kView, keys::live_in_area("SE-01", id)));
  CHECK(has_row(broker, log::Column::kView, keys::live_for_role("outreach", id)));
  CHECK_FALSE(has_row(broker, log::Column::kView, keys::live_in_area("NO", id)));
  CHECK_FALSE(has_row(broker, log::Column::kView, keys::live_for_role("laro", id)));
  CHECK_FALSE(has_row(broker, log::Column::kView, keys::live_for_role(keys::kEveryRole, id)));

  broker.must(police(), retract_command(id));
  for (const std::string& key : live)
    CHECK_FALSE(has_row(broker, log::Column::kView, key));
  CHECK_FALSE(has_row(broker, log::Column::kView, keys::live_for_role("outreach", id)));
  CHECK(has_row(broker, log::Column::kView, keys::reference(alert.reference())));
}

TEST_CASE("an alert's history tells which events made a version") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  const std::string id = broker.issue(sample_content());
  const core::Seq issued = broker.log->head().seq;
  broker.must(service_principal("clinic-one"), observe_command(id, "SE-0180"));
  broker.must(police(), grade_command(id, v1::GRADE_LEVEL_INFORMATION));
  const auto snapshot = broker.log->snapshot();
  using projections::seq_of_version;
  CHECK(seq_of_version(snapshot->rows(), id, 1).value() == issued);
  CHECK(seq_of_version(snapshot->rows(), id, 2).value() == issued + 2);
  CHECK(seq_of_version(snapshot->rows(), id, 0).value() == issued + 2);
  CHECK_FALSE(seq_of_version(snapshot->rows(), id, 3).value().has_value());
}

TEST_CASE("a destroyed payload leaves what the header tells, and whom it concerned") {
  TestBroker broker;
  const core::ServiceNumber clinic = broker.add(sample_service("clinic-one"));
  const std::string id = broker.issue(sample_content());
  broker.must(police(), retract_command(id));
  const auto snapshot = broker.log->snapshot();
  const v1::Alert before = alert_of(broker, id).alert;
  const MemoryLog destroyed(*snapshot, [](log::Record& record) {
    if (record.header.subject_kind == domain::SubjectKind::kAlert) record.payload.reset();
  });

  const auto at = projections::find_alert(destroyed.rows(), before.reference()).value().value();
  CHECK(at.alert.redacted());
  CHECK_FALSE(at.alert.has_content());
  CHECK(at.alert.alert_id() == id);
  CHECK(at.alert.reference() == before.reference());
  CHECK(at.alert.version() == 2);
  CHECK(at.alert.phase() == v1::PHASE_RETRACTED);
  CHECK(at.alert.sender() == "police");
  CHECK(at.alert.level() == v1::GRADE_LEVEL_URGENT);
  CHECK(at.targeted.contains(clinic));

  SECTION("and the view of the past stays readable") {
    const core::Seq issued = snapshot->head().seq - 1;
    const auto then = projections::alert_as_of(destroyed, id, issued).value().value();
    CHECK(then.alert.redacted());
    CHECK(then.alert.phase() == v1::PHASE_LIVE);
    CHECK(then.targeted.contains(clinic));
  }
}

TEST_CASE("a service whose payload was destroyed keeps its number and whether it is enabled") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  const core::ServiceNumber number = broker.add(sample_service("clinic-two"));
  broker.must(operator_principal(), disable_command("clinic-two"));
  const MemoryLog destroyed(*broker.log->snapshot(), [](log::Record& record) { record.payload.reset(); });
  const auto entry = projections::find_service(destroyed.rows(), "clinic-two").value().value().entry();
  CHECK(entry.number() == number);
  CHECK_FALSE(entry.enabled());
  CHECK(entry.version() == 2);
  const auto then =
      projections::service_as_of(destroyed, "clinic-two", broker.log->head().seq - 1).value().value();
  CHECK(then.number() == number);
  CHECK(then.enabled());
}

TEST_CASE("a fold that runs out of order says so instead of writing rows") {
  TestBroker broker;
  broker.issue(sample_content());
  const auto event = broker.log->snapshot()->read(broker.log->head().seq).value();
  const auto directory = std::make_shared<projections::LiveDirectory>();
  const auto step = std::make_shared<projections::AlertStep>();
  MemoryRows rows;
  projections::TargetFold targets(directory, step);
  projections::ViewFold views(step);
  CHECK(targets.apply(event.record, rows).error().code == v1::ERROR_CODE_INTERNAL);
  CHECK(views.apply(event.record, rows).error().code == v1::ERROR_CODE_INTERNAL);
  CHECK(rows.all().empty());
}

TEST_CASE("rows and payloads that can't be read are reported as corrupt") {
  TestBroker broker;
  const std::string id = broker.issue(sample_content());
  MemoryRows rows;
  rows.put(log::Column::kAlert, id, "\xff\xff");
  rows.put(log::Column::kDirectory, keys::service("clinic-one"), "\xff\xff");
  rows.put(log::Column::kView, keys::history(id, 3), "short");
  rows.put(log::Column::kView, keys::live("0"), "");
  CHECK(projections::find_alert(rows, id).error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(projections::find_service(rows, "clinic-one").error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(projections::directory_at(rows).error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(projections::seq_of_version(rows, id, 1).error().code == v1::ERROR_CODE_DATA_CORRUPT);
  CHECK(projections::for_each_live(rows, [](const projections::AlertAt&) { return true; }).error().code ==
        v1::ERROR_CODE_DATA_CORRUPT);

  auto event = broker.log->snapshot()->read(broker.log->head().seq).value();
  event.record.payload->bytes = "\xff\xff";
  CHECK(projections::alert_after(nullptr, event.record).error().code == v1::ERROR_CODE_DATA_CORRUPT);
  event.record.payload->bytes.clear();  // an event about an alert without one
  CHECK(projections::alert_after(nullptr, event.record).error().code == v1::ERROR_CODE_DATA_CORRUPT);
}
