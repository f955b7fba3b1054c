#include "broker/domain/decide.h"
#include "tests/support/refused.h"
#include "tests/support/sample_alerts.h"

namespace gjallar::domain {
namespace {

v1::EventPayload payload_of(core::Version version, v1::Phase phase = v1::PHASE_LIVE,
                            const std::string& id = "a") {
  v1::EventPayload payload;
  payload.mutable_alert()->set_alert_id(id);
  payload.mutable_alert()->set_sender("police");
  payload.mutable_alert()->set_version(version);
  payload.mutable_alert()->set_phase(phase);
  *payload.mutable_alert()->mutable_content() = testing::sample_content();
  return payload;
}

void check_corrupt(const v1::Alert* before, v1::EventType type, const v1::EventPayload& payload) {
  testing::check_refused(evolve(before, type, payload), v1::ERROR_CODE_DATA_CORRUPT, "");
}

TEST_CASE("an alert begins with being issued, live, at version 1") {
  const v1::EventPayload payload = payload_of(1);
  CHECK(evolve(nullptr, v1::EVENT_TYPE_ALERT_ISSUED, payload).value().SerializeAsString() ==
        payload.alert().SerializeAsString());
  check_corrupt(nullptr, v1::EVENT_TYPE_ALERT_REVISED, payload);
  check_corrupt(nullptr, v1::EVENT_TYPE_ALERT_ISSUED, payload_of(2));
  check_corrupt(nullptr, v1::EVENT_TYPE_ALERT_ISSUED, payload_of(1, v1::PHASE_RETRACTED));
  check_corrupt(nullptr, v1::EVENT_TYPE_ALERT_ISSUED, v1::EventPayload());
  check_corrupt(nullptr, v1::EVENT_TYPE_SERVICE_REGISTERED, payload);
}

TEST_CASE("each event that changes an alert counts its version up by one") {
  const v1::Alert before = payload_of(3).alert();
  for (const v1::EventType type :
       {v1::EVENT_TYPE_ALERT_REVISED, v1::EVENT_TYPE_ALERT_GRADED, v1::EVENT_TYPE_ALERT_WIDENED,
        v1::EVENT_TYPE_ALERT_RETRACTED, v1::EVENT_TYPE_ALERT_EXPIRED}) {
    CHECK(evolve(&before, type, payload_of(4)).value().version() == 4);
    check_corrupt(&before, type, payload_of(3));
    check_corrupt(&before, type, payload_of(5));
  }
}

TEST_CASE("observations, notices and escalations leave the version as it is") {
  const v1::Alert before = payload_of(3).alert();
  for (const v1::EventType type :
       {v1::EVENT_TYPE_ALERT_OBSERVED, v1::EVENT_TYPE_ALERT_NOTICE, v1::EVENT_TYPE_ALERT_ESCALATED}) {
    CHECK(evolve(&before, type, payload_of(3)).has_value());
    check_corrupt(&before, type, payload_of(4));
  }
}

TEST_CASE("an event of another alert, or a second issue, doesn't follow") {
  const v1::Alert before = payload_of(1).alert();
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_REVISED, payload_of(2, v1::PHASE_LIVE, "b"));
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_ISSUED, payload_of(2));
  v1::EventPayload other_sender = payload_of(2);
  other_sender.mutable_alert()->set_sender("customs");
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_REVISED, other_sender);
}

TEST_CASE("nothing brings an ended alert back") {
  const v1::Alert before = payload_of(3, v1::PHASE_RETRACTED).alert();
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_REVISED, payload_of(4));
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_REVISED, payload_of(4, v1::PHASE_RETRACTED));
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_EXPIRED, payload_of(4, v1::PHASE_EXPIRED));
  check_corrupt(&before, v1::EVENT_TYPE_ALERT_NOTICE, payload_of(3));
  CHECK(evolve(&before, v1::EVENT_TYPE_ALERT_NOTICE, payload_of(3, v1::PHASE_RETRACTED)).has_value());
  CHECK(evolve(&before, v1::EVENT_TYPE_ALERT_REDACTED, payload_of(4, v1::PHASE_RETRACTED)).has_value());
}

}  // namespace
}  // namespace gjallar::domain
