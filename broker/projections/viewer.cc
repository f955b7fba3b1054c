#include "broker/projections/viewer.h"

#include "broker/domain/decide.h"
#include "broker/projections/services.h"

namespace gjallar::projections {

core::Result<Viewer> Viewer::at(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                                core::Seq seq) {
  Viewer viewer(principal);
  if (!principal.service) return viewer;
  const auto own = service_as_of(snapshot, principal.service->value(), seq);
  if (!own) return own.error();
  if (own.value()) {
    viewer.number_ = own.value()->number();
    viewer.own_.apply(*own.value());
  }
  return viewer;
}

bool Viewer::sees(const AlertAt& at) const {
  return domain::may_view(*principal_, at.alert, at.targeted, own_);
}

bool Viewer::sees_all_of(const v1::Alert& alert) const {
  return domain::may_view(*principal_, alert, domain::ServiceSet(), domain::Directory());
}

bool Viewer::was_told(const domain::ServiceSet& targets) const {
  return number_ && targets.contains(*number_);
}

bool Viewer::sees_service(std::string_view service_id) const {
  const domain::Rights& rights = principal_->rights;
  if (rights.issue || rights.assess || rights.operate || rights.audit || rights.view == domain::Scope::kAny)
    return true;
  return principal_->service && principal_->service->value() == service_id;
}

core::Error no_such_alert(std::string_view field) {
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, std::string(field), "No such alert is visible to you.",
                          "Check the id or the reference.");
}

core::Error no_such_service(std::string_view field) {
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, std::string(field), "No such service is visible to you.",
                          "List the services to see their ids.");
}

}  // namespace gjallar::projections
