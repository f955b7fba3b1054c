#include "broker/edges/cap/writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/core/identity.h"
#include "broker/domain/area.h"
#include "broker/domain/grade.h"
#include "broker/edges/cap/extensions.h"
#include "broker/edges/cap/names.h"
#include "broker/edges/cap/parameters.h"
#include "broker/edges/cap/times.h"
#include "broker/edges/cap/write_parts.h"

namespace gjallar::edges::cap {
namespace {

/// What the message's note says: why, as the event has it; an issued alert's own note; that nothing is left.
std::string note_of(const v1::Event& event) {
  if (!event.has_payload() || event.payload().alert().redacted())
    return "The content of this alert was destroyed by order.";
  if (!event.payload().reason().empty()) return event.payload().reason();
  return event.type() == v1::EVENT_TYPE_ALERT_ISSUED ? event.payload().alert().content().cap().note()
                                                     : std::string();
}

std::string references_of(const Outgoing& outgoing) {
  std::string text;
  for (const EarlierMessage& message : outgoing.superseded) {
    if (!text.empty()) text += ' ';
    text +=
        outgoing.sender + "," + identifier_of(outgoing.log_id, message.seq) + "," + to_cap_time(message.sent);
  }
  return text;
}

void add_own(xmlNode* info, std::string_view name, std::string_view value) {
  if (!value.empty()) add_pair(info, "parameter", std::string(kOwn) + std::string(name), value);
}

/// What the event and the alert's life say, for which neither CAP nor the content has a field.
void add_life(xmlNode* info, const v1::Event& event) {
  const v1::Alert& alert = event.payload().alert();
  const auto word = [](const google::protobuf::EnumDescriptor* type, int value) {
    return plain_word(*type, value);
  };
  add_own(info, "event", word(v1::EventType_descriptor(), event.type()));
  add_own(info, "seq", std::to_string(event.seq()));
  add_own(info, "version", std::to_string(alert.version()));
  add_own(info, "alert", alert.alert_id());
  add_own(info, "reference", alert.reference());
  add_own(info, "sender", alert.sender());
  add_own(info, "phase", word(v1::Phase_descriptor(), alert.phase()));
  add_own(info, "level", word(v1::GradeLevel_descriptor(), alert.level()));
  add_own(info, "verification", word(v1::Verification_descriptor(), alert.verification()));
  add_own(info, "sender-grade", grade_words(alert.content().grade()));
  if (alert.has_assessed_grade()) add_own(info, "assessed-grade", grade_words(alert.assessed_grade()));
  if (event.payload().has_observation()) add_own(info, "observation", json_of(event.payload().observation()));
  for (const v1::ObservationCount& count : alert.observations())
    add_own(info, "observations", json_of(count));
  add_own(info, "report-outcome", word(v1::ReportOutcome_descriptor(), alert.report_outcome()));
  add_own(info, "superseded-by", alert.superseded_by());
}

void add_grade(xmlNode* info, const v1::Grade& grade) {
  // A content without a grade can't be issued; the schema wants all three.
  const auto or_unknown = [](std::string word) { return word.empty() ? std::string("Unknown") : word; };
  add_element(info, "urgency", or_unknown(cap_word(grade.urgency())));
  add_element(info, "severity", or_unknown(cap_word(grade.severity())));
  add_element(info, "certainty", or_unknown(cap_word(grade.certainty())));
}

void add_info(xmlNode* root, const v1::Event& event, const v1::TextBlock& text) {
  const v1::Alert& alert = event.payload().alert();
  const v1::AlertContent& content = alert.content();
  const v1::CapInfo& own = info_of(content, text.language());
  xmlNode* const info = add_element(root, "info");
  const auto optional = [info](const char* name, const std::string& value) {
    if (!value.empty()) add_element(info, name, value);
  };
  const auto or_default = [](const std::string& value, std::string_view otherwise) {
    return value.empty() ? std::string(otherwise) : value;
  };
  const auto text_or_nothing = [&](const char* name, const std::string& value) {
    if (!value.empty()) add_element(info, name, marked(content, text.language(), value));
  };
  add_element(info, "language", text.language());
  for (const std::string& category : own.categories())
    add_element(info, "category", category);
  if (own.categories().empty()) add_element(info, "category", "Health");
  add_element(info, "event", or_default(own.event(), default_event(content.kind(), text.language())));
  for (const std::string& type : own.response_types())
    add_element(info, "responseType", type);
  add_grade(info, domain::effective_grade(alert));
  optional("audience", or_default(own.audience(), default_audience(content.audience())));
  for (const v1::CapNameValue& code : own.event_codes())
    add_pair(info, "eventCode", code.value_name(), code.value());
  if (own.has_effective()) add_element(info, "effective", to_cap_time(own.effective()));
  if (content.has_onset()) add_element(info, "onset", to_cap_time(content.onset()));
  if (content.has_expires()) add_element(info, "expires", to_cap_time(content.expires()));
  optional("senderName", or_default(own.sender_name(), alert.sender()));
  const bool headline_is_event = own.headline_absent() && text.headline() == own.event();
  if (!headline_is_event) text_or_nothing("headline", text.headline());
  text_or_nothing("description", text.description());
  text_or_nothing("instruction", text.instruction());
  optional("web", own.web());
  optional("contact", own.contact());
  for (const v1::CapNameValue& parameter : own.parameters())
    add_pair(info, "parameter", parameter.value_name(), parameter.value());
  add_life(info, event);
  for (const OwnParameter& parameter : content_parameters(content))
    add_own(info, parameter.name, parameter.value);
  for (const OwnParameter& parameter : text_parameters(text, marking(content.status(), text.language())))
    add_own(info, parameter.name, parameter.value);
  const std::vector<v1::CapArea> areas = areas_of_block(content, text.language());
  for (const OwnParameter& parameter : extension_parameters(content, text.language(), areas))
    add_own(info, parameter.name, parameter.value);
  add_resources(info, content, text.language());
  for (const v1::CapArea& area : areas)
    add_area(info, area);
}

}  // namespace

std::string identifier_of(const core::LogId& log_id, core::Seq seq) {
  return core::to_text(core::Cursor{log_id, seq});
}

std::string_view message_type_of(v1::EventType type) noexcept {
  if (type == v1::EVENT_TYPE_ALERT_ISSUED) return message_type_word(MessageType::kAlert);
  const bool ends = type == v1::EVENT_TYPE_ALERT_RETRACTED || type == v1::EVENT_TYPE_ALERT_SUPERSEDED;
  return message_type_word(ends ? MessageType::kCancel : MessageType::kUpdate);
}

std::string marked(const v1::AlertContent& content, std::string_view language, std::string_view text) {
  return std::string(marking(content.status(), language)) + std::string(text);
}

XmlDocument write_message(const Outgoing& outgoing) {
  const v1::Event& event = *outgoing.event;
  const v1::AlertContent& content = event.payload().alert().content();
  const v1::CapDetails& own = content.cap();
  XmlDocument document(xmlNewDoc(reinterpret_cast<const xmlChar*>("1.0")));
  xmlNode* const root = xmlNewNode(nullptr, reinterpret_cast<const xmlChar*>("alert"));
  xmlDocSetRootElement(document.get(), root);
  const std::string name_space(kCapNamespace);
  xmlSetNs(root, xmlNewNs(root, reinterpret_cast<const xmlChar*>(name_space.c_str()), nullptr));
  const auto optional = [root](const char* name, const std::string& value) {
    if (!value.empty()) add_element(root, name, value);
  };
  add_element(root, "identifier", identifier_of(outgoing.log_id, event.seq()));
  add_element(root, "sender", outgoing.sender);
  add_element(root, "sent", to_cap_time(event.time()));
  // What was destroyed says nothing of the world any more.
  const std::string status = cap_word(content.status());
  add_element(root, "status", status.empty() ? "System" : status);
  add_element(root, "msgType", message_type_of(event.type()));
  optional("source", own.source());
  add_element(root, "scope", "Restricted");
  add_element(root, "restriction", own.restriction().empty() ? std::string(kRestriction) : own.restriction());
  for (const std::string& code : own.codes())
    add_element(root, "code", code);
  optional("note", note_of(event));
  optional("references", references_of(outgoing));
  optional("incidents", own.incidents());
  for (const v1::TextBlock& text : content.texts())
    add_info(root, event, text);
  indent(*document);
  return document;
}

}  // namespace gjallar::edges::cap
