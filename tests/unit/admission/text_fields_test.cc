#include "broker/admission/text_fields.h"

#include <catch2/catch.hpp>
#include <set>

#include "broker/admission/privacy_gate.h"
#include "broker/admission/validate.h"
#include "gjallar/v1/command.pb.h"
#include "tests/support/personal_numbers.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_tokens.h"

using namespace gjallar;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

namespace {

void collect_strings(const Descriptor& type, std::set<const Descriptor*>& seen,
                     std::set<std::string>& names) {
  if (!seen.insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.type() == FieldDescriptor::TYPE_STRING) names.insert(field.full_name());
    if (field.message_type() != nullptr) collect_strings(*field.message_type(), seen, names);
  }
}

/// Sets every string of a message and all it may hold to a text of its own; returns how many.
int fill(google::protobuf::Message& message, int depth = 0) {
  if (depth > 8) return 0;
  int count = 0;
  const auto& type = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* const field = type.field(i);
    const bool many = field->is_repeated();
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (many) {
        reflection.AddString(&message, field, "text");
      } else {
        reflection.SetString(&message, field, "text");
      }
      ++count;
    } else if (field->message_type() != nullptr) {
      count +=
          fill(many ? *reflection.AddMessage(&message, field) : *reflection.MutableMessage(&message, field),
               depth + 1);
    }
  }
  return count;
}

}  // namespace

TEST_CASE("every string of every command is in the gate's table: whoever adds one says how it is looked at") {
  std::set<const Descriptor*> seen;
  std::set<std::string> names;
  collect_strings(*v1::Command::descriptor(), seen, names);
  CHECK(names.size() > 40);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(admission::listed_kind(name).has_value());
  }
  CHECK_FALSE(admission::listed_kind("gjallar.v1.TextBlock.nickname").has_value());
}

TEST_CASE("every string that a command can hold is visited, with its path, and can be cleared") {
  const auto& type = *v1::Command::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    v1::Command command;
    const int count = fill(*command.GetReflection()->MutableMessage(&command, type.field(i)));
    std::vector<admission::Where> places;
    std::set<std::string> paths;
    admission::for_each_text(
        command, [&](const admission::Where& where, admission::TextKind, const std::string& text) {
          CHECK(text == "text");
          places.push_back(where);
          paths.insert(admission::path_of(where));
        });
    INFO(type.field(i)->name());
    CHECK(static_cast<int>(places.size()) == count);
    CHECK(paths.size() == places.size());
    for (const admission::Where& where : places)
      admission::set_text(command, where, "");
    CHECK(command.SerializeAsString().find("text") == std::string::npos);
  }
}

TEST_CASE("a path names a text as errors do") {
  v1::Command command = testing::issue_command();
  command.mutable_issue()->mutable_content()->mutable_texts(0)->add_role_instructions()->set_instruction("x");
  std::vector<std::string> paths;
  admission::for_each_text(command, [&](const admission::Where& where, admission::TextKind,
                                        const std::string&) { paths.push_back(admission::path_of(where)); });
  CHECK(paths.front() == "issue.content.texts[0].language");
  CHECK(std::find(paths.begin(), paths.end(), "issue.content.texts[0].role_instructions[0].instruction") !=
        paths.end());
  CHECK(std::find(paths.begin(), paths.end(), "issue.content.audience.groups[0].areas[0]") != paths.end());
}

namespace {

/// Right by itself, with every typed string set.
v1::AlertContent typed_content() {
  v1::AlertContent content = testing::sample_content();
  v1::RoleInstruction& own = *content.mutable_texts(0)->add_role_instructions();
  own.set_role("laro");
  own.set_instruction("x");
  v1::Substance& substance = *content.mutable_substances(0);
  substance.set_cas_number("561-27-3");
  substance.set_form("powder");
  substance.mutable_concentration()->set_value(1);
  substance.mutable_concentration()->set_unit("mg/g");
  v1::Finding& finding = *content.add_findings();
  finding.set_area("SE-0180");
  finding.add_quantities()->set_unit("g");
  content.add_references()->set_alert_id("0190b8f0-7c2a-7d3e-9f10-0123456789ab");
  content.add_possible_duplicate_of()->set_alert_id("0190b8f0-7c2a-7d3e-9f10-0123456789ac");
  v1::CapInfo& info = *content.mutable_cap()->add_infos();
  info.add_categories("Health");
  info.add_response_types("Monitor");
  v1::CapArea& area = *info.add_areas();
  area.add_polygons("59.1,18.2 59.3,18.2 59.3,18.4 59.1,18.2");
  area.add_circles("59.3,18.06 12.5");
  area.set_altitude("12");
  area.set_ceiling("300");
  return content;
}

/// One of each kind, with every typed string of it set; each is right.
std::vector<v1::Command> typed_commands() {
  const std::string id = "0190b8f0-7c2a-7d3e-9f10-0123456789ab";
  std::vector<v1::Command> commands = {
      testing::issue_command(typed_content()),
      testing::revise_command(id, typed_content(), {"texts"}),
      testing::grade_command(id, v1::GRADE_LEVEL_WARNING),
      testing::widen_command(id, testing::sample_audience({"SE-12"}, {"laro"})),
      testing::retract_command(id),
      testing::expire_command(id),
      testing::observe_command(id, "SE-0180"),
      testing::report_command(),
      testing::conclude_command(id, v1::REPORT_OUTCOME_ALERT, id),
      testing::ask_expiry_command(id),
      testing::escalate_command(id, 1, v1::ESCALATION_STEP_UNRECEIVED, {"clinic-one"}),
      testing::report_escalation_command(id, 1, v1::ESCALATION_STEP_UNRECEIVED, "clinic-one",
                                         v1::ESCALATION_OUTCOME_REACHED),
      testing::register_command(testing::sample_service("clinic-one")),
      testing::change_command(testing::sample_service("clinic-one")),
  };
  commands[6].mutable_observe()->set_form("powder");
  v1::Command count;
  v1::CountOverdoses& overdoses = *count.mutable_count_overdoses();
  overdoses.set_area("SE-1280");
  overdoses.mutable_from()->set_seconds(1'780'000'000);
  overdoses.mutable_to()->set_seconds(1'780'003'600);
  overdoses.set_not_fatal(1);
  overdoses.set_source("SOS");
  overdoses.set_status(v1::STATUS_ACTUAL);
  commands.push_back(count);
  commands.push_back(testing::issue_token_command());
  commands.push_back(testing::rotate_token_command());
  commands.push_back(testing::revoke_token_command());
  commands.push_back(testing::note_contacts_command("clinic-one", true));
  return commands;
}

/// Whether validation or the gate refuses it.
bool is_refused(const v1::Command& command) {
  static const domain::RoleCatalogue roles;
  return admission::validate(command, roles).has_error() ||
         admission::screen(command, admission::PrivacyRules()).refusal.has_value();
}

}  // namespace

TEST_CASE("no string that the gate doesn't read can hold a person's number: its own check refuses it") {
  core::SeededRandom random(7);
  std::vector<std::string> numbers = {"900101-9802", "199001019802", "01810112332", "131052-308T"};
  for (int i = 0; i < 20; ++i)
    numbers.push_back(testing::make_swedish(random, i % 2 == 1, i % 4 < 2));
  std::set<std::string> tried;
  for (const v1::Command& command : typed_commands()) {
    INFO(command.DebugString());
    CHECK_FALSE(is_refused(command));
    std::vector<admission::Where> places;
    admission::for_each_text(
        command, [&](const admission::Where& where, admission::TextKind kind, const std::string&) {
          if (kind != admission::TextKind::kTyped) return;
          places.push_back(where);
          tried.insert(where.back().field->full_name());
        });
    for (const admission::Where& where : places) {
      for (const std::string& number : numbers) {
        v1::Command with_number = command;
        admission::set_text(with_number, where, number);
        INFO(admission::path_of(where));
        CHECK(is_refused(with_number));
      }
    }
  }
  std::set<const Descriptor*> seen;
  std::set<std::string> names;
  collect_strings(*v1::Command::descriptor(), seen, names);
  for (const std::string& name : names) {
    if (admission::listed_kind(name) != admission::TextKind::kTyped) continue;
    INFO(name);
    CHECK(tried.count(name) == 1);
  }
}
