// gjallar service list | show | add | change | disable | contacts | apply
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "subscribers/client/publisher.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/directory_calls.h"
#include "tools/gjallar/opening_hours.h"
#include "tools/gjallar/service_plan.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Directory = v1::DirectoryService;

struct ServiceWords {
  std::string service_id, name, minimum_grade, opening_hours, time_zone, reason, idempotency_key, file, area,
      role;
  std::vector<std::string> areas, roles;
  bool all = false, neighbours = false, no_neighbours = false, preview = false, disable_missing = false;
  ContactWords contacts;
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
  Table table({"SERVICE", "NAME", "AREAS", "ROLES", "MINIMUM", "OPEN", "ON CALL", "ENABLED"});
  for (const auto& entry : response->entries()) {
    const auto& service = entry.service();
    table.add({service.service_id(), service.name(), joined(service.areas()), joined(service.roles()),
               service.minimum_grade() == v1::GRADE_LEVEL_UNSPECIFIED
                   ? "–"
                   : level_label(service.minimum_grade(), false),
               opening_hours_text(service.opening_hours()), entry.has_on_call() ? "yes" : "no",
               entry.enabled() ? "yes" : "no"});
  }
  table.print(globals.colour);
  return kExitDone;
}

int show_service(const Globals& globals, const ServiceWords& words) {
  const auto calls = DirectoryCalls::open(globals);
  if (!calls) return fail(globals, calls.error());
  const auto entry = (*calls)->get(words.service_id);
  if (!entry) return fail(globals, entry.error());
  if (globals.json) {
    print_json(*entry);
    return kExitDone;
  }
  const v1::Service& service = entry->service();
  const auto line = [&globals](const char* name, const std::string& value) {
    fmt::print("{}{}{}{}\n", globals.colour ? "\033[1m" : "", padded(name, 16),
               globals.colour ? "\033[0m" : "", value);
  };
  line("service", service.service_id());
  line("name", service.name());
  line("areas", joined(service.areas()));
  line("neighbours", service.include_neighbours() ? "yes" : "no");
  line("roles", joined(service.roles()));
  line("minimum grade", minimum_grade_text(service.minimum_grade()));
  line("open", opening_hours_text(service.opening_hours()));
  line("time zone", service.time_zone().empty() ? "–" : service.time_zone());
  line("on call", entry->has_on_call() ? "yes" : "no");
  line("enabled", entry->enabled() ? "yes" : "no");
  line("registered", zoned_time(entry->registered()));
  line("changed", fmt::format("{}  (version {})", zoned_time(entry->changed()), entry->version()));
  return kExitDone;
}

/// What the options say, put over the service.
core::Result<void> overlay(const ServiceWords& words, v1::Service& service) {
  if (!words.service_id.empty()) service.set_service_id(words.service_id);
  if (!words.name.empty()) service.set_name(words.name);
  if (!words.areas.empty()) service.mutable_areas()->Assign(words.areas.begin(), words.areas.end());
  if (!words.roles.empty()) service.mutable_roles()->Assign(words.roles.begin(), words.roles.end());
  if (!words.minimum_grade.empty()) {
    const auto level = parse_minimum_grade(words.minimum_grade, "minimum-grade");
    if (!level) return level.error();
    service.set_minimum_grade(*level);
  }
  if (!words.opening_hours.empty()) {
    auto hours = parse_opening_hours(words.opening_hours, "opening-hours");
    if (!hours) return hours.error();
    *service.mutable_opening_hours() = std::move(*hours);
  }
  if (!words.time_zone.empty()) service.set_time_zone(words.time_zone);
  if (words.neighbours || words.no_neighbours) service.set_include_neighbours(words.neighbours);
  return {};
}

core::Result<v1::Service> service_of(const ServiceWords& words) {
  v1::Service service;
  if (!words.file.empty()) GJALLAR_TRY(read_json(words.file, service));
  GJALLAR_TRY(overlay(words, service));
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
  command.add_option("--minimum-grade", words.minimum_grade, "information, warning, urgent or none")
      ->check(CLI::IsMember({"information", "warning", "urgent", "none"}));
  command.add_option("--opening-hours", words.opening_hours,
                     "\"mon-fri 08:00-16:30; sat 10:00-14:00\"; \"always\": no hours");
  command.add_option("--time-zone", words.time_zone, "of the opening hours: Europe/Stockholm");
  CLI::Option* near = command.add_flag("--neighbours", words.neighbours,
                                       "alerts of the counties next to its own concern it too");
  command.add_flag("--no-neighbours", words.no_neighbours, "they don't")->excludes(near);
  command.add_option("--idempotency-key", words.idempotency_key, "makes a repeat of the command harmless");
}

/// Changes start from the service as it stands, so that what isn't named stays.
int change(const Globals& globals, const ServiceWords& words) {
  const auto calls = DirectoryCalls::open(globals);
  if (!calls) return fail(globals, calls.error());
  const auto present = (*calls)->get(words.service_id);
  if (!present) return fail(globals, present.error());
  v1::Command command;
  v1::Service& service = *command.mutable_change_service()->mutable_service();
  if (words.file.empty()) {
    service = present->service();
    if (const auto fit = overlay(words, service); !fit) return fail(globals, fit.error());
  } else {
    auto wanted = service_of(words);
    if (!wanted) return fail(globals, wanted.error());
    service = std::move(*wanted);
  }
  command.mutable_change_service()->set_expected_version(present->version());
  return send(globals, words, command);
}

void add_contacts_command(CLI::App& service, const Globals& globals, Action& action,
                          const std::shared_ptr<ServiceWords>& words) {
  ContactWords& contacts = words->contacts;
  CLI::App* command = service.add_subcommand("contacts", "whom to call there; options replace those it has");
  command->add_option("service", contacts.service_id, "the service's id")->required();
  command->add_option("--telephone", contacts.telephones, "+46 8 123 45 67; may be repeated");
  command->add_option("--mail", contacts.mails, "address; may be repeated");
  command->add_flag("--on-call", contacts.on_call, "these may be used while the service is closed");
  command->add_option("--file", contacts.file,
                      "proto3 JSON as `service contacts --json` prints it; - for standard input");
  CLI::Option* keep = command->add_flag("--add", contacts.add, "keep those that it has");
  command->add_flag("--remove-all", contacts.remove_all, "it has none any more")->excludes(keep);
  command->add_option("--idempotency-key", contacts.idempotency_key,
                      "makes a repeat of the command harmless");
  command->callback([&globals, &action, words] {
    const ContactWords& given = words->contacts;
    const bool any = !given.telephones.empty() || !given.mails.empty() || !given.file.empty();
    if ((given.add || given.on_call) && !any) throw CLI::RequiredError("--telephone");
    action = [&globals, words] { return show_or_set_contacts(globals, words->contacts); };
  });
}

void add_apply_command(CLI::App& service, const Globals& globals, Action& action,
                       const std::shared_ptr<ServiceWords>& words) {
  CLI::App* command = service.add_subcommand("apply", "make the directory as a file says");
  command->add_option("file", words->file, "JSON: {\"services\": [...]}; - for standard input")->required();
  command->add_flag("--preview", words->preview, "show what would change, and change nothing");
  command->add_flag("--disable-missing", words->disable_missing,
                    "disable services that the file doesn't name");
  command->add_option("--reason", words->reason, "why services are disabled");
  command->callback([&globals, &action, words] {
    action = [&globals, words] {
      return apply_services(globals, words->file, words->preview, words->disable_missing, words->reason);
    };
  });
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
  CLI::App* show = service->add_subcommand("show", "one service");
  show->add_option("service", words->service_id, "the service's id")->required();
  show->callback(
      [&globals, &action, words] { action = [&globals, words] { return show_service(globals, *words); }; });
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
  add_contacts_command(*service, globals, action, words);
  add_apply_command(*service, globals, action, words);
}

}  // namespace gjallar::tool
