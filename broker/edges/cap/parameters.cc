#include "broker/edges/cap/parameters.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <set>

#include "broker/edges/cap/names.h"
#include "broker/edges/cap/times.h"

namespace gjallar::edges::cap {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using C = v1::AlertContent;

/// Fields that CAP's own elements carry. The audience and the times have a parameter where an element says
/// too little.
bool has_element(int number) {
  static const std::set<int> numbers = {C::kStatusFieldNumber, C::kTextsFieldNumber, C::kGradeFieldNumber,
                                        C::kAttachmentsFieldNumber, C::kCapFieldNumber};
  return numbers.count(number) != 0;
}

bool text_has_element(int number) {
  using T = v1::TextBlock;
  return number == T::kLanguageFieldNumber || number == T::kHeadlineFieldNumber ||
         number == T::kDescriptionFieldNumber || number == T::kInstructionFieldNumber;
}

bool is_timestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == Timestamp::descriptor();
}

/// Whether the elements say all of a field that they carry in part.
bool elements_suffice(const v1::AlertContent& content, const FieldDescriptor& field) {
  switch (field.number()) {
    case C::kOnsetFieldNumber:
      return content.onset().nanos() == 0;
    case C::kExpiresFieldNumber:
      return content.expires().nanos() == 0;
    case C::kAudienceFieldNumber:
      return content.audience().SerializeAsString() ==
             audience_of_areas(areas_of(content.audience())).SerializeAsString();
    default:
      return false;
  }
}

std::string message_value(const Message& message, const FieldDescriptor& field) {
  return is_timestamp(field) ? to_exact_time(static_cast<const Timestamp&>(message)) : json_of(message);
}

/// Value `i` of a field; -1: its only one.
std::string value_of(const Message& message, const FieldDescriptor& field, int i) {
  const Reflection& reflection = *message.GetReflection();
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return message_value(
          i < 0 ? reflection.GetMessage(message, &field) : reflection.GetRepeatedMessage(message, &field, i),
          field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return plain_word(*field.enum_type(), i < 0 ? reflection.GetEnumValue(message, &field)
                                                  : reflection.GetRepeatedEnumValue(message, &field, i));
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true";  // false is not written
    case FieldDescriptor::CPPTYPE_STRING:
      return i < 0 ? reflection.GetStringReference(message, &field, &scratch)
                   : reflection.GetRepeatedStringReference(message, &field, i, &scratch);
    default:
      return std::to_string(reflection.GetUInt64(message, &field));
  }
}

void append_field(const Message& message, const FieldDescriptor& field, const std::string& name,
                  std::vector<OwnParameter>& out) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
      out.push_back({name, value_of(message, field, i)});
  } else if (reflection.HasField(message, &field)) {
    out.push_back({name, value_of(message, field, -1)});
  }
}

bool set_message(Message& message, const FieldDescriptor& field, const std::string& value) {
  const Reflection& reflection = *message.GetReflection();
  Message& target = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                        : *reflection.MutableMessage(&message, &field);
  if (!is_timestamp(field)) return from_json_text(value, target);
  const auto time = parse_cap_time(value);
  if (time) static_cast<Timestamp&>(target) = *time;
  return time.has_value();
}

bool set_value(Message& message, const FieldDescriptor& field, const std::string& value) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return set_message(message, field, value);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto number = parse_plain_word(*field.enum_type(), value);
      if (!number) return false;
      field.is_repeated() ? reflection.AddEnumValue(&message, &field, *number)
                          : reflection.SetEnumValue(&message, &field, *number);
      return true;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (field.is_repeated() || (value != "true" && value != "false")) return false;
      reflection.SetBool(&message, &field, value == "true");
      return true;
    case FieldDescriptor::CPPTYPE_STRING:
      field.is_repeated() ? reflection.AddString(&message, &field, value)
                          : reflection.SetString(&message, &field, value);
      return true;
    default:
      return false;
  }
}

Taken take(Message& message, const FieldDescriptor* field, const OwnParameter& parameter, std::string& path) {
  if (field == nullptr) return Taken::kUnknownName;
  const Reflection& reflection = *message.GetReflection();
  path = field->name();
  if (field->is_repeated()) {
    path += "[" + std::to_string(reflection.FieldSize(message, field)) + "]";
  } else if (field->number() != C::kOnsetFieldNumber && field->number() != C::kExpiresFieldNumber &&
             field->number() != C::kAudienceFieldNumber && field->number() != C::kKindFieldNumber &&
             reflection.HasField(message, field)) {
    return Taken::kBadValue;  // given twice
  }
  return set_value(message, *field, parameter.value) ? Taken::kYes : Taken::kBadValue;
}

void drop(std::string& text, std::string_view mark) {
  if (!mark.empty() && text.compare(0, mark.size(), mark) == 0) text.erase(0, mark.size());
}

}  // namespace

std::vector<OwnParameter> content_parameters(const v1::AlertContent& content) {
  std::vector<OwnParameter> out;
  const Descriptor& descriptor = *content.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!has_element(field.number()) && !elements_suffice(content, field))
      append_field(content, field, field.name(), out);
  }
  return out;
}

std::vector<OwnParameter> text_parameters(const v1::TextBlock& text, std::string_view mark) {
  v1::TextBlock marked = text;
  const auto put = [mark](std::string& value) {
    if (!value.empty()) value.insert(0, mark);
  };
  put(*marked.mutable_sms());
  put(*marked.mutable_summary());
  for (v1::RoleInstruction& own : *marked.mutable_role_instructions())
    put(*own.mutable_instruction());
  std::vector<OwnParameter> out;
  const Descriptor& descriptor = *text.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!text_has_element(field.number())) append_field(marked, field, "text." + field.name(), out);
  }
  return out;
}

Taken take_content_parameter(const OwnParameter& parameter, v1::AlertContent& content, std::string& path) {
  const FieldDescriptor* field = content.GetDescriptor()->FindFieldByName(parameter.name);
  if (field != nullptr && has_element(field->number())) field = nullptr;
  return take(content, field, parameter, path);
}

Taken take_text_parameter(const OwnParameter& parameter, std::string_view mark, v1::TextBlock& text,
                          std::string& path) {
  constexpr std::string_view kText = "text.";
  if (parameter.name.compare(0, kText.size(), kText) != 0) return Taken::kUnknownName;
  const FieldDescriptor* field = text.GetDescriptor()->FindFieldByName(parameter.name.substr(kText.size()));
  if (field != nullptr && text_has_element(field->number())) field = nullptr;
  if (field == nullptr) return Taken::kUnknownName;
  path = field->name();
  if (field->is_repeated()) {
    path += "[" + std::to_string(text.GetReflection()->FieldSize(text, field)) + "]";
  } else if (text.GetReflection()->HasField(text, field)) {
    return Taken::kBadValue;
  }
  if (!set_value(text, *field, parameter.value)) return Taken::kBadValue;
  if (field->number() == v1::TextBlock::kSmsFieldNumber) drop(*text.mutable_sms(), mark);
  if (field->number() == v1::TextBlock::kSummaryFieldNumber) drop(*text.mutable_summary(), mark);
  if (field->number() == v1::TextBlock::kRoleInstructionsFieldNumber) {
    drop(*text.mutable_role_instructions(text.role_instructions_size() - 1)->mutable_instruction(), mark);
  }
  return Taken::kYes;
}

v1::Audience audience_of_areas(const std::vector<std::string>& codes) {
  v1::Audience audience;
  if (codes.empty()) return audience;
  v1::AudienceGroup& group = *audience.add_groups();
  for (const std::string& code : codes)
    group.add_areas(code);
  return audience;
}

std::vector<std::string> areas_of(const v1::Audience& audience) {
  std::vector<std::string> codes;
  for (const v1::AudienceGroup& group : audience.groups()) {
    for (const std::string& area : group.areas()) {
      if (std::find(codes.begin(), codes.end(), area) == codes.end()) codes.push_back(area);
    }
  }
  return codes;
}

std::string json_of(const Message& message) {
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(message, &json);
  return json;
}

bool from_json_text(const std::string& json, Message& out) {
  return google::protobuf::util::JsonStringToMessage(json, &out).ok();
}

}  // namespace gjallar::edges::cap
