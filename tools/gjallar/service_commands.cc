// gjallar service list | add | change | disable
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "subscribers/client/publisher.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Directory = v1::DirectoryService;

struct ServiceWords {
  std::string service_id, name, minimum_grade, reason, idempotency_key, file, area, role;
  std::vector<std::string> areas, roles;
  bool all = false;
};

int list(const Globals& globals, const ServiceWords& words) {
  v1::ListServicesRequest request;
  request.set_area(words.area);
  request.set_role(words.role);
  request.set_include_disabled(words.all);
  const auto response = call<Directory::Stub, v1::ListServicesRequest, v1::ListServicesResponse>(
      globals, &Directory::Stub::ListServices, &Directory::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  Table table({"SERVICE", "NAME", "AREAS", "ROLES", "MINIMUM", "ENABLED"});
  for (const auto& entry : response->entries()) {
    const auto& service = entry.service();
    table.add({service.service_id(), service.name(), joined(service.areas()), joined(service.roles()),
               service.minimum_grade() == v1::GRADE_LEVEL_UNSPECIFIED
                   ? "–"
                   : level_label(service.minimum_grade(), false),
               entry.enabled() ? "yes" : "no"});
  }
  table.print(globals.colour);
  return kExitDone;
}

core::Result<v1::Service> service_of(const ServiceWords& words) {
  v1::Service service;
  if (!words.file.empty()) GJALLAR_TRY(read_json(words.file, service));
  if (!words.service_id.empty()) service.set_service_id(words.service_id);
  if (!words.name.empty()) service.set_name(words.name);
  if (!words.areas.empty()) service.mutable_areas()->Assign(words.areas.begin(), words.areas.end());
  if (!words.roles.empty()) service.mutable_roles()->Assign(words.roles.begin(), words.roles.end());
  if (words.minimum_grade == "information") service.set_minimum_grade(v1::GRADE_LEVEL_INFORMATION);
  if (words.minimum_grade == "warning") service.set_minimum_grade(v1::GRADE_LEVEL_WARNING);
  if (words.minimum_grade == "urgent") service.set_minimum_grade(v1::GRADE_LEVEL_URGENT);
  return service;
}

int send(const Globals& globals, const ServiceWords& words, const v1::Command& command) {
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return fail(globals, connection.error());
  const auto outcome = client::Publisher(*connection).send(command, words.idempotency_key);
  if (!outcome) return fail(globals, outcome.error());
  if (globals.json) {
    print_json(*outcome);
  } else {
    fmt::print("{}  version {}  seq {}\n", words.service_id, outcome->version(), outcome->seq());
  }
  return kExitDone;
}

void add_service_options(CLI::App& command, ServiceWords& words) {
  command.add_option("service", words.service_id, "the service's id")->required();
  command.add_option("--file", words.file, "proto3 JSON of gjallar.v1.Service; - for standard input");
  command.add_option("--name", words.name, "name of the unit");
  command.add_option("--area", words.areas, "area code; may be repeated");
  command.add_option("--role", words.roles, "role; may be repeated");
  command.add_option("--minimum-grade", words.minimum_grade, "information, warning or urgent")
      ->check(CLI::IsMember({"information", "warning", "urgent"}));
  command.add_option("--idempotency-key", words.idempotency_key, "makes a repeat of the command harmless");
}

/// Changes start from the service as it stands, so that what isn't named stays.
int change(const Globals& globals, const ServiceWords& words) {
  v1::GetServiceRequest request;
  request.set_service_id(words.service_id);
  const auto present = call<Directory::Stub, v1::GetServiceRequest, v1::GetServiceResponse>(
      globals, &Directory::Stub::GetService, &Directory::NewStub, request);
  if (!present) return fail(globals, present.error());
  const auto wanted = service_of(words);
  if (!wanted) return fail(globals, wanted.error());
  v1::Command command;
  v1::Service& service = *command.mutable_change_service()->mutable_service();
  if (words.file.empty()) {
    service = present->entry().service();
    if (!wanted->name().empty()) service.set_name(wanted->name());
    if (wanted->areas_size() > 0) *service.mutable_areas() = wanted->areas();
    if (wanted->roles_size() > 0) *service.mutable_roles() = wanted->roles();
    if (wanted->minimum_grade() != v1::GRADE_LEVEL_UNSPECIFIED)
      service.set_minimum_grade(wanted->minimum_grade());
  } else {
    service = *wanted;
  }
  command.mutable_change_service()->set_expected_version(present->entry().version());
  return send(globals, words, command);
}

}  // namespace

void add_service_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<ServiceWords>();
  CLI::App* service = app.add_subcommand("service", "the directory of services");
  service->require_subcommand(1);
  CLI::App* all = service->add_subcommand("list", "the services");
  all->add_option("--area", words->area, "only those that meet this area");
  all->add_option("--role", words->role, "only those with this role");
  all->add_flag("--all", words->all, "disabled ones too");
  all->callback([&globals, &action, words] { action = [&globals, words] { return list(globals, *words); }; });
  CLI::App* add = service->add_subcommand("add", "register a service");
  add_service_options(*add, *words);
  add->callback([&globals, &action, words] {
    action = [&globals, words] {
      const auto wanted = service_of(*words);
      if (!wanted) return fail(globals, wanted.error());
      v1::Command command;
      *command.mutable_register_service()->mutable_service() = *wanted;
      return send(globals, *words, command);
    };
  });
  CLI::App* alter = service->add_subcommand("change", "change a service; what isn't named stays");
  add_service_options(*alter, *words);
  alter->callback(
      [&globals, &action, words] { action = [&globals, words] { return change(globals, *words); }; });
  CLI::App* disable = service->add_subcommand("disable", "no new alert concerns it");
  disable->add_option("service", words->service_id, "the service's id")->required();
  disable->add_option("--reason", words->reason, "why");
  disable->add_option("--idempotency-key", words->idempotency_key, "makes a repeat of the command harmless");
  disable->callback([&globals, &action, words] {
    action = [&globals, words] {
      v1::Command command;
      command.mutable_disable_service()->set_service_id(words->service_id);
      command.mutable_disable_service()->set_reason(words->reason);
      return send(globals, *words, command);
    };
  });
}

}  // namespace gjallar::tool
