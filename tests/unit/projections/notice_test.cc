#include <catch2/catch.hpp>
#include <future>

#include "broker/domain/decide_parts.h"
#include "broker/projections/alerts.h"
#include "broker/projections/queries.h"
#include "tests/support/memory_log.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

/// Writes a notice about an alert that names these services; its seq.
core::Seq give_notice(TestBroker& broker, const std::string& alert_id, std::vector<std::string> services) {
  log::AppendRequest request;
  request.principal = "broker";
  request.decide = [&](const log::RowReader& rows,
                       core::WallTime) -> core::Result<std::vector<domain::NewEvent>> {
    const auto at = projections::find_alert(rows, alert_id);
    v1::Notice notice;
    notice.set_kind(v1::NOTICE_KIND_EXPIRES_SOON);
    return domain::only(domain::notice_event(at.value()->alert, notice, services));
  };
  std::promise<log::AppendOutcome> promise;
  auto answer = promise.get_future();
  broker.log->append(std::move(request),
                     [&promise](log::AppendOutcome outcome) { promise.set_value(std::move(outcome)); });
  const log::AppendOutcome outcome = answer.get();
  REQUIRE(outcome.status == log::AppendStatus::kCommitted);
  return outcome.committed.last_seq;
}

/// Numbers of what a service sees of an alert's history.
std::vector<core::Seq> history_for(const TestBroker& broker, const std::string& service,
                                   const std::string& alert_id) {
  v1::GetHistoryRequest request;
  request.set_alert_id(alert_id);
  const auto history =
      projections::get_history(*broker.log->snapshot(), service_principal(service), request).value();
  std::vector<core::Seq> seqs;
  for (const v1::Event& event : history.events())
    seqs.push_back(event.seq());
  return seqs;
}

}  // namespace

TEST_CASE("after a notice the alert is still everyone's who was told before it, now and as of then") {
  TestBroker broker;
  const core::ServiceNumber clinic = broker.add(sample_service("clinic-one"));
  const core::ServiceNumber named = broker.add(sample_service("clinic-named", {"NO-46"}));
  const core::ServiceNumber second = broker.add(sample_service("clinic-second", {"NO-46"}));
  const std::string id = broker.issue(sample_content());
  const core::Seq issued = broker.log->head().seq;
  give_notice(broker, id, {"clinic-named"});
  const core::Seq last = give_notice(broker, id, {"clinic-second"});
  const auto snapshot = broker.log->snapshot();

  const auto event = snapshot->read_header(last).value();
  CHECK(event.targets.count() == 1);
  CHECK(event.targets.contains(second));
  const auto at = projections::alert_as_of(*snapshot, id, last).value();
  CHECK(at->targeted.count() == 3);
  CHECK(at->targeted.contains(clinic));
  CHECK(at->targeted.contains(named));
  CHECK(projections::find_alert(snapshot->rows(), id).value()->targeted.encode() == at->targeted.encode());
  CHECK(projections::alert_as_of(*snapshot, id, issued).value()->targeted.count() == 1);
  CHECK(folded_rows(MemoryLog(*snapshot).rows()) == folded_rows(snapshot->rows()));

  // Whoever a notice told holds the alert, and hears that it is withdrawn.
  broker.must(police(), retract_command(id));
  CHECK(broker.log->snapshot()->read_header(broker.log->head().seq).value().targets.count() == 3);
}

TEST_CASE("a notice shows in the history of those it names alone") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  broker.add(sample_service("clinic-named"));
  const std::string id = broker.issue(sample_content());
  const core::Seq issued = broker.log->head().seq;
  const core::Seq notice = give_notice(broker, id, {"clinic-named"});
  CHECK(history_for(broker, "clinic-one", id) == std::vector<core::Seq>{issued});
  CHECK(history_for(broker, "clinic-named", id) == std::vector<core::Seq>{issued, notice});
}
