#include "broker/edges/cap/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/admission/privacy_gate.h"
#include "broker/edges/cap/block.h"
#include "broker/edges/cap/read_info.h"
#include "broker/edges/cap/times.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::size_t kTripleSizeMax = 300;

bool is_identifier(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c <= 0x20 || c >= 0x7f || c == ',' || c == '<' || c == '&';
  });
}

/// Three parts, two commas; nothing if it has another form.
std::optional<Triple> parse_triple(std::string_view text) {
  const std::size_t first = text.find(',');
  const std::size_t second = first == std::string_view::npos ? first : text.find(',', first + 1);
  if (second == std::string_view::npos || text.size() > kTripleSizeMax) return std::nullopt;
  Triple triple{
      std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)), {}};
  const auto sent = parse_cap_time(text.substr(second + 1));
  if (!sent || !is_identifier(triple.sender) || !is_identifier(triple.identifier)) return std::nullopt;
  triple.sent = *sent;
  return triple;
}

/// Where what names the message stands: an error about it is told of the part that the privacy gate refuses.
void place_name(const Element& element, Incoming& out) {
  const auto hit =
      admission::look_through(element.word(), admission::TextKind::kMark, admission::PrivacyRules());
  Place& place = out.places["cap.messages"];
  if (place.element.empty() || (hit && *hit)) place = element.place;
}

core::Result<Triple> read_self(const Block& alert, Incoming& out) {
  Triple self;
  for (const auto& [name, target] :
       {std::pair<std::string_view, std::string*>("identifier", &self.identifier),
        {"sender", &self.sender}}) {
    const auto element = alert.required(name);
    if (!element) return element.error();
    *target = element->word();
    place_name(*element, out);
    if (!is_identifier(*target)) {
      return not_allowed(element->place,
                         fmt::format("The {} holds a space, a comma, <, & or more than ASCII.", name),
                         "References are separated by them: use letters, digits, dots and hyphens.");
    }
  }
  const auto sent = alert.required("sent");
  if (!sent) return sent.error();
  const auto time = parse_cap_time(sent->word());
  if (!time) {
    return not_allowed(sent->place, "This is no time.",
                       "Write it with date, time and offset: 2026-06-05T19:40:00+02:00.");
  }
  self.sent = *time;
  if (self.text().size() > kTripleSizeMax) {
    return error_at(alert.place(), v1::ERROR_CODE_TOO_LARGE,
                    "Sender, identifier and sent are too long together.",
                    fmt::format("Use at most {} characters.", kTripleSizeMax));
  }
  return self;
}

core::Result<void> read_references(const Block& alert, Incoming& out) {
  const auto element = alert.one("references");
  if (!element) return element.error();
  if (!*element) return {};
  out.places["references"] = (*element)->place;
  const std::string words = (*element)->word();
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    const auto triple = parse_triple(std::string_view(words).substr(at, end - at));
    if (!triple) {
      return not_allowed((*element)->place, "This is no list of references.",
                         "Separate them by spaces; each is sender,identifier,sent.");
    }
    out.references.push_back(*triple);
    at = end + 1;
  }
  return {};
}

core::Result<void> read_status_and_type(const Block& alert, Incoming& out) {
  const auto status = alert.required("status");
  if (!status) return status.error();
  const auto value = parse_cap_word<v1::Status>(status->word());
  if (!value)
    return not_allowed(status->place, "This is no status.", "Actual, Exercise, System, Test or Draft.");
  out.content.set_status(*value);
  out.places["status"] = status->place;
  const auto type = alert.required("msgType");
  if (!type) return type.error();
  const auto known = parse_message_type(type->word());
  if (!known)
    return not_allowed(type->place, "This is no type of message.", "Alert, Update, Cancel, Ack or Error.");
  out.type = *known;
  const auto scope = alert.required("scope");
  if (!scope) return scope.error();
  const std::string word = scope->word();
  if (word != "Public" && word != "Restricted" && word != "Private")
    return not_allowed(scope->place, "This is no scope.", "Public, Restricted or Private.");
  return {};
}

core::Result<void> read_details(const Block& alert, Incoming& out) {
  v1::CapDetails& cap = *out.content.mutable_cap();
  const auto keep = [&](std::string_view name, auto set) -> core::Result<void> {
    const auto element = alert.one(name);
    if (!element) return element.error();
    if (!*element) return {};
    set((*element)->word());
    out.places[fmt::format("cap.{}", name)] = (*element)->place;
    return {};
  };
  GJALLAR_TRY(keep("source", [&cap](std::string text) { cap.set_source(std::move(text)); }));
  GJALLAR_TRY(keep("restriction", [&cap](std::string text) {
    if (text != kRestriction) cap.set_restriction(std::move(text));
  }));
  GJALLAR_TRY(keep("incidents", [&cap](std::string text) { cap.set_incidents(std::move(text)); }));
  const auto note = alert.one("note");
  if (!note) return note.error();
  if (*note) {
    out.note = (*note)->text();
    out.places["note"] = out.places["cap.note"] = (*note)->place;
  }
  for (const Element& code : alert.all("code")) {
    out.places[fmt::format("cap.codes[{}]", cap.codes_size())] = code.place;
    cap.add_codes(code.word());
  }
  const auto extensions = alert.extensions();
  if (!extensions) return extensions.error();
  for (const Element& element : *extensions) {
    out.places[fmt::format("cap.extensions[{}]", cap.extensions_size())] = element.place;
    cap.add_extensions(canonical(*element.node));
  }
  return {};
}

core::Result<void> check_root(const xmlNode& root, const Place& place) {
  const std::string_view name_space = namespace_of(root);
  if (local_name(root) == "alert" && name_space == kCapNamespace) return {};
  const bool older =
      name_space == "urn:oasis:names:tc:emergency:cap:1.1" || name_space == "http://www.incident.com/cap/1.0";
  if (older) {
    return error_at(place, v1::ERROR_CODE_UNSUPPORTED, "This is a message of CAP 1.1 or older.",
                    "Send CAP 1.2: its namespace is urn:oasis:names:tc:emergency:cap:1.2.");
  }
  return not_allowed(place, "This is no CAP 1.2 message.",
                     "The root element is alert in the namespace urn:oasis:names:tc:emergency:cap:1.2.");
}

}  // namespace

std::string Triple::text() const {
  return sender + "," + identifier + "," + to_cap_time(sent);
}

bool names_same(const Triple& triple, std::string_view stored) {
  const auto other = parse_triple(stored);
  return other && other->sender == triple.sender && other->identifier == triple.identifier &&
         other->sent.seconds() == triple.sent.seconds();
}

core::Result<Incoming> read_message(const xmlDoc& document) {
  const xmlNode* const root = xmlDocGetRootElement(const_cast<xmlDoc*>(&document));  // libxml2 takes no const
  const Element element{root, {"alert", xmlGetLineNo(root)}};
  GJALLAR_TRY(check_root(*root, element.place));
  const Block alert(element, {"identifier", "sender", "sent", "status", "msgType", "source", "scope",
                              "restriction", "addresses", "code", "note", "references", "incidents", "info"});
  Incoming out;
  auto self = read_self(alert, out);
  if (!self) return self.error();
  out.self = std::move(*self);
  GJALLAR_TRY(read_status_and_type(alert, out));
  GJALLAR_TRY(read_references(alert, out));
  GJALLAR_TRY(read_details(alert, out));
  const std::vector<Element> infos = alert.all("info");
  out.says_something = !infos.empty();
  if (infos.empty() && (out.type == MessageType::kAlert || out.type == MessageType::kUpdate)) {
    return error_at({"alert/info", element.place.line}, v1::ERROR_CODE_MISSING_FIELD,
                    "The message has no info block.", "Send what the alert says in at least one language.");
  }
  GJALLAR_TRY(read_infos(infos, out));
  if (out.type == MessageType::kAlert && !out.note.empty()) out.content.mutable_cap()->set_note(out.note);
  if (out.content.cap().ByteSizeLong() == 0) out.content.clear_cap();
  return out;
}

core::Error in_document(const Incoming& message, core::Error error) {
  std::string path = error.field;
  for (const std::string_view prefix : {"issue.content.", "revise.content.", "grade.", "issue.", "revise.",
                                        "retract.", "observe.", "conclude."}) {
    if (path.compare(0, prefix.size(), prefix) != 0) continue;
    path.erase(0, prefix.size());
    break;
  }
  if (path.compare(0, 13, "confirmation.") == 0) {  // came beside the document
    error.field = std::move(path);
    return error;
  }
  if (path == "reason") path = "note";
  if (path == "alert_id") path = "references";
  for (; !path.empty();
       path.erase(path.find_last_of(".[") == std::string::npos ? 0 : path.find_last_of(".["))) {
    const auto found = message.places.find(path);
    if (found == message.places.end()) continue;
    error.field = found->second.element;
    error.message = fmt::format("Line {}: {}", found->second.line, error.message);
    return error;
  }
  return error;
}

}  // namespace gjallar::edges::cap
