// What who confirms an alert may send along.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/admission/admission.h"
#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

v1::Acknowledged words(const std::string& pseudonym, const std::string& note) {
  v1::Acknowledged acknowledged;
  acknowledged.set_pseudonym(pseudonym);
  acknowledged.set_note(note);
  return acknowledged;
}

}  // namespace

TEST_CASE(
    "a note and a pseudonym pass unless they may point at a person, are too long or have another form") {
  const TestBroker broker;
  const auto check = [&](const std::string& pseudonym, const std::string& note) {
    return broker.admission->check_acknowledged(service_principal("clinic"), words(pseudonym, note));
  };
  CHECK(check("", "").has_value());
  CHECK(check("k7", "Anslaget i väntrummet.").has_value());
  CHECK(check("Nurse_2.night-shift", "").has_value());
  CHECK(check("", std::string(200, 'a')).has_value());
  check_refused(check("", std::string(201, 'a')), v1::ERROR_CODE_TOO_LARGE, "note");
  check_refused(check("", "one\ntwo"), v1::ERROR_CODE_INVALID_ARGUMENT, "note");
  check_refused(check("", "\xff"), v1::ERROR_CODE_INVALID_ARGUMENT, "note");
  check_refused(check("", "Skriv till asa.berg@exempel.se"), v1::ERROR_CODE_PERSONAL_IDENTIFIER, "note");
  check_refused(check("a b", ""), v1::ERROR_CODE_INVALID_ARGUMENT, "pseudonym");
  check_refused(check("a@b.se", ""), v1::ERROR_CODE_INVALID_ARGUMENT, "pseudonym");
  check_refused(check(std::string(65, 'a'), ""), v1::ERROR_CODE_INVALID_ARGUMENT, "pseudonym");
  check_refused(check("19811218-9876", ""), v1::ERROR_CODE_PERSONAL_IDENTIFIER, "pseudonym");
}

TEST_CASE("a doubtful note is refused with advice, since nothing can be asked") {
  const TestBroker broker;
  const auto refused = broker.admission->check_acknowledged(
      service_principal("clinic"), words("", "En 23-årig man avled i Lund den 3 juni."));
  check_refused(refused, v1::ERROR_CODE_PERSONAL_IDENTIFIER, "note");
  CHECK(refused.error().advice.find("without a note") != std::string::npos);
}

TEST_CASE("on a session the confirmation stays, without what may not pass") {
  const TestBroker broker;
  v1::Acknowledged both = words("k7", "Skriv till asa.berg@exempel.se");
  broker.admission->leave_out_what_may_not_pass("clinic", both);
  CHECK(both.pseudonym() == "k7");
  CHECK(both.note().empty());
  v1::Acknowledged other = words("a b", "on display");
  broker.admission->leave_out_what_may_not_pass("clinic", other);
  CHECK(other.pseudonym().empty());
  CHECK(other.note() == "on display");
}
