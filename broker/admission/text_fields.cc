#include "broker/admission/text_fields.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "gjallar/v1/command.pb.h"

namespace gjallar::admission {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Listed {
  std::string_view name;
  TextKind kind;
};

/// Below gjallar.v1, and google.protobuf.FieldMask.
constexpr std::array kListed{
    Listed{"gjallar.v1.TextBlock.language", TextKind::kTyped},
    Listed{"gjallar.v1.TextBlock.headline", TextKind::kProse},
    Listed{"gjallar.v1.TextBlock.description", TextKind::kProse},
    Listed{"gjallar.v1.TextBlock.instruction", TextKind::kProse},
    Listed{"gjallar.v1.TextBlock.sms", TextKind::kProse},
    Listed{"gjallar.v1.TextBlock.summary", TextKind::kProse},
    Listed{"gjallar.v1.RoleInstruction.role", TextKind::kTyped},
    Listed{"gjallar.v1.RoleInstruction.instruction", TextKind::kProse},
    Listed{"gjallar.v1.Quantity.unit", TextKind::kTyped},
    Listed{"gjallar.v1.Substance.name", TextKind::kName},
    Listed{"gjallar.v1.Substance.cas_number", TextKind::kTyped},
    Listed{"gjallar.v1.Substance.form", TextKind::kTyped},
    Listed{"gjallar.v1.Substance.method", TextKind::kName},
    Listed{"gjallar.v1.Substance.marking", TextKind::kMark},
    Listed{"gjallar.v1.Substance.lot", TextKind::kMark},
    Listed{"gjallar.v1.Substance.sold_as", TextKind::kName},
    Listed{"gjallar.v1.Finding.area", TextKind::kTyped},
    Listed{"gjallar.v1.Finding.setting", TextKind::kProse},
    Listed{"gjallar.v1.Attachment.media_type", TextKind::kMark},
    Listed{"gjallar.v1.Attachment.description", TextKind::kProse},
    Listed{"gjallar.v1.AlertReference.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.AlertReference.cap_reference", TextKind::kMark},
    Listed{"gjallar.v1.SupplyShortage.product", TextKind::kName},
    Listed{"gjallar.v1.SupplyShortage.alternatives", TextKind::kProse},
    Listed{"gjallar.v1.AudienceGroup.areas", TextKind::kTyped},
    Listed{"gjallar.v1.AudienceGroup.roles", TextKind::kTyped},
    Listed{"gjallar.v1.Audience.services", TextKind::kMark},
    Listed{"gjallar.v1.CapDetails.source", TextKind::kName},
    Listed{"gjallar.v1.CapDetails.restriction", TextKind::kProse},
    Listed{"gjallar.v1.CapDetails.codes", TextKind::kMark},
    Listed{"gjallar.v1.CapDetails.note", TextKind::kProse},
    Listed{"gjallar.v1.CapDetails.incidents", TextKind::kProse},
    Listed{"gjallar.v1.CapDetails.extensions", TextKind::kXml},
    Listed{"gjallar.v1.CapDetails.messages", TextKind::kMark},
    Listed{"gjallar.v1.CapSignature.certificate_subject", TextKind::kContact},
    Listed{"gjallar.v1.CapNameValue.value_name", TextKind::kName},
    Listed{"gjallar.v1.CapNameValue.value", TextKind::kProse},
    Listed{"gjallar.v1.CapInfo.language", TextKind::kMark},
    Listed{"gjallar.v1.CapInfo.categories", TextKind::kTyped},
    Listed{"gjallar.v1.CapInfo.event", TextKind::kProse},
    Listed{"gjallar.v1.CapInfo.response_types", TextKind::kTyped},
    Listed{"gjallar.v1.CapInfo.audience", TextKind::kProse},
    Listed{"gjallar.v1.CapInfo.sender_name", TextKind::kName},
    Listed{"gjallar.v1.CapInfo.web", TextKind::kLink},
    Listed{"gjallar.v1.CapInfo.contact", TextKind::kContact},
    Listed{"gjallar.v1.CapInfo.extensions", TextKind::kXml},
    Listed{"gjallar.v1.CapResource.description", TextKind::kProse},
    Listed{"gjallar.v1.CapResource.mime_type", TextKind::kMark},
    Listed{"gjallar.v1.CapResource.uri", TextKind::kLink},
    Listed{"gjallar.v1.CapResource.deref_uri", TextKind::kBase64},
    Listed{"gjallar.v1.CapResource.digest", TextKind::kMark},
    Listed{"gjallar.v1.CapResource.extensions", TextKind::kXml},
    Listed{"gjallar.v1.CapArea.area_desc", TextKind::kProse},
    Listed{"gjallar.v1.CapArea.polygons", TextKind::kTyped},
    Listed{"gjallar.v1.CapArea.circles", TextKind::kTyped},
    Listed{"gjallar.v1.CapArea.altitude", TextKind::kTyped},
    Listed{"gjallar.v1.CapArea.ceiling", TextKind::kTyped},
    Listed{"gjallar.v1.CapArea.extensions", TextKind::kXml},
    Listed{"gjallar.v1.Confirmation.reason", TextKind::kProse},
    Listed{"gjallar.v1.ReviseAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.ReviseAlert.reason", TextKind::kProse},
    Listed{"google.protobuf.FieldMask.paths", TextKind::kTyped},
    Listed{"gjallar.v1.GradeAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.GradeAlert.reason", TextKind::kProse},
    Listed{"gjallar.v1.WidenAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.WidenAlert.reason", TextKind::kProse},
    Listed{"gjallar.v1.RetractAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.RetractAlert.reason", TextKind::kProse},
    Listed{"gjallar.v1.ExpireAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.ObserveAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.ObserveAlert.area", TextKind::kTyped},
    Listed{"gjallar.v1.ObserveAlert.form", TextKind::kTyped},
    Listed{"gjallar.v1.ReportAlert.subject", TextKind::kProse},
    Listed{"gjallar.v1.ReportAlert.area", TextKind::kTyped},
    Listed{"gjallar.v1.ConcludeReport.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.ConcludeReport.reason", TextKind::kProse},
    Listed{"gjallar.v1.ConcludeReport.superseded_by", TextKind::kTyped},
    Listed{"gjallar.v1.AskExpiry.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.EscalatedService.service_id", TextKind::kMark},
    Listed{"gjallar.v1.EscalateAlert.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.ReportEscalation.alert_id", TextKind::kTyped},
    Listed{"gjallar.v1.ReportEscalation.service_id", TextKind::kMark},
    Listed{"gjallar.v1.CountOverdoses.area", TextKind::kTyped},
    Listed{"gjallar.v1.CountOverdoses.source", TextKind::kName},
    Listed{"gjallar.v1.Service.service_id", TextKind::kMark},
    Listed{"gjallar.v1.Service.name", TextKind::kName},
    Listed{"gjallar.v1.Service.areas", TextKind::kTyped},
    Listed{"gjallar.v1.Service.roles", TextKind::kTyped},
    Listed{"gjallar.v1.Service.time_zone", TextKind::kMark},
    Listed{"gjallar.v1.DisableService.service_id", TextKind::kMark},
    Listed{"gjallar.v1.DisableService.reason", TextKind::kProse},
    Listed{"gjallar.v1.NoteContacts.service_id", TextKind::kMark},
    Listed{"gjallar.v1.IssueToken.token_id", TextKind::kTyped},
    Listed{"gjallar.v1.IssueToken.principal", TextKind::kMark},
    Listed{"gjallar.v1.RotateToken.token_id", TextKind::kTyped},
    Listed{"gjallar.v1.RevokeToken.token_id", TextKind::kTyped},
    Listed{"gjallar.v1.RevokeToken.reason", TextKind::kProse},
};

/// The strings of one message type, and the fields through which it holds more.
struct Plan {
  struct Text {
    const FieldDescriptor* field;
    TextKind kind;
  };
  struct Child {
    const FieldDescriptor* field;
    const Plan* plan;
  };
  std::vector<Text> texts;
  std::vector<Child> children;
  [[nodiscard]] bool empty() const noexcept { return texts.empty() && children.empty(); }
};

using Plans = std::map<const Descriptor*, std::unique_ptr<Plan>>;

const Plan& make_plan(const Descriptor& type, Plans& plans) {
  auto& held = plans[&type];
  if (held) return *held;
  held = std::make_unique<Plan>();
  Plan& plan = *held;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* const field = type.field(i);
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      plan.texts.push_back({field, listed_kind(field->full_name()).value_or(TextKind::kProse)});
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Plan& below = make_plan(*field->message_type(), plans);
      if (!below.empty()) plan.children.push_back({field, &below});
    }
  }
  return plan;
}

const Plan& plan_of(const Descriptor& type) {
  static const Plans plans = [] {
    Plans made;
    make_plan(*v1::Command::descriptor(), made);
    return made;
  }();
  return *plans.at(&type);
}

void walk(const Message& message, const Plan& plan, Where& where, const VisitText& visit) {
  const auto& reflection = *message.GetReflection();
  std::string scratch;
  for (const Plan::Text& text : plan.texts) {
    if (!text.field->is_repeated()) {
      const std::string& value = reflection.GetStringReference(message, text.field, &scratch);
      if (value.empty()) continue;
      where.push_back({text.field, -1});
      visit(where, text.kind, value);
      where.pop_back();
      continue;
    }
    const int count = reflection.FieldSize(message, text.field);
    for (int i = 0; i < count; ++i) {
      where.push_back({text.field, i});
      visit(where, text.kind, reflection.GetRepeatedStringReference(message, text.field, i, &scratch));
      where.pop_back();
    }
  }
  for (const Plan::Child& child : plan.children) {
    if (!child.field->is_repeated()) {
      if (!reflection.HasField(message, child.field)) continue;
      where.push_back({child.field, -1});
      walk(reflection.GetMessage(message, child.field), *child.plan, where, visit);
      where.pop_back();
      continue;
    }
    const int count = reflection.FieldSize(message, child.field);
    for (int i = 0; i < count; ++i) {
      where.push_back({child.field, i});
      walk(reflection.GetRepeatedMessage(message, child.field, i), *child.plan, where, visit);
      where.pop_back();
    }
  }
}

}  // namespace

std::optional<TextKind> listed_kind(std::string_view full_name) {
  const auto* const found = std::find_if(
      kListed.begin(), kListed.end(), [full_name](const Listed& listed) { return listed.name == full_name; });
  if (found == kListed.end()) return std::nullopt;
  return found->kind;
}

std::string path_of(const Where& where) {
  std::string out;
  for (const Step& step : where) {
    if (!out.empty()) out.push_back('.');
    out += step.field->name();
    if (step.index >= 0) out += "[" + std::to_string(step.index) + "]";
  }
  return out;
}

void for_each_text(const Message& message, const VisitText& visit) {
  Where where;
  where.reserve(8);
  walk(message, plan_of(*message.GetDescriptor()), where, visit);
}

void set_text(Message& message, const Where& where, const std::string& text) {
  Message* at = &message;
  for (const Step& step : where) {
    const auto& reflection = *at->GetReflection();
    if (step.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      at = step.index < 0 ? reflection.MutableMessage(at, step.field)
                          : reflection.MutableRepeatedMessage(at, step.field, step.index);
    } else if (step.index < 0) {
      reflection.SetString(at, step.field, text);
    } else {
      reflection.SetRepeatedString(at, step.field, step.index, text);
    }
  }
}

}  // namespace gjallar::admission
