#include "broker/projections/alert_step.h"

#include <utility>

#include "broker/core/identity.h"
#include "broker/projections/parse.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::projections {
namespace {

v1::Phase phase_after(const v1::Alert* before, const log::Header& header) {
  switch (header.type) {
    case v1::EVENT_TYPE_ALERT_RETRACTED:
      return v1::PHASE_RETRACTED;
    case v1::EVENT_TYPE_ALERT_EXPIRED:
      return v1::PHASE_EXPIRED;
    case v1::EVENT_TYPE_ALERT_SUPERSEDED:
      return v1::PHASE_SUPERSEDED;
    case v1::EVENT_TYPE_ALERT_CONCLUDED:
      // Keys of an alert that goes on have a level; those that only name the reporter have none.
      return header.reach.after.level == v1::GRADE_LEVEL_UNSPECIFIED ? v1::PHASE_SUPERSEDED : v1::PHASE_LIVE;
    default:
      return before != nullptr ? before->phase() : v1::PHASE_LIVE;
  }
}

v1::Alert without_payload(const v1::Alert* before, const log::Header& header) {
  v1::Alert alert;
  alert.set_alert_id(header.subject);
  alert.set_reference(core::reference_of(core::AlertId(header.subject)));
  alert.set_version(header.version);
  alert.set_phase(phase_after(before, header));
  alert.set_redacted(true);
  alert.set_level(header.reach.after.level != v1::GRADE_LEVEL_UNSPECIFIED ? header.reach.after.level
                                                                          : header.reach.before.level);
  if (before != nullptr) {
    alert.set_sender(before->sender());
    alert.set_sender_service(before->sender_service());
    *alert.mutable_sent() = before->sent();
    *alert.mutable_changed() = before->changed();
    alert.set_verification(before->verification());
  } else {
    alert.set_sender(header.principal);
    *alert.mutable_sent() = core::to_timestamp(header.time);
    alert.set_verification(v1::VERIFICATION_UNVERIFIED);
  }
  if (before == nullptr || before->version() != header.version) {
    *alert.mutable_changed() = core::to_timestamp(header.time);
  }
  return alert;
}

}  // namespace

core::Result<v1::Alert> alert_after(const v1::Alert* before, const log::Record& record) {
  if (!record.payload) return without_payload(before, record.header);
  auto payload = parse<v1::EventPayload>(record.payload->bytes, "event");
  if (!payload) return payload.error();
  return domain::evolve(before, record.header.type, std::move(payload.value()));
}

}  // namespace gjallar::projections
