#include "broker/projections/alert_filter.h"

#include <algorithm>
#include <utility>

#include "broker/domain/area.h"
#include "broker/domain/status_class.h"
#include "broker/domain/substances.h"
#include "broker/projections/services.h"

namespace gjallar::projections {
namespace {

/// Whether a substance of the alert is the one that is looked for, by whatever name.
bool has_substance(const v1::Alert& alert, const std::vector<std::string>& wanted) {
  const std::vector<std::string> keys = domain::substance_keys(alert.content());
  return std::any_of(wanted.begin(), wanted.end(), [&keys](const std::string& key) {
    return std::binary_search(keys.begin(), keys.end(), key);
  });
}

/// Unset: what is about the world and the network. Exercises, tests and drafts are asked for by name.
bool has_status(const v1::Alert& alert, v1::Status wanted) {
  const v1::Status status = alert.content().status();
  if (wanted != v1::STATUS_UNSPECIFIED) return status == wanted;
  return domain::status_class(status) == domain::StatusClass::kReal;
}

/// The keys the alert has, or would have had it not ended.
domain::MatchKeys keys_while_live(const v1::Alert& alert) {
  if (alert.phase() == v1::PHASE_LIVE) return domain::match_keys_of(alert);
  v1::Alert standing;
  standing.set_phase(v1::PHASE_LIVE);
  standing.set_level(alert.level());
  *standing.mutable_content()->mutable_audience() = alert.content().audience();
  *standing.mutable_content()->mutable_grade() = alert.content().grade();
  if (alert.has_assessed_grade()) *standing.mutable_assessed_grade() = alert.assessed_grade();
  return domain::match_keys_of(standing);
}

}  // namespace

core::Result<void> check_area_filter(const std::string& area, std::string_view field) {
  if (area.empty() || domain::find_area(area) != nullptr) return {};
  return domain::check_area(area, field);
}

core::Result<void> check_role_filter(const std::string& role, const domain::RoleCatalogue& roles,
                                     std::string_view field) {
  return role.empty() ? core::Result<void>() : roles.check(role, field);
}

core::Result<void> check_time_filter(const google::protobuf::Timestamp& time, std::string_view field) {
  constexpr std::int64_t kYear1 = -62'135'596'800;
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (time.seconds() >= kYear1 && time.seconds() < kYear10000) return {};
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::string(field),
                          "This is no time between the years 1 and 9999.", "Send it as in RFC 3339.");
}

core::Result<AlertFilter> AlertFilter::of(const log::LogSnapshot& snapshot, const Viewer& viewer,
                                          const v1::ListAlertsRequest& request, core::Seq seq) {
  AlertFilter filter(request);
  GJALLAR_TRY(check_area_filter(request.area(), "area"));
  GJALLAR_TRY(check_time_filter(request.from(), "from"));
  GJALLAR_TRY(check_time_filter(request.to(), "to"));
  if (!request.substance().empty()) filter.substance_keys_ = domain::substance_keys(request.substance());
  if (request.service_id().empty()) return filter;
  auto service = service_as_of(snapshot, request.service_id(), seq);
  if (!service) return service.error();
  if (!service.value() || !viewer.sees_service(request.service_id())) return no_such_service("service_id");
  filter.service_ = std::move(service.value());
  return filter;
}

bool AlertFilter::passes(const AlertAt& at) const {
  const v1::Alert& alert = at.alert;
  const bool live = alert.phase() == v1::PHASE_LIVE;
  if (!live && !request_->include_ended()) return false;
  if (request_->kind() != v1::ALERT_KIND_UNSPECIFIED && alert.content().kind() != request_->kind())
    return false;
  if (!has_status(alert, request_->status())) return false;
  if (!request_->substance().empty() && !has_substance(alert, substance_keys_)) return false;
  const core::WallTime sent = core::from_timestamp(alert.sent());
  if (request_->has_from() && sent < core::from_timestamp(request_->from())) return false;
  if (request_->has_to() && sent >= core::from_timestamp(request_->to())) return false;
  if (!request_->area().empty() || !request_->role().empty()) {
    if (!domain::concerns(keys_while_live(alert), domain::ViewFilter{request_->area(), request_->role()}))
      return false;
  }
  if (!service_) return true;
  return live ? domain::matches(domain::match_keys_of(alert), *service_)
              : at.targeted.contains(service_->number());
}

}  // namespace gjallar::projections
