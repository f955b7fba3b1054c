#include "broker/admission/validate_access.h"

#include <catch2/catch.hpp>

#include "broker/admission/validate.h"
#include "tests/support/refused.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_tokens.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;

namespace {

admission::Contacts one_contact(const std::string& way, const std::string& value) {
  admission::Contacts contacts;
  v1::Contact& contact = *contacts.Add();
  contact.set_way(way);
  contact.set_value(value);
  return contacts;
}

}  // namespace

TEST_CASE("telephone numbers in international form and mail addresses are contacts") {
  for (const char* number : {"+46 8 123 45 67", "+4681234567", "+47-22-00-00-07", "+123456789012345"}) {
    INFO(number);
    CHECK(admission::check_contacts(one_contact("telephone", number)).has_value());
  }
  for (const char* mail : {"jour@example.org", "a.b+c@sub.example.se", "vakt_1@region-x.example"}) {
    INFO(mail);
    CHECK(admission::check_contacts(one_contact("mail", mail)).has_value());
  }
  CHECK(admission::check_contacts({}).has_value());
  CHECK(admission::plain_contact(one_contact("telephone", "+46 8-123 45 67")[0]) == "+4681234567");
  CHECK(admission::plain_contact(one_contact("mail", "a-b@example.org")[0]) == "a-b@example.org");
}

TEST_CASE("what is no contact is refused at its field, without being repeated") {
  const std::vector<std::string> numbers = {"08-123 45 67",
                                            "+",
                                            "+46",
                                            "+046812345678",
                                            "+46 8 123 45 67 ",
                                            "+46  8 1234567",
                                            "+46x81234567",
                                            "++468123456",
                                            "+1234567890123456",
                                            " +4681234567"};
  for (const std::string& number : numbers) {
    INFO(number);
    const auto refused = admission::check_contacts(one_contact("telephone", number));
    check_refused(refused, v1::ERROR_CODE_INVALID_ARGUMENT, "contacts[0].value");
    if (number.size() > 5) CHECK(core::to_text(refused.error()).find(number) == std::string::npos);
  }
  for (const char* mail :
       {"example.org", "@example.org", "a@b", "a@.org", "a@example.", "a b@example.org", ".a@example.org",
        "a..b@example.org", "a@-x.org", "a@x_y.org", "a@ex\nample.org"}) {
    INFO(mail);
    check_refused(admission::check_contacts(one_contact("mail", mail)), v1::ERROR_CODE_INVALID_ARGUMENT,
                  "contacts[0].value");
  }
  check_refused(admission::check_contacts(one_contact("mail", "")), v1::ERROR_CODE_MISSING_FIELD,
                "contacts[0].value");
  check_refused(admission::check_contacts(one_contact("pigeon", "+4681234567")),
                v1::ERROR_CODE_INVALID_ARGUMENT, "contacts[0].way");
  admission::Contacts twice = one_contact("telephone", "+46 8 123 45 67");
  twice.MergeFrom(one_contact("telephone", "+4681234567"));
  check_refused(admission::check_contacts(twice), v1::ERROR_CODE_INVALID_ARGUMENT, "contacts[1].value");
  admission::Contacts many;
  for (int i = 0; i < 9; ++i)
    many.MergeFrom(one_contact("telephone", "+468123456" + std::to_string(i)));
  CHECK(admission::check_contacts(many).error().field == "contacts");
}

TEST_CASE("a token's commands are checked for their form") {
  const domain::RoleCatalogue roles;
  CHECK(admission::validate(issue_token_command(), roles).has_value());
  CHECK(admission::validate(rotate_token_command("second", std::chrono::hours(720)), roles).has_value());
  for (const char* id : {"0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdeg"}) {
    check_refused(admission::validate(revoke_token_command(id), roles), v1::ERROR_CODE_INVALID_ARGUMENT,
                  "token_id");
  }
  check_refused(admission::validate(revoke_token_command(""), roles), v1::ERROR_CODE_MISSING_FIELD,
                "token_id");
  check_refused(admission::validate(issue_token_command("s", kSampleTokenId, ""), roles),
                v1::ERROR_CODE_MISSING_FIELD, "principal");
  v1::Command short_hash = issue_token_command();
  short_hash.mutable_issue_token()->set_secret_sha256("short");
  check_refused(admission::validate(short_hash, roles), v1::ERROR_CODE_INVALID_ARGUMENT, "secret_sha256");
  for (const long seconds : {-1L, 30L * 24 * 3600 + 1}) {
    check_refused(admission::validate(rotate_token_command("s", std::chrono::seconds(seconds)), roles),
                  v1::ERROR_CODE_INVALID_ARGUMENT, "overlap");
  }
  v1::Command a_little_more = rotate_token_command("s", std::chrono::hours(720));
  a_little_more.mutable_rotate_token()->mutable_overlap()->set_nanos(1);
  check_refused(admission::validate(a_little_more, roles), v1::ERROR_CODE_INVALID_ARGUMENT, "overlap");
}

TEST_CASE("who may not operate is refused at the door and nothing is written") {
  TestBroker broker;
  broker.add(sample_service("clinic-one"));
  const core::Seq head = broker.log->head().seq;
  for (const v1::Command& command : {issue_token_command(), rotate_token_command(), revoke_token_command(),
                                     note_contacts_command("clinic-one", true)}) {
    const auto refused = broker.submit_and_wait(coordinator(), command);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == v1::ERROR_CODE_PERMISSION_DENIED);
  }
  CHECK(broker.log->head().seq == head);
}
