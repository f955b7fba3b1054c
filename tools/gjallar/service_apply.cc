// gjallar service apply
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iostream>
#include <iterator>

#include "broker/core/digest.h"
#include "tools/gjallar/directory_calls.h"
#include "tools/gjallar/service_plan.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
namespace json = boost::json;

core::Result<std::string> text_of_file(const std::string& path) {
  if (path != "-") return client::read_file(path, "file");
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

/// One step of a plan.
struct Step {
  v1::Command command;
  std::string service_id;
};

std::vector<Step> steps_of(const ServicePlan& plan, const std::string& reason) {
  std::vector<Step> steps;
  for (const WantedService& one : plan.add) {
    Step& step = steps.emplace_back();
    step.service_id = one.service.service_id();
    *step.command.mutable_register_service()->mutable_service() = one.service;
  }
  for (const PlannedChange& one : plan.change) {
    Step& step = steps.emplace_back();
    step.service_id = one.service.service_id();
    *step.command.mutable_change_service()->mutable_service() = one.service;
    step.command.mutable_change_service()->set_expected_version(one.expected_version);
  }
  for (const v1::DirectoryEntry& one : plan.disable) {
    Step& step = steps.emplace_back();
    step.service_id = one.service().service_id();
    step.command.mutable_disable_service()->set_service_id(step.service_id);
    step.command.mutable_disable_service()->set_reason(reason);
  }
  return steps;
}

/// The same step of the same plan has the same key, so that a file which is applied again after a broken
/// connection does nothing twice.
std::string key_of(const Step& step) {
  const core::Digest digest = core::sha256("gjallar service apply", step.command.SerializeAsString());
  return "apply-" + core::to_hex(core::as_view(digest)).substr(0, 32);
}

json::array ids_of(const std::vector<std::string>& ids) {
  json::array out;
  for (const std::string& id : ids)
    out.emplace_back(id);
  return out;
}

void print_plan_json(const ServicePlan& plan, bool preview) {
  json::array added;
  for (const WantedService& one : plan.add)
    added.emplace_back(one.service.service_id());
  json::array changed;
  for (const PlannedChange& one : plan.change) {
    json::array fields;
    for (const FieldChange& field : one.fields)
      fields.push_back({{"field", field.field}, {"before", field.before}, {"after", field.after}});
    changed.push_back({{"serviceId", one.service.service_id()},
                       {"expectedVersion", std::to_string(one.expected_version)},
                       {"fields", std::move(fields)}});
  }
  json::array disabled;
  for (const v1::DirectoryEntry& one : plan.disable)
    disabled.emplace_back(one.service().service_id());
  const json::object out{{"preview", preview},
                         {"added", std::move(added)},
                         {"changed", std::move(changed)},
                         {"disabled", std::move(disabled)},
                         {"unchanged", ids_of(plan.unchanged)}};
  std::cout << json::serialize(out) << std::endl;
}

std::string coloured(const Globals& globals, const char* code, const char* word) {
  return globals.colour ? fmt::format("\033[{}m{}\033[0m", code, word) : word;
}

void print_plan(const Globals& globals, const ServicePlan& plan) {
  Table table({"WHAT", "SERVICE", "FIELD", "BEFORE", "AFTER"});
  for (const WantedService& one : plan.add) {
    table.add({coloured(globals, "32", "add"), one.service.service_id(), "", "",
               fmt::format("{}, {}, {}", one.service.name(), joined(one.service.areas()),
                           joined(one.service.roles()))});
  }
  for (const PlannedChange& one : plan.change) {
    for (const FieldChange& field : one.fields) {
      table.add({coloured(globals, "33", "change"), one.service.service_id(), field.field, field.before,
                 field.after});
    }
  }
  for (const v1::DirectoryEntry& one : plan.disable)
    table.add({coloured(globals, "31", "disable"), one.service().service_id(), "", one.service().name(), ""});
  if (!table.empty()) table.print(globals.colour);
  fmt::print("{} to add, {} to change, {} to disable, {} unchanged\n", plan.add.size(), plan.change.size(),
             plan.disable.size(), plan.unchanged.size());
}

/// The broker looks at every entry before any of them is carried out.
core::Result<void> check_plan(DirectoryCalls& calls, const ServicePlan& plan) {
  for (const WantedService& one : plan.add)
    GJALLAR_TRY(calls.check(one.service, fmt::format("services[{}]", one.entry)));
  for (const PlannedChange& one : plan.change)
    GJALLAR_TRY(calls.check(one.service, fmt::format("services[{}]", one.entry)));
  return {};
}

int carry_out(const Globals& globals, DirectoryCalls& calls, const std::vector<Step>& steps) {
  std::size_t done = 0;
  for (const Step& step : steps) {
    const auto outcome = calls.send(step.command, key_of(step));
    if (!outcome) {
      core::Error error = outcome.error();
      error.message +=
          fmt::format(" {} of {} changes were made; {} was not.", done, steps.size(), step.service_id);
      error.advice += " Apply the file again: what is done is not done twice.";
      return fail(globals, error);
    }
    ++done;
  }
  if (!globals.json) fmt::print("done: {} {}\n", done, done == 1 ? "change" : "changes");
  return kExitDone;
}

}  // namespace

int apply_services(const Globals& globals, const std::string& file, bool preview, bool disable_missing,
                   const std::string& reason) {
  const auto text = text_of_file(file);
  if (!text) return fail(globals, text.error());
  const auto wanted = parse_services(*text);
  if (!wanted) return fail(globals, wanted.error());
  const auto calls = DirectoryCalls::open(globals);
  if (!calls) return fail(globals, calls.error());
  const auto registered = (*calls)->list();
  if (!registered) return fail(globals, registered.error());
  const auto plan = plan_services(*wanted, *registered, disable_missing);
  if (!plan) return fail(globals, plan.error());
  if (const auto fit = check_plan(**calls, *plan); !fit) return fail(globals, fit.error());
  if (globals.json) {
    print_plan_json(*plan, preview);
  } else if (plan->empty()) {
    fmt::print("nothing to change: {} services are as the file says\n", plan->unchanged.size());
  } else {
    print_plan(globals, *plan);
  }
  if (preview || plan->empty()) return kExitDone;
  return carry_out(globals, **calls, steps_of(*plan, reason));
}

}  // namespace gjallar::tool
