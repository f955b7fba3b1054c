#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/domain/concerns.h"
#include "broker/domain/role.h"
#include "broker/log/event_log.h"
#include "broker/projections/alerts.h"
#include "broker/projections/viewer.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::projections {

/// The filters of a ListAlertsRequest, joined by "and". Must not outlive the request.
class AlertFilter {
 public:
  /// Errors: NOT_FOUND (a service that isn't registered at `seq` or can't be seen), UNKNOWN_AREA.
  [[nodiscard]] static core::Result<AlertFilter> of(const log::LogSnapshot& snapshot, const Viewer& viewer,
                                                    const gjallar::v1::ListAlertsRequest& request,
                                                    core::Seq seq);
  [[nodiscard]] bool passes(const AlertAt& at) const;

 private:
  explicit AlertFilter(const gjallar::v1::ListAlertsRequest& request) : request_(&request) {}

  const gjallar::v1::ListAlertsRequest* request_;
  std::optional<gjallar::v1::DirectoryEntry> service_;
  std::vector<std::string> substance_keys_;  ///< of the substance that is looked for
};

/// Accepts a time that a microsecond clock can hold, between the years 1 and 9999; else INVALID_ARGUMENT
/// naming `field`.
[[nodiscard]] core::Result<void> check_time_filter(const google::protobuf::Timestamp& time,
                                                   std::string_view field);
/// Accepts an area code of any edition, or none; else UNKNOWN_AREA naming `field`.
[[nodiscard]] core::Result<void> check_area_filter(const std::string& area, std::string_view field);
/// Accepts a role that the deployment knows, or none; else UNKNOWN_ROLE naming `field`.
[[nodiscard]] core::Result<void> check_role_filter(const std::string& role,
                                                   const domain::RoleCatalogue& roles,
                                                   std::string_view field);
/// Both, of a request that asks by area and role: every edge calls this, since what is mistyped would
/// otherwise be answered with nothing. UNKNOWN_AREA, UNKNOWN_ROLE, naming "area" or "role".
template <typename Request>
[[nodiscard]] core::Result<void> check_filters(const Request& request, const domain::RoleCatalogue& roles) {
  GJALLAR_TRY(check_area_filter(request.area(), "area"));
  return check_role_filter(request.role(), roles, "role");
}

}  // namespace gjallar::projections
