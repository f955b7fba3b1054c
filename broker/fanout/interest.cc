#include "broker/fanout/interest.h"

#include "broker/core/fault.h"

namespace gjallar::fanout {

bool concerns(const domain::ServiceSet& targets, const domain::EventReach& reach, const Interest& interest) {
  if (interest.service && !targets.contains(*interest.service)) return false;
  if (interest.filter && !domain::concerns(reach, *interest.filter)) return false;
  return interest.service.has_value() || interest.filter.has_value();
}

bool concerns(const EncodedEvent& event, const Interest& interest) {
  return concerns(event.targets, event.reach, interest);
}

bool changes_interest(gjallar::v1::EventType type, const std::string& subject, const Interest& interest) {
  if (core::faulty(core::Fault::kInterestChangeUntold)) return false;
  return interest.receiving() && subject == interest.service_id &&
         (type == gjallar::v1::EVENT_TYPE_SERVICE_REGISTERED ||
          type == gjallar::v1::EVENT_TYPE_SERVICE_CHANGED);
}

}  // namespace gjallar::fanout
