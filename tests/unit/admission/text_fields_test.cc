#include "broker/admission/text_fields.h"

#include <catch2/catch.hpp>
#include <set>

#include "gjallar/v1/command.pb.h"
#include "tests/support/sample_alerts.h"

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
