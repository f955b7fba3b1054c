// CAP → content → event → CAP, and content → CAP → content, over generated documents: nothing is lost but
// what a message is named and sent by.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "broker/admission/cap_words.h"
#include "broker/admission/validate.h"
#include "broker/core/identity.h"
#include "broker/edges/cap/command.h"
#include "broker/edges/cap/reader.h"
#include "broker/edges/cap/times.h"
#include "broker/edges/cap/writer.h"
#include "tests/support/sample_alerts.h"

namespace cap = gjallar::edges::cap;
namespace v1 = gjallar::v1;
namespace core = gjallar::core;

namespace {

const core::LogId kLog("7V3K0Q2MZT9XB1HD");

/// Seeded choices.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<unsigned>(count)); }
  bool often() { return below(3) != 0; }
  template <std::size_t Size>
  std::string one(const char* const (&words)[Size]) {
    return words[below(static_cast<int>(Size))];
  }
  std::string words(int max) {
    static const char* const kWords[] = {"stark",  "blå",   "tablett", "&amp;", "heroin", "Ærø",
                                         "åtgärd", "&lt;3", "ny",      "🜁",     "ei",     "saa",
                                         "&#233;", "luft",  "'x'",     "\"y\""};
    std::string text = one(kWords);
    for (int i = below(max); i > 0; --i)
      text += " " + one(kWords);
    return text;
  }

 private:
  std::mt19937 engine_;
};

std::string element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + text + "</" + name + ">\n";
}

std::string pair(const std::string& name, const std::string& first, const std::string& second) {
  return element(name, element("valueName", first) + element("value", second));
}

constexpr const char* kExtension = "<e:extra xmlns:e=\"urn:example\" e:n=\"1\">Två <e:i>ord</e:i></e:extra>";

std::string area(Dice& dice, bool known) {
  std::string text = element("areaDesc", dice.words(3));
  if (dice.often()) text += element("polygon", "59.1,18.2 59.3,18.2 59.3,18.4 59.1,18.2");
  if (dice.often()) text += element("circle", "59.3,18.06 12.5");
  if (known) {
    static const char* const kLan[] = {"01", "12", "14", "25"};
    static const char* const kKommune[] = {"4601", "1103", "0301"};
    text += dice.often() ? pair("geocode", "SCB-lan", dice.one(kLan))
                         : pair("geocode", "NO-kommune", dice.one(kKommune));
  }
  if (dice.often()) text += pair("geocode", "UGC", "X" + std::to_string(dice.below(90)));
  if (dice.often()) text += element("altitude", "12.50") + element("ceiling", "300");
  if (!dice.often()) text += kExtension;
  return element("area", text);
}

std::string resource(Dice& dice) {
  std::string text = element("resourceDesc", dice.words(3)) + element("mimeType", "image/jpeg");
  if (dice.often()) text += element("size", std::to_string(dice.below(90000)));
  if (dice.often()) text += element("uri", "https://example.org/b.jpg?a=1&amp;b=2");
  if (dice.often()) text += element("derefUri", "/9j/4AAQ");
  if (dice.often()) text += element("digest", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12");
  if (!dice.often()) text += kExtension;
  return element("resource", text);
}

/// What an info block says in every language alike.
struct Alike {
  std::string grade;
  std::string onset;
  std::string expires;
};

std::string info(Dice& dice, const std::string& language, const Alike& alike) {
  std::string text = element("language", language);
  static const char* const kCategories[] = {"Safety", "Health", "Env"};
  text += element("category", dice.one(kCategories));
  if (!dice.often()) text += element("category", "CBRNE");
  text += element("event", dice.words(3));
  static const char* const kResponses[] = {"Avoid", "Monitor", "AllClear"};
  if (dice.often()) text += element("responseType", dice.one(kResponses));
  text += alike.grade;
  if (dice.often()) text += element("audience", dice.words(4));
  if (dice.often()) text += pair("eventCode", "SAME", "DRG");
  if (dice.often()) text += element("effective", "2026-06-05T19:40:00+02:00");
  text += alike.onset + alike.expires;
  if (dice.often()) text += element("senderName", dice.words(3));
  if (dice.often()) text += element("headline", dice.words(5));
  if (dice.often()) text += element("description", dice.words(30) + "\n  " + dice.words(5));
  if (dice.often()) text += element("instruction", dice.words(20));
  if (dice.often()) text += element("web", "https://example.org/v?a=1&amp;b=2");
  if (dice.often()) text += element("contact", "Larmcentralen, larm@example.org");
  for (int i = dice.below(3); i > 0; --i)
    text += pair("parameter", "p" + std::to_string(i), dice.words(4));
  for (int i = dice.below(3); i > 0; --i)
    text += resource(dice);
  text += area(dice, true);
  for (int i = dice.below(3); i > 0; --i)
    text += area(dice, dice.often());
  if (!dice.often()) text += kExtension;
  return element("info", text);
}

std::string document(Dice& dice, const std::string& type, const std::string& status) {
  std::string text = element("identifier", "i-" + std::to_string(dice.below(1000))) +
                     element("sender", "vma@example.org") + element("sent", "2026-06-05T19:40:00+02:00") +
                     element("status", status) + element("msgType", type);
  if (dice.often()) text += element("source", dice.words(2));
  text += element("scope", dice.often() ? "Public" : "Restricted");
  if (dice.often()) text += element("restriction", dice.words(6));
  if (!dice.often()) text += element("addresses", "a b");
  for (int i = dice.below(3); i > 0; --i)
    text += element("code", dice.words(2));
  if (dice.often()) text += element("note", dice.words(8));
  if (type != "Alert") text += element("references", "vma@example.org,i-0,2026-06-05T19:00:00+02:00");
  if (dice.often()) text += element("incidents", "incident-" + std::to_string(dice.below(90)));
  Alike alike;
  alike.grade =
      element("urgency", "Expected") + element("severity", "Severe") + element("certainty", "Observed");
  if (dice.often()) alike.onset = element("onset", "2026-06-05T20:00:00+02:00");
  if (dice.often()) alike.expires = element("expires", "2026-06-09T20:00:00Z");
  static const char* const kLanguages[] = {"sv", "nb", "en-US", "fi"};
  for (int i = 0; i <= dice.below(3); ++i)
    text += info(dice, kLanguages[i], alike);
  if (!dice.often()) text += kExtension;
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert "
         "xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n" +
         text + "</alert>\n";
}

/// A document as a list of lines to compare: path and text of every leaf, without what a message is named and
/// sent by, and without what Gjallar adds. Times as instants. Elements that CAP doesn't know are left out.
void collect(const xmlNode& node, const std::string& path, std::vector<std::string>& out) {
  static const std::vector<std::string> kLost = {"alert/identifier", "alert/sender",    "alert/sent",
                                                 "alert/scope",      "alert/addresses", "alert/references"};
  if (std::find(kLost.begin(), kLost.end(), path) != kLost.end()) return;
  const auto children = cap::child_elements(node);
  if (cap::namespace_of(node) != cap::kCapNamespace) return;  // compared by extensions_of
  const std::string text = cap::text_of(node);
  if (children.empty()) {
    const auto time = cap::parse_cap_time(text);
    const bool exact = path == "alert/info/description" || path == "alert/info/instruction" ||
                       path == "alert/info/parameter/value";
    out.push_back(path + "=" + (time ? cap::to_cap_time(*time) : exact ? text : cap::word_of(node)));
    return;
  }
  if (cap::local_name(node) == "parameter" && cap::text_of(*children[0]).rfind("gjallar:", 0) == 0) return;
  out.push_back(path);
  for (const xmlNode* child : children)
    collect(*child, path + "/" + std::string(cap::local_name(*child)), out);
}

std::vector<std::string> leaves(const xmlDoc& xml) {
  std::vector<std::string> out;
  collect(*xmlDocGetRootElement(const_cast<xmlDoc*>(&xml)), "alert", out);
  return out;
}

/// Elements that CAP doesn't know, by the element that they stand in: "info[1]/area[2]=<e:extra …".
void collect_foreign(const xmlNode& node, const std::string& path, std::vector<std::string>& out) {
  std::map<std::string, int> numbers;
  for (const xmlNode* child : cap::child_elements(node)) {
    if (cap::namespace_of(*child) != cap::kCapNamespace) {
      out.push_back(path + "=" + cap::canonical(*child));
      continue;
    }
    const std::string name(cap::local_name(*child));
    const std::string number = std::to_string(++numbers[name]);
    collect_foreign(*child, path + "/" + name + "[" + number + "]", out);
  }
}

std::vector<std::string> foreign_of(const xmlDoc& xml) {
  std::vector<std::string> out;
  collect_foreign(*xmlDocGetRootElement(const_cast<xmlDoc*>(&xml)), "alert", out);
  std::sort(out.begin(), out.end());
  return out;
}

/// The same, from the parameters that a broker writes of them; those of the alert from the first info block.
std::vector<std::string> foreign_in_parameters(const xmlDoc& xml) {
  const std::string prefix = "gjallar:extension";
  std::vector<std::string> out;
  int info = 0;
  for (const xmlNode* block : cap::child_elements(*xmlDocGetRootElement(const_cast<xmlDoc*>(&xml)))) {
    if (cap::local_name(*block) != "info") continue;
    const std::string path = "alert/info[" + std::to_string(++info) + "]";
    for (const xmlNode* parameter : cap::child_elements(*block)) {
      if (cap::local_name(*parameter) != "parameter") continue;
      const auto parts = cap::child_elements(*parameter);
      const std::string name = cap::text_of(*parts[0]);
      if (name.rfind(prefix, 0) != 0) continue;
      const std::string at = name.substr(prefix.size());
      if (at.empty() && info > 1) continue;
      const std::string where = at.empty() ? "alert" : at == ".info" ? path : path + "/" + at.substr(1);
      out.push_back(where + "=" + cap::text_of(*parts[1]));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// The event that issues the content.
v1::Event issued(const v1::AlertContent& content, v1::EventType type = v1::EVENT_TYPE_ALERT_ISSUED) {
  v1::Event event;
  event.set_seq(12);
  event.set_type(type);
  event.mutable_time()->set_seconds(1'780'000'000);
  v1::Alert& alert = *event.mutable_payload()->mutable_alert();
  alert.set_alert_id("0190b8f0-7c2a-7d3e-9f10-0123456789ab");
  alert.set_reference(core::reference_of(core::AlertId(alert.alert_id())));
  alert.set_version(1);
  alert.set_phase(v1::PHASE_LIVE);
  alert.set_verification(v1::VERIFICATION_UNVERIFIED);
  alert.set_level(v1::GRADE_LEVEL_URGENT);
  alert.set_sender("police");
  *alert.mutable_content() = content;
  return event;
}

cap::XmlDocument written(const v1::Event& event) {
  std::vector<cap::EarlierMessage> earlier;
  if (event.type() != v1::EVENT_TYPE_ALERT_ISSUED) earlier.push_back({7, event.time()});
  return cap::write_message({&event, kLog, "urn:gjallar:test", earlier});
}

/// What is in `before` and not in `after`, in order.
std::vector<std::string> lost(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::vector<std::string> out;
  std::size_t at = 0;
  for (const std::string& line : before) {
    std::size_t found = at;
    while (found < after.size() && after[found] != line)
      ++found;
    if (found == after.size()) {
      out.push_back(line);
    } else {
      at = found + 1;
    }
  }
  return out;
}

cap::Incoming must_read(const std::string& bytes) {
  const auto xml = cap::parse_xml(bytes);
  INFO(bytes);
  if (!xml) FAIL(core::to_text(xml.error()));
  auto message = cap::read_message(**xml);
  if (!message) FAIL(core::to_text(message.error()));
  return std::move(*message);
}

}  // namespace

TEST_CASE("a foreign message comes out as it went in, but for what names it and how it was sent") {
  const gjallar::domain::RoleCatalogue roles;
  static const char* const kStatuses[] = {"Actual", "System", "Exercise"};
  for (unsigned seed = 1; seed <= 400; ++seed) {
    Dice dice(seed);
    const std::string status = dice.often() ? "Actual" : dice.one(kStatuses);
    const std::string bytes = document(dice, "Alert", status);
    INFO("seed " << seed << "\n" << bytes);
    const cap::Incoming message = must_read(bytes);
    v1::Command command;
    *command.mutable_issue()->mutable_content() = message.content;
    const auto admitted = gjallar::admission::validate(command, roles);
    if (!admitted) FAIL(core::to_text(admitted.error()));

    const cap::XmlDocument out = written(issued(message.content));
    const auto sent = cap::parse_xml(bytes);
    const auto missing = lost(leaves(**sent), leaves(*out));
    CHECK(foreign_in_parameters(*out) == foreign_of(**sent));
    CHECK(foreign_of(*out) == std::vector<std::string>());  // the schema of CAP 1.2 allows none
    if (status == "Actual") {
      INFO(cap::to_bytes(*out));
      CHECK(missing == std::vector<std::string>());
      continue;
    }
    // The texts of what isn't about the world come out marked, and nothing else is changed.
    for (const std::string& line : missing) {
      INFO(line);
      CHECK((line.rfind("alert/info/headline=", 0) == 0 || line.rfind("alert/info/description=", 0) == 0 ||
             line.rfind("alert/info/instruction=", 0) == 0 ||
             line.rfind("alert/info/resource/resourceDesc=", 0) == 0));
    }
  }
}

namespace {

/// A content that uses every field of the contract.
v1::AlertContent native_content(Dice& dice) {
  using namespace gjallar::testing;
  v1::AlertContent content = sample_content({"SE-01", "NO-4601"}, {"laro", "ambulance"});
  content.set_status(dice.often() ? v1::STATUS_ACTUAL : static_cast<v1::Status>(2 + dice.below(4)));
  content.set_kind(static_cast<v1::AlertKind>(1 + dice.below(8)));
  if (dice.often()) *content.add_texts() = content.texts(0);
  if (content.texts_size() == 2) content.mutable_texts(1)->set_language("en");
  for (v1::TextBlock& text : *content.mutable_texts()) {
    text.set_description("Rad ett\n\n  rad två: " + std::to_string(dice.below(9)) + " < 10 & > 3\t.");
    if (dice.often()) text.set_sms("[ÖVNING] kort \"text\"");
    if (dice.often()) text.set_summary("Sammanfattning");
    for (int i = dice.below(3); i > 0; --i) {
      v1::RoleInstruction& own = *text.add_role_instructions();
      own.set_role(i == 1 ? "laro" : "ambulance");
      own.set_instruction("Gör: så\nhär");
    }
  }
  content.mutable_substances(0)->mutable_concentration()->set_value(0.1 + dice.below(7));
  content.mutable_substances(0)->mutable_concentration()->set_unit("mg/g");
  if (dice.often()) *content.add_substances() = content.substances(0);
  v1::Finding& finding = *content.add_findings();
  finding.set_area("SE-0180");
  finding.mutable_found_at()->set_seconds(1'779'000'000);
  finding.mutable_found_at()->set_nanos(dice.often() ? 0 : 250'000'000);
  if (dice.often()) content.mutable_audience()->add_services("laro-malmo");
  if (dice.often()) *content.mutable_audience()->add_groups() = sample_audience({"SE"}, {"police"}).groups(0);
  if (dice.often()) content.mutable_audience()->mutable_groups(0)->set_minimum_grade(v1::GRADE_LEVEL_WARNING);
  if (!dice.often()) *content.mutable_audience() = sample_audience({"SE", "NO-03"}, {});
  if (!dice.often()) *content.mutable_audience() = sample_audience({}, {}, {"laro-malmo"});
  if (dice.often()) content.mutable_onset()->set_seconds(1'779'000'000);
  content.mutable_expires()->set_seconds(1'781'000'000);
  if (dice.often()) content.mutable_expires()->set_nanos(123'000);
  if (dice.often()) content.mutable_review_at()->set_seconds(1'780'500'000);
  if (dice.often()) content.add_references()->set_cap_reference("a@b.se,x-1,2026-06-05T17:40:00-00:00");
  if (dice.often()) content.add_possible_duplicate_of()->set_alert_id("0190b8f0-7c2a-7d3e-9f10-0123456789ac");
  for (int i = dice.below(3); i > 0; --i) {
    v1::Attachment& attachment = *content.add_attachments();
    attachment.set_digest(std::string(32, static_cast<char>('a' + i)));
    attachment.set_media_type("image/png");
    attachment.set_size_bytes(static_cast<std::uint64_t>(dice.below(2) * 1000));
    attachment.set_description(i == 1 ? "" : "Bild");
  }
  if (dice.often()) content.add_danger_criteria(v1::DANGER_CRITERION_HIGH_STRENGTH);
  if (dice.often()) content.mutable_shortage()->set_product("Naloxon 1,26 mg/dos");
  content.set_report(!dice.often());
  return content;
}

}  // namespace

TEST_CASE("every field of an alert comes back from its CAP message, and nothing else is made of it") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Dice dice(seed);
    const v1::AlertContent content = native_content(dice);
    const std::string bytes = cap::to_bytes(*written(issued(content)));
    INFO("seed " << seed << "\n" << bytes);
    const cap::Incoming message = must_read(bytes);
    CHECK(message.from_gjallar);
    CHECK(message.content.DebugString() == content.DebugString());
  }
}

TEST_CASE("a foreign message that a broker passed on means the same to the next broker") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const cap::Incoming first = must_read(document(dice, "Alert", dice.often() ? "Actual" : "Exercise"));
    const std::string bytes = cap::to_bytes(*written(issued(first.content)));
    INFO("seed " << seed << "\n" << bytes);
    v1::AlertContent again = must_read(bytes).content;
    CHECK(again.DebugString() == first.content.DebugString());
  }
}

TEST_CASE("whatever a broker writes as a parameter is known as its own, and can't be kept beside it") {
  std::set<std::string> names;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Dice dice(seed);
    v1::Event event = issued(native_content(dice), v1::EVENT_TYPE_ALERT_OBSERVED);
    v1::Alert& alert = *event.mutable_payload()->mutable_alert();
    alert.mutable_content()->mutable_cap()->add_extensions("<a></a>");
    *alert.mutable_assessed_grade() = gjallar::testing::sample_grade(v1::GRADE_LEVEL_WARNING);
    alert.add_observations()->set_area("SE-0180");
    alert.set_report_outcome(v1::REPORT_OUTCOME_ALERT);
    alert.set_superseded_by(alert.alert_id());
    event.mutable_payload()->mutable_observation()->set_area("SE-0180");
    const cap::XmlDocument out = written(event);
    for (const xmlNode* info : cap::child_elements(*xmlDocGetRootElement(out.get()))) {
      for (const xmlNode* parameter : cap::child_elements(*info)) {
        if (cap::local_name(*parameter) == "parameter")
          names.insert(cap::text_of(*cap::child_elements(*parameter)[0]));
      }
    }
  }
  CHECK(names.size() > 25);
  for (const std::string& name : names) {
    INFO(name);
    CHECK(gjallar::admission::is_written_parameter(name));
  }
}

TEST_CASE("an exercise's resources are marked as its attachments are, and come back without") {
  v1::AlertContent content = gjallar::testing::sample_content();
  content.set_status(v1::STATUS_EXERCISE);
  content.add_attachments()->set_digest(std::string(32, 'a'));
  content.mutable_attachments(0)->set_media_type("image/png");
  content.mutable_attachments(0)->set_description("Bild");
  v1::CapInfo& info = *content.mutable_cap()->add_infos();
  info.set_language("sv");
  for (const char* description : {"Film", ""}) {
    v1::CapResource& resource = *info.add_resources();
    resource.set_description(description);
    resource.set_mime_type("video/mp4");
    resource.add_extensions("<e:a xmlns:e=\"urn:e\">1</e:a>");
  }
  const std::string bytes = cap::to_bytes(*written(issued(content)));
  INFO(bytes);
  CHECK(bytes.find("<resourceDesc>[ÖVNING] Bild</resourceDesc>") != std::string::npos);
  CHECK(bytes.find("<resourceDesc>[ÖVNING] Film</resourceDesc>") != std::string::npos);
  CHECK(bytes.find("gjallar:extension.resource[2]") != std::string::npos);  // the first is the attachment
  CHECK(must_read(bytes).content.DebugString() == content.DebugString());
}

TEST_CASE("what a conclusion led to comes back from its message") {
  v1::Event event = issued(gjallar::testing::sample_content(), v1::EVENT_TYPE_ALERT_CONCLUDED);
  v1::Alert& alert = *event.mutable_payload()->mutable_alert();
  alert.set_report_outcome(v1::REPORT_OUTCOME_ALERT);
  alert.set_superseded_by("0190b8f0-7c2a-7d3e-9f10-0123456789ac");
  const cap::Incoming message = must_read(cap::to_bytes(*written(event)));
  CHECK(message.superseded_by == alert.superseded_by());
  const auto planned = cap::plan(message, &alert, {});
  REQUIRE(planned.has_value());
  CHECK(planned->action == "conclude");
  CHECK(planned->command.conclude().outcome() == v1::REPORT_OUTCOME_ALERT);
  CHECK(planned->command.conclude().superseded_by() == alert.superseded_by());
}

TEST_CASE("the kind of event decides the type of message, and an expiry is no cancellation") {
  Dice dice(1);
  const v1::AlertContent content = native_content(dice);
  const auto type_of = [&content](v1::EventType type) {
    return must_read(cap::to_bytes(*written(issued(content, type))));
  };
  CHECK(type_of(v1::EVENT_TYPE_ALERT_ISSUED).type == cap::MessageType::kAlert);
  for (const auto type :
       {v1::EVENT_TYPE_ALERT_REVISED, v1::EVENT_TYPE_ALERT_GRADED, v1::EVENT_TYPE_ALERT_WIDENED,
        v1::EVENT_TYPE_ALERT_OBSERVED, v1::EVENT_TYPE_ALERT_EXPIRED, v1::EVENT_TYPE_ALERT_CONCLUDED,
        v1::EVENT_TYPE_ALERT_NOTICE}) {
    CHECK(type_of(type).type == cap::MessageType::kUpdate);
    CHECK(type_of(type).event == type);
  }
  CHECK(type_of(v1::EVENT_TYPE_ALERT_RETRACTED).type == cap::MessageType::kCancel);
  CHECK(type_of(v1::EVENT_TYPE_ALERT_SUPERSEDED).type == cap::MessageType::kCancel);
}

TEST_CASE("an event whose content was destroyed is a message that says so and nothing else") {
  v1::Event event = issued(v1::AlertContent(), v1::EVENT_TYPE_ALERT_REDACTED);
  event.clear_payload();
  const std::string bytes = cap::to_bytes(*written(event));
  CHECK(bytes.find("<info>") == std::string::npos);
  CHECK(bytes.find("destroyed by order") != std::string::npos);
  CHECK(bytes.find("<msgType>Update</msgType>") != std::string::npos);
}
