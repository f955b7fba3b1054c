#include "tests/support/sample_world.h"

#include "broker/core/identity.h"
#include "tests/support/sample_services.h"

namespace gjallar::testing {

core::Result<std::vector<domain::NewEvent>> SampleWorld::run(const domain::Principal& principal,
                                                             const v1::Command& command) {
  domain::Situation situation;
  situation.now = clock_.wall();
  situation.new_alert_id = core::new_alert_id(situation.now, random_);
  situation.directory = &directory_;
  const std::string named = domain::alert_named_by(command);
  if (const auto found = alerts_.find(named); found != alerts_.end()) {
    situation.alert = &found->second;
    situation.already_targeted = &targeted_[named];
  }
  if (const auto found = alerts_.find(command.conclude().superseded_by()); found != alerts_.end())
    situation.successor = &found->second;
  auto decided = domain::decide(principal, command, situation);
  if (!decided) return decided;
  for (const domain::NewEvent& event : decided.value())
    GJALLAR_TRY(take(principal, event));
  return decided;
}

core::Result<void> SampleWorld::take(const domain::Principal& principal, const domain::NewEvent& event) {
  if (event.subject_kind == domain::SubjectKind::kService) {
    directory_.apply(event.payload.service());
    const domain::ServiceSet targets = domain::targets_of(event.reach, {}, directory_);
    history_.push_back({event, principal.name.value(), targets, clock_.wall()});
    return {};
  }
  const auto before = alerts_.find(event.subject);
  auto after = domain::evolve(before == alerts_.end() ? nullptr : &before->second, event.type, event.payload);
  if (!after) return after.error();
  domain::ServiceSet& targeted = targeted_[event.subject];
  const domain::ServiceSet targets = domain::targets_of(event.type, event.reach, targeted, directory_);
  targeted |= targets;
  alerts_[event.subject] = after.value();
  history_.push_back({event, principal.name.value(), targets, clock_.wall()});
  return {};
}

std::string SampleWorld::issue(const domain::Principal& principal, const v1::Command& command) {
  return run(principal, command).value().at(0).subject;
}

void SampleWorld::add(const v1::Service& service) {
  (void)run(operator_principal(), register_command(service)).value();
}

domain::ServiceSet SampleWorld::targeted(const std::string& alert_id) const {
  const auto found = targeted_.find(alert_id);
  return found == targeted_.end() ? domain::ServiceSet() : found->second;
}

}  // namespace gjallar::testing
