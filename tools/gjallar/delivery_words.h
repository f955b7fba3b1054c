#pragma once

#include <string>
#include <vector>

#include "broker/core/ids.h"
#include "gjallar/v1/view_service.pb.h"

/// One ledger in words. Pure; times are shown by the machine's own time zone, with its offset.
namespace gjallar::tool {

/// How far a service is: "acknowledged", "received", "written" or "not received".
[[nodiscard]] std::string stage_label(const gjallar::v1::ServiceDelivery& service);
/// When a closed service opens: "08:00 +01:00" by its own time zone (the machine's if it has none), with the
/// day if it isn't the day of `now` there.
[[nodiscard]] std::string opening_label(const gjallar::v1::ServiceDelivery& service,
                                        const google::protobuf::Timestamp& now);
/// Why a service lacks it or may not confirm it: "disabled", "offline, closed until 08:00 +01:00"; empty once
/// it confirmed.
[[nodiscard]] std::string hindrance_label(const gjallar::v1::ServiceDelivery& service,
                                          const google::protobuf::Timestamp& now);
/// The last time that this step was taken for this very version; nullptr if it wasn't.
[[nodiscard]] const gjallar::v1::EscalationRecord* last_step(const gjallar::v1::ServiceDelivery& service,
                                                             core::Version version,
                                                             gjallar::v1::EscalationStep step);
/// What was done for the ledger's version: "unreceived after 1 min 0 s: service called, no answer".
[[nodiscard]] std::string steps_label(const gjallar::v1::ServiceDelivery& service,
                                      const gjallar::v1::GetDeliveryResponse& delivery);
/// What else is to be known of a service that lacks it or hasn't confirmed it: "offline, closed until
/// 08:00 +01:00, on call asked"; empty if nothing is. `version` is the one shown: what was done for an
/// earlier one is marked, for a later one left out. `now` tells whether a day is to be named.
[[nodiscard]] std::string trouble_label(const gjallar::v1::ServiceDelivery& service, core::Version version,
                                        const google::protobuf::Timestamp& now);
/// Name of the county (or country) that a service is shown under: that of its first area.
[[nodiscard]] std::string county_label(const gjallar::v1::ServiceDelivery& service);
/// "7 ms", "1.8 s", "12 s", "3 min 4 s", "2 h 5 min"
[[nodiscard]] std::string duration_label(const google::protobuf::Duration& duration);
/// "GJ-…, version 2: 3 of 5 have it, 1 confirmed; …": one line.
[[nodiscard]] std::string summary_line(const gjallar::v1::GetDeliveryResponse& delivery);
/// The whole ledger by county, those who lack it first in each; one text a line.
[[nodiscard]] std::vector<std::string> delivery_lines(const gjallar::v1::GetDeliveryResponse& delivery,
                                                      const google::protobuf::Timestamp& now, bool colour);
/// What changed from one ledger to the next, one line a service, none at all if nothing that is told did;
/// `before` may be nullptr.
[[nodiscard]] std::vector<std::string> change_lines(const gjallar::v1::GetDeliveryResponse* before,
                                                    const gjallar::v1::GetDeliveryResponse& after,
                                                    const google::protobuf::Timestamp& now);

}  // namespace gjallar::tool
