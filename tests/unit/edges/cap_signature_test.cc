#include "broker/edges/cap/signature.h"

#include "broker/domain/confirmation.h"
#include "broker/security/files.h"
#include "broker/security/tls.h"
#include "tests/support/refused.h"
#include "tests/unit/edges/cap_world.h"

using namespace gjallar;
using testing::CapWorld;
using testing::police;

namespace {

/// An authority, and a broker that signs with one of its certificates.
struct Signed {
  Signed() {
    authority = *security::make_dev_authority(folder.path(), {"police", "customs"});
    files.signing_key = (folder.path() / "police.key").string();
    files.signing_certificate = (folder.path() / "police.pem").string();
    files.trusted_certificates = authority.certificate.string();
  }
  testing::TemporaryDirectory folder;
  security::DevAuthority authority;
  edges::cap::SignatureFiles files;
};

/// A signed message of a broker with one alert.
std::string signed_message(const Signed& keys) {
  CapWorld here(1);
  here.settings.signer = *edges::cap::Signer::load(keys.files);
  here.world.broker.issue(testing::sample_content());
  return here.message(here.world.broker.log->head().seq);
}

v1::CapSignature recorded(const std::string& message,
                          const std::shared_ptr<const edges::cap::Verifier>& verifier) {
  CapWorld there(2);
  there.settings.verifier = verifier;
  const auto published = there.must(police(), message);
  return there.alert(published.outcome.alert_id()).content().cap().signature();
}

}  // namespace

TEST_CASE("a signed message is verified by who trusts its authority, and the fact is recorded") {
  const Signed keys;
  const std::string message = signed_message(keys);
  const auto verifier = *edges::cap::Verifier::load(keys.files);
  CHECK(recorded(message, verifier).state() == v1::CAP_SIGNATURE_STATE_VERIFIED);
  CHECK_FALSE(recorded(message, verifier).certificate_subject().empty());
  CHECK(recorded(message, nullptr).state() == v1::CAP_SIGNATURE_STATE_NOT_VERIFIED);
  const Signed others;
  CHECK(recorded(message, *edges::cap::Verifier::load(others.files)).state() ==
        v1::CAP_SIGNATURE_STATE_NOT_VERIFIED);
}

TEST_CASE("the signature of a message without content is recorded with the event") {
  const Signed keys;
  CapWorld here(1);
  here.settings.signer = *edges::cap::Signer::load(keys.files);
  CapWorld there(2);
  there.settings.verifier = *edges::cap::Verifier::load(keys.files);
  testing::TestBroker& broker = here.world.broker;
  const auto pass_on = [&](const std::string& action, const domain::Principal& principal = police()) {
    const auto published = there.must(principal, here.message(broker.log->head().seq));
    CHECK(published.action == action);
    const auto event = there.world.broker.log->snapshot()->read(published.outcome.seq());
    REQUIRE(event.has_value());
    v1::EventPayload payload;
    REQUIRE(payload.ParseFromString(event.value().record.payload->bytes));
    return payload;
  };
  const std::string id = broker.issue(testing::sample_content());
  CHECK_FALSE(pass_on("issue").has_cap_signature());  // it stands in the content
  broker.must(police(), testing::grade_command(id, v1::GRADE_LEVEL_WARNING));
  const v1::EventPayload graded = pass_on("grade");
  CHECK(graded.cap_signature().state() == v1::CAP_SIGNATURE_STATE_VERIFIED);
  CHECK_FALSE(graded.cap_signature().certificate_subject().empty());
  broker.must(police(), testing::observe_command(id, "SE-01"));
  CHECK(pass_on("observe").cap_signature().state() == v1::CAP_SIGNATURE_STATE_VERIFIED);
  broker.must(police(), testing::retract_command(id));
  CHECK(pass_on("retract").cap_signature().state() == v1::CAP_SIGNATURE_STATE_VERIFIED);
  const std::string report = broker.must(police(), testing::report_command()).alert_id();
  pass_on("issue");
  broker.must(testing::coordinator(), testing::conclude_command(report, v1::REPORT_OUTCOME_NO_ACTION));
  const v1::EventPayload concluded = pass_on("conclude", testing::coordinator());
  CHECK(concluded.cap_signature().state() == v1::CAP_SIGNATURE_STATE_VERIFIED);
  CHECK_FALSE(concluded.cap_signature().certificate_subject().empty());
}

TEST_CASE("nobody but the CAP inbox says that a command was signed") {
  CapWorld world;
  testing::TestBroker& broker = world.world.broker;
  const std::string id = broker.issue(testing::sample_content());
  v1::Command retract = testing::retract_command(id);
  retract.mutable_retract()->mutable_cap_signature()->set_state(v1::CAP_SIGNATURE_STATE_VERIFIED);
  v1::Command grade = testing::grade_command(id, v1::GRADE_LEVEL_WARNING);
  *grade.mutable_grade()->mutable_cap_signature() = retract.retract().cap_signature();
  v1::Command observe = testing::observe_command(id, "SE-01");
  *observe.mutable_observe()->mutable_cap_signature() = retract.retract().cap_signature();
  const std::string report = broker.must(police(), testing::report_command()).alert_id();
  v1::Command conclude = testing::conclude_command(report, v1::REPORT_OUTCOME_NO_ACTION);
  *conclude.mutable_conclude()->mutable_cap_signature() = retract.retract().cap_signature();
  const core::Seq head = broker.log->head().seq;
  for (const v1::Command& command : {retract, grade, observe, conclude}) {
    const auto principal = command.has_conclude() ? testing::coordinator() : police();
    for (const auto sender : {admission::Sender::kPerson, admission::Sender::kFeed}) {
      testing::check_refused(broker.submit_and_wait(principal, command, {}, sender),
                             v1::ERROR_CODE_INVALID_ARGUMENT,
                             std::string(domain::name_of_command(command)) + ".cap_signature");
      CHECK(broker.admission->preview(principal, command, sender).has_error());
    }
  }
  CHECK(broker.log->head().seq == head);
}

TEST_CASE("a message that was changed after signing, or signed twice, isn't verified") {
  const Signed keys;
  const auto verifier = *edges::cap::Verifier::load(keys.files);
  std::string message = signed_message(keys);
  const auto at = message.find("naloxon");
  REQUIRE(at != std::string::npos);
  std::string changed = message;
  changed[at] = 'N';
  CHECK(recorded(changed, verifier).state() == v1::CAP_SIGNATURE_STATE_NOT_VERIFIED);
  const auto begin = message.find("<Signature");
  const auto end = message.find("</Signature>") + std::string("</Signature>").size();
  REQUIRE(begin != std::string::npos);
  std::string twice = message;
  twice.insert(end, message.substr(begin, end - begin));
  CHECK(recorded(twice, verifier).state() == v1::CAP_SIGNATURE_STATE_NOT_VERIFIED);
  std::string unsigned_message = message;
  unsigned_message.erase(begin, end - begin);
  CHECK(recorded(unsigned_message, verifier).state() == v1::CAP_SIGNATURE_STATE_UNSPECIFIED);
}

TEST_CASE("files that don't fit are named by their key") {
  const Signed keys;
  const auto field = [](const edges::cap::SignatureFiles& files) {
    const auto signer = edges::cap::Signer::load(files);
    return signer ? std::string() : signer.error().field;
  };
  CHECK(field(keys.files).empty());
  auto wrong = keys.files;
  wrong.signing_key = "/nothing/here";
  CHECK(field(wrong) == "cap.signing_key");
  wrong = keys.files;
  wrong.signing_certificate = (keys.folder.path() / "customs.pem").string();
  CHECK(field(wrong) == "cap.signing_certificate");
  wrong.trusted_certificates = keys.files.signing_key;
  CHECK(edges::cap::Verifier::load(wrong).error().field == "cap.trusted_certificates");
}
