#include "broker/admission/privacy_rules.h"

#include <catch2/catch.hpp>

#include "broker/admission/privacy_gate.h"
#include "tests/support/refused.h"

using namespace gjallar;
using admission::PrivacyRules;
using testing::check_refused;

TEST_CASE("numbers and addresses that a deployment lists pass, however they are typed") {
  const PrivacyRules rules =
      PrivacyRules::with({"08-465 004 10", "+47 22 00 00 07"}, {"Info@example.org", "@example.se"}).value();
  for (const std::string text :
       {"Ring 08-465 004 10 eller 08 465 004 10.", "+46 8 465 004 10", "+46 (0)8-465 004 10", "0046846500410",
        "Tlf. 22 00 00 07, utenfra +4722000007", "Skriv till info@example.org eller INFO@EXAMPLE.ORG.",
        "info (at) example.org", "vem@example.se", "Ring 112, 1177 och 22 59 13 00.", "+46 1177"}) {
    INFO(text);
    CHECK(admission::check_text("text", text, rules).has_value());
  }
  for (const std::string text :
       {"08-465 004 11", "Tlf. 22 00 00 08", "infos@example.org", "vem@other.example.se.org",
        "Ring 112 eller 22 00 00 08", "010-456 67 00, 070-174 06 05"}) {
    INFO(text);
    CHECK(admission::check_text("text", text, rules).has_error());
  }
}

TEST_CASE("what a deployment lists and is neither a number nor an address is refused by its key") {
  check_refused(PrivacyRules::with({"112", "the poison centre"}, {}), v1::ERROR_CODE_INVALID_ARGUMENT,
                "public_numbers[1]");
  check_refused(PrivacyRules::with({"11"}, {}), v1::ERROR_CODE_INVALID_ARGUMENT, "public_numbers[0]");
  check_refused(PrivacyRules::with({}, {"example.org"}), v1::ERROR_CODE_INVALID_ARGUMENT,
                "public_addresses[0]");
  check_refused(PrivacyRules::with({}, {"a b@example.org"}), v1::ERROR_CODE_INVALID_ARGUMENT,
                "public_addresses[0]");
}
