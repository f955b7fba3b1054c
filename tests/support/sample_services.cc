#include "tests/support/sample_services.h"

namespace gjallar::testing {
namespace {

domain::Principal issuer(const std::string& name) {
  domain::Principal principal;
  principal.name = core::PrincipalName(name);
  principal.rights.issue = true;
  principal.rights.revise = domain::Scope::kOwn;
  principal.rights.retract = domain::Scope::kOwn;
  principal.rights.view = domain::Scope::kOwn;
  return principal;
}

}  // namespace

v1::Service sample_service(const std::string& id, const std::vector<std::string>& areas,
                           const std::vector<std::string>& roles, v1::GradeLevel minimum_grade) {
  v1::Service service;
  service.set_service_id(id);
  service.set_name("Enheten " + id);
  for (const std::string& area : areas)
    service.add_areas(area);
  for (const std::string& role : roles)
    service.add_roles(role);
  service.set_minimum_grade(minimum_grade);
  return service;
}

v1::DirectoryEntry sample_entry(const v1::Service& service, core::ServiceNumber number) {
  v1::DirectoryEntry entry;
  *entry.mutable_service() = service;
  entry.set_number(number);
  entry.set_enabled(true);
  entry.set_version(1);
  return entry;
}

domain::Directory sample_directory(const std::vector<v1::Service>& services) {
  domain::Directory directory;
  for (const v1::Service& service : services)
    directory.apply(sample_entry(service, directory.next_number()));
  return directory;
}

v1::Command register_command(const v1::Service& service) {
  v1::Command command;
  *command.mutable_register_service()->mutable_service() = service;
  return command;
}

v1::Command change_command(const v1::Service& service, std::uint64_t expected_version) {
  v1::Command command;
  *command.mutable_change_service()->mutable_service() = service;
  command.mutable_change_service()->set_expected_version(expected_version);
  return command;
}

v1::Command disable_command(const std::string& service_id) {
  v1::Command command;
  command.mutable_disable_service()->set_service_id(service_id);
  return command;
}

domain::Principal police() {
  return issuer("police");
}
domain::Principal customs() {
  return issuer("customs");
}

domain::Principal coordinator() {
  domain::Principal principal = issuer("coordinator");
  principal.service = core::ServiceId("coordinator-national");
  principal.rights.revise = domain::Scope::kAny;
  principal.rights.retract = domain::Scope::kAny;
  principal.rights.view = domain::Scope::kAny;
  principal.rights.assess = true;
  principal.rights.observe = true;
  principal.rights.subscribe = true;
  return principal;
}

domain::Principal laboratory() {
  domain::Principal principal = issuer("laboratory");
  principal.rights.analyse = true;
  return principal;
}

domain::Principal operator_principal() {
  domain::Principal principal;
  principal.name = core::PrincipalName("operator");
  principal.rights.operate = true;
  principal.rights.audit = true;
  return principal;
}

domain::Principal service_principal(const std::string& id) {
  domain::Principal principal;
  principal.name = core::PrincipalName(id);
  principal.service = core::ServiceId(id);
  principal.rights.observe = true;
  principal.rights.subscribe = true;
  principal.rights.view = domain::Scope::kOwn;
  return principal;
}

}  // namespace gjallar::testing
