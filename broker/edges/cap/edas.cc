#include "broker/edges/cap/edas.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/core/clock.h"
#include "broker/domain/area.h"
#include "broker/domain/grade.h"
#include "broker/domain/wording.h"
#include "broker/edges/cap/names.h"
#include "broker/edges/cap/parameters.h"

namespace gjallar::edges::cap {
namespace {

/// Builds one item after the other.
class Item {
 public:
  Item(v1::EdasNotification& notification, const char* letter, const char* title)
      : item_(*notification.add_items()) {
    item_.set_letter(letter);
    item_.set_title(title);
  }
  /// Nothing for an empty value.
  void say(std::string name, std::string value) {
    if (value.empty()) return;
    v1::EdasStatement& statement = *item_.add_statements();
    statement.set_name(std::move(name));
    statement.set_value(std::move(value));
  }
  /// A gap if nothing was said under this name.
  void need(std::string name) {
    const bool said = std::any_of(item_.statements().begin(), item_.statements().end(),
                                  [&name](const auto& statement) { return statement.name() == name; });
    if (!said) item_.add_gaps(std::move(name));
  }

 private:
  v1::EdasItem& item_;
};

std::string number(double value) {
  return fmt::format("{}", value);
}

std::string quantity(const v1::Quantity& quantity) {
  return fmt::format("{}{} {}", quantity.approximate() ? "about " : "", number(quantity.value()),
                     quantity.unit());
}

std::string place_name(const std::string& code) {
  const domain::Area* const area = domain::find_area(code);
  return area == nullptr ? code : fmt::format("{} ({})", area->official_name, code);
}

std::string time_of(const google::protobuf::Timestamp& time) {
  return core::to_rfc3339(core::from_timestamp(time)).substr(0, 19) + "Z";
}

/// The English text, else the first.
const v1::TextBlock& text_of(const v1::AlertContent& content) {
  for (const v1::TextBlock& text : content.texts()) {
    if (text.language().substr(0, 2) == "en") return text;
  }
  return content.texts().empty() ? v1::TextBlock::default_instance() : content.texts(0);
}

std::string criterion_words(int criterion) {
  switch (criterion) {
    case v1::DANGER_CRITERION_ACUTE_HARM:
      return "acute harm or unusual effects";
    case v1::DANGER_CRITERION_HIGH_STRENGTH:
      return "a spike in purity or strength";
    case v1::DANGER_CRITERION_MISLEADING_OR_CONTAMINATED:
      return "misleading branding, or contamination";
    case v1::DANGER_CRITERION_DANGEROUS_USE:
      return "a dangerous new mix or way of use";
    default:
      return {};
  }
}

bool has_criterion(const v1::AlertContent& content, v1::DangerCriterion wanted) {
  return std::any_of(content.danger_criteria().begin(), content.danger_criteria().end(),
                     [wanted](int criterion) { return criterion == wanted; });
}

void type_and_origin(v1::EdasNotification& out, const v1::Alert& alert) {
  Item item(out, "a", "Type and origin of the risk");
  item.say("type of risk", std::string(default_event(alert.content().kind(), "en")));
  for (const int criterion : alert.content().danger_criteria())
    item.say("why it is dangerous", criterion_words(criterion));
  item.say("origin of the information",
           alert.sender_service().empty() ? alert.sender() : alert.sender() + ", " + alert.sender_service());
  item.say("source", alert.content().cap().source());
  for (const v1::Substance& substance : alert.content().substances()) {
    if (!substance.sold_as().empty())
      item.say("sold as", substance.sold_as() + " (holds " + substance.name() + ")");
    if (!substance.lot().empty()) item.say("lot", substance.lot());
  }
  for (const char* name : {"type of risk", "why it is dangerous", "origin of the information"})
    item.need(name);
}

void date_and_place(v1::EdasNotification& out, const v1::Alert& alert) {
  Item item(out, "b", "Date and place of the events");
  for (const v1::Finding& finding : alert.content().findings()) {
    std::string words = finding.has_found_at() ? time_of(finding.found_at()) : std::string("date not stated");
    if (!finding.area().empty()) words += ", " + place_name(finding.area());
    item.say("found", words);
  }
  for (const v1::ObservationCount& count : alert.observations())
    item.say("seen again", fmt::format("{} times in {}, last {}", count.observations(),
                                       place_name(count.area()), time_of(count.latest())));
  if (alert.content().has_onset()) item.say("onset", time_of(alert.content().onset()));
  item.say("alert issued", time_of(alert.sent()));
  item.need("found");
}

void exposure(v1::EdasNotification& out, const v1::AlertContent& content) {
  Item item(out, "c", "Means of exposure, transmission or dissemination");
  for (const v1::Substance& substance : content.substances()) {
    if (!substance.form().empty()) item.say("form", substance.name() + ": " + substance.form());
    if (!substance.marking().empty()) item.say("marking", substance.name() + ": " + substance.marking());
  }
  for (const v1::Finding& finding : content.findings()) {
    item.say("setting", finding.setting());
    for (const v1::Quantity& found : finding.quantities())
      item.say("quantity", quantity(found));
  }
  for (const char* name : {"form", "setting", "quantity"})
    item.need(name);
}

void analytical_data(v1::EdasNotification& out, const v1::AlertContent& content) {
  Item item(out, "d", "Analytical and toxicological data");
  for (const v1::Substance& substance : content.substances()) {
    std::string words = substance.name();
    if (!substance.cas_number().empty()) words += ", CAS " + substance.cas_number();
    item.say("substance", words);
    if (substance.has_concentration())
      item.say("concentration", substance.name() + ": " + quantity(substance.concentration()));
  }
  for (const char* name : {"substance", "concentration"})
    item.need(name);
  item.need("toxicological data");  // the contract has no field for them
}

void identification(v1::EdasNotification& out, const v1::AlertContent& content) {
  Item item(out, "e", "Identification methods");
  for (const v1::Substance& substance : content.substances()) {
    if (!substance.method().empty()) item.say("method", substance.name() + ": " + substance.method());
    if (substance.identification() != v1::IDENTIFICATION_UNSPECIFIED) {
      item.say("certainty", substance.name() + ": " +
                                plain_word(*v1::Identification_descriptor(), substance.identification()));
    }
  }
  for (const char* name : {"method", "certainty"})
    item.need(name);
}

void health_risks(v1::EdasNotification& out, const v1::Alert& alert, const v1::TextBlock& text) {
  Item item(out, "f", "Health risks");
  item.say("assessment", fmt::format("{} ({})", grade_words(domain::effective_grade(alert)),
                                     plain_word(*v1::Verification_descriptor(), alert.verification())));
  item.say("summary", text.summary());
  item.say("description", text.description());
  item.need("description");
}

void other_risks(v1::EdasNotification& out, const v1::AlertContent& content) {
  Item item(out, "g", "Social, safety and security risks");
  if (has_criterion(content, v1::DANGER_CRITERION_MISLEADING_OR_CONTAMINATED))
    item.say("market", criterion_words(v1::DANGER_CRITERION_MISLEADING_OR_CONTAMINATED));
  item.need("social, safety and security risks");  // the contract has no field for them
}

void health_measures(v1::EdasNotification& out, const v1::AlertContent& content, const v1::TextBlock& text) {
  Item item(out, "h", "Health measures taken or intended");
  item.say("instruction", text.instruction());
  for (const v1::RoleInstruction& own : text.role_instructions())
    item.say("instruction to " + own.role(), own.instruction());
  if (content.has_shortage()) item.say("alternatives", content.shortage().alternatives());
  item.need("instruction");
}

void other_measures(v1::EdasNotification& out, const v1::AlertContent& content) {
  Item item(out, "i", "Other measures taken or intended");
  for (const v1::AudienceGroup& group : content.audience().groups()) {
    std::string words;
    for (const std::string& area : group.areas())
      words += (words.empty() ? "" : ", ") + place_name(area);
    std::string roles;
    for (const std::string& role : group.roles())
      roles += (roles.empty() ? "" : ", ") + role;
    item.say("warned", words + ": " + (roles.empty() ? "every role" : roles));
  }
  for (const v1::Finding& finding : content.findings()) {
    if (finding.setting().find("seizure") != std::string::npos || finding.setting() == "customs-control")
      item.say("seized",
               finding.area().empty() ? std::string("place not stated") : place_name(finding.area()));
  }
  item.need("warned");
}

void anything_else(v1::EdasNotification& out, const v1::Alert& alert, const v1::TextBlock& text) {
  Item item(out, "j", "Other relevant information");
  item.say("headline", text.headline());
  item.say("reference", alert.reference());
  item.say("phase", plain_word(*v1::Phase_descriptor(), alert.phase()));
  if (alert.content().has_expires()) item.say("expires", time_of(alert.content().expires()));
  item.say("incidents", alert.content().cap().incidents());
  for (const v1::AlertReference& reference : alert.content().references())
    item.say("refers to", reference.alert_id().empty() ? reference.cap_reference() : reference.alert_id());
  for (const v1::Attachment& attachment : alert.content().attachments())
    item.say("attachment", attachment.media_type() + ": " + attachment.description());
}

}  // namespace

v1::EdasNotification edas_of(const v1::GetAlertResponse& found) {
  const v1::Alert& alert = found.alert();
  const v1::AlertContent& content = alert.content();
  const v1::TextBlock& text = text_of(content);
  v1::EdasNotification out;
  out.set_alert_id(alert.alert_id());
  out.set_reference(alert.reference());
  out.set_version(alert.version());
  out.set_seq(found.seq());
  *out.mutable_changed() = alert.changed();
  out.set_language(text.language());
  out.set_marking(std::string(domain::status_mark(content.status(), domain::Language::kEnglish)));
  type_and_origin(out, alert);
  date_and_place(out, alert);
  exposure(out, content);
  analytical_data(out, content);
  identification(out, content);
  health_risks(out, alert, text);
  other_risks(out, content);
  health_measures(out, content, text);
  other_measures(out, content);
  anything_else(out, alert, text);
  return out;
}

}  // namespace gjallar::edges::cap
