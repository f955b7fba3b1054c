#include "tools/gjallar/delivery_report.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace gjallar;
using google::protobuf::util::TimeUtil;

namespace {

v1::GetDeliveryResponse report_ledger(v1::Status status = v1::STATUS_EXERCISE) {
  v1::GetDeliveryResponse ledger;
  ledger.set_reference("GJ-TEST");
  ledger.set_version(1);
  ledger.set_status(status);
  ledger.set_targeted(2);
  ledger.set_received(1);
  ledger.set_not_received(1);
  *ledger.mutable_time() = TimeUtil::SecondsToTimestamp(1'767'225'600);
  v1::ServiceDelivery& never = *ledger.add_services();
  never.set_service_id("clinic-never");
  never.set_service_name("=HYPERLINK(\"x\")");
  never.add_areas("SE-12");
  v1::ServiceDelivery& fast = *ledger.add_services();
  fast.set_service_id("clinic-fast");
  fast.set_service_name("Enhet <b>&\"1\"</b>");
  fast.add_areas("SE-01");
  fast.set_note("upp, nu");
  *fast.mutable_received() = TimeUtil::MillisecondsToTimestamp(1'767'225'601'500);
  *fast.mutable_acknowledged() = TimeUtil::SecondsToTimestamp(1'767'225'660);
  return ledger;
}

}  // namespace

TEST_CASE("a field of CSV is quoted as RFC 4180 wants it and never a formula") {
  CHECK(tool::csv_field("plain") == "plain");
  CHECK(tool::csv_field("") == "");
  CHECK(tool::csv_field("a,b") == "\"a,b\"");
  CHECK(tool::csv_field("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(tool::csv_field("two\nlines") == "\"two\nlines\"");
  CHECK(tool::csv_field("=1+1") == "'=1+1");
  CHECK(tool::csv_field("+46") == "'+46");
  CHECK(tool::csv_field("-1") == "'-1");
  CHECK(tool::csv_field("@SUM(A1)") == "'@SUM(A1)");
  CHECK(tool::csv_field("=A,B") == "\"'=A,B\"");
}

TEST_CASE("the CSV report has a line a service: who, how fast, who never") {
  const std::string csv = tool::csv_report(report_ledger());
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 3);
  CHECK(csv.find("reference,version,status,county,service") == 0);
  CHECK(csv.find("GJ-TEST,1,exercise,Skåne län,clinic-never,\"'=HYPERLINK(\"\"x\"\")\",not received") !=
        std::string::npos);
  CHECK(csv.find("clinic-fast") != std::string::npos);
  CHECK(csv.find(",1.500,") != std::string::npos);
  CHECK(csv.find(",60.000,") != std::string::npos);
  CHECK(csv.find("\"upp, nu\"") != std::string::npos);
}

TEST_CASE("the HTML report escapes every text and loads nothing") {
  const std::string html = tool::html_report(report_ledger());
  CHECK(html.find("<h1>Drill report GJ-TEST, version 1</h1>") != std::string::npos);
  CHECK(html.find("Enhet &lt;b&gt;&amp;&quot;1&quot;&lt;/b&gt;") != std::string::npos);
  CHECK(html.find("<b>") == std::string::npos);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("http") == std::string::npos);
  CHECK(html.find("class=\"never\"") != std::string::npos);
  CHECK(html.find("1.500 s") != std::string::npos);
}

TEST_CASE("a report is called a drill report only after an exercise") {
  CHECK(tool::table_report(report_ledger()).front() == "Drill report GJ-TEST, version 1");
  CHECK(tool::table_report(report_ledger(v1::STATUS_ACTUAL)).front() == "Delivery report GJ-TEST, version 1");
}

TEST_CASE("a report tells what was done to reach a service, of its own version alone") {
  v1::GetDeliveryResponse ledger = report_ledger();
  v1::ServiceDelivery& never = *ledger.mutable_services(0);
  never.set_failed(true);
  v1::EscalationRecord& called = *never.add_escalations();
  called.set_step(v1::ESCALATION_STEP_UNRECEIVED);
  called.set_way(v1::ESCALATION_WAY_SERVICE);
  called.set_version(1);
  called.set_outcome(v1::ESCALATION_OUTCOME_NO_ANSWER);
  *called.mutable_time() = TimeUtil::SecondsToTimestamp(1'767'225'660);
  v1::EscalationRecord other = called;
  other.set_version(2);
  *ledger.mutable_services(1)->add_escalations() = other;
  v1::EscalationRecord told = called;
  told.set_step(v1::ESCALATION_STEP_UNACKNOWLEDGED);
  told.set_way(v1::ESCALATION_WAY_ON_CALL);
  told.clear_outcome();
  *never.add_escalations() = told;
  const std::string csv = tool::csv_report(ledger);
  CHECK(csv.find(",disabled,unreceived_escalated,unreceived_way,unreceived_outcome,unacknowledged_escalated,"
                 "unacknowledged_way,unacknowledged_outcome\r\n") != std::string::npos);
  CHECK(csv.find(",2,no,2026-01-01T00:01:00.000000Z,service,no-answer,2026-01-01T00:01:00.000000Z,on-call,"
                 "unknown\r\n") != std::string::npos);
  CHECK(csv.find(",0,no,,,,,,\r\n") != std::string::npos);
  const std::string html = tool::html_report(ledger);
  CHECK(html.find("unreceived after 1 min 0 s: service called, no answer; unconfirmed after 1 min 0 s: "
                  "escalated to on call") != std::string::npos);
  CHECK(html.find("failed") == std::string::npos);  // once is enough
}
