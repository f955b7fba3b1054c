#include "broker/edges/cap/read_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "broker/admission/cap_words.h"
#include "broker/edges/cap/parameters.h"
#include "broker/edges/cap/times.h"
#include "broker/edges/cap/write_parts.h"
#include "broker/edges/cap/writer.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::string_view kDefaultLanguage = "en-US";  // CAP 1.2, 3.2.2
constexpr std::string_view kDefaultCategory = "Health";

/// A Gjallar parameter of a message as it was read.
struct Own {
  OwnParameter parameter;
  Place place;
};

/// What all info blocks say alike: read from the first, compared in the others.
struct Common {
  v1::Grade grade;
  std::optional<google::protobuf::Timestamp> onset;
  std::optional<google::protobuf::Timestamp> expires;
  std::vector<Own> own;
};

/// Facts of the event that the content doesn't hold. True if the name is one of them.
core::Result<bool> take_fact(const Own& own, Incoming& out) {
  const auto& [name, value] = own.parameter;
  const auto bad = [&own] {
    return not_allowed(own.place, "This parameter of Gjallar has a value of another form.",
                       "Copy it unchanged, or leave it out.");
  };
  if (name == "seq") {
    out.from_gjallar = true;
  } else if (name == "event") {
    const auto type = parse_plain_word(*v1::EventType_descriptor(), value);
    if (type) out.event = static_cast<v1::EventType>(*type);
  } else if (name == "sender-grade") {
    const auto grade = parse_grade_words(value);
    if (!grade) return bad();
    *out.content.mutable_grade() = *grade;
  } else if (name == "assessed-grade") {
    out.assessed_grade = parse_grade_words(value);
    if (!out.assessed_grade) return bad();
  } else if (name == "observation") {
    out.observation.emplace();
    if (!from_json_text(value, *out.observation)) return bad();
  } else if (name == "report-outcome") {
    const auto outcome = parse_plain_word(*v1::ReportOutcome_descriptor(), value);
    if (!outcome) return bad();
    out.report_outcome = static_cast<v1::ReportOutcome>(*outcome);
  } else if (name == "superseded-by") {
    out.superseded_by = value;
    out.places["superseded_by"] = own.place;
  } else if (is_extension_name(name)) {
    v1::CapDetails& cap = *out.content.mutable_cap();
    out.places[fmt::format("cap.extensions[{}]", cap.extensions_size())] = own.place;
    cap.add_extensions(value);
  } else {
    return name == "sender" || name == "version" || name == "alert" || name == "reference" ||
           name == "phase" || name == "level" || name == "verification" || name == "observations";
  }
  return true;
}

core::Result<v1::Grade> read_grade(const Block& info, Incoming& out) {
  v1::Grade grade;
  const auto part = [&](std::string_view name, auto parse, const char* words) -> core::Result<void> {
    const auto element = info.required(name);
    if (!element) return element.error();
    if (!parse(element->word()))
      return not_allowed(element->place, fmt::format("This is no {}.", name), words);
    out.places.emplace(fmt::format("grade.{}", name), element->place);
    out.places.emplace("grade", element->place);
    return {};
  };
  GJALLAR_TRY(part(
      "urgency",
      [&grade](const std::string& word) {
        const auto value = parse_cap_word<v1::Urgency>(word);
        if (value) grade.set_urgency(*value);
        return value.has_value();
      },
      "Immediate, Expected, Future, Past or Unknown."));
  GJALLAR_TRY(part(
      "severity",
      [&grade](const std::string& word) {
        const auto value = parse_cap_word<v1::Severity>(word);
        if (value) grade.set_severity(*value);
        return value.has_value();
      },
      "Extreme, Severe, Moderate, Minor or Unknown."));
  GJALLAR_TRY(part(
      "certainty",
      [&grade](const std::string& word) {
        const auto value = parse_cap_word<v1::Certainty>(word);
        if (value) grade.set_certainty(*value);
        return value.has_value();
      },
      "Observed, Likely, Possible, Unlikely or Unknown."));
  return grade;
}

core::Result<std::optional<google::protobuf::Timestamp>> read_time(const Block& info, std::string_view name,
                                                                   Incoming& out) {
  const auto element = info.one(name);
  if (!element) return element.error();
  if (!*element) return std::optional<google::protobuf::Timestamp>();
  const auto time = parse_cap_time((*element)->word());
  if (!time) {
    return not_allowed((*element)->place, "This is no time.",
                       "Write it with date, time and offset: 2026-06-05T19:40:00+02:00.");
  }
  out.places.emplace(std::string(name), (*element)->place);
  return time;
}

bool same_time(const std::optional<google::protobuf::Timestamp>& a,
               const std::optional<google::protobuf::Timestamp>& b) {
  return a.has_value() == b.has_value() && (!a || (a->seconds() == b->seconds() && a->nanos() == b->nanos()));
}

/// The info block at `index` of the content's texts.
class InfoReader {
 public:
  InfoReader(const Element& element, int index, Incoming& out)
      : block_(element, {"language",   "category", "event",       "responseType", "urgency", "severity",
                         "certainty",  "audience", "eventCode",   "effective",    "onset",   "expires",
                         "senderName", "headline", "description", "instruction",  "web",     "contact",
                         "parameter",  "resource", "area"}),
        index_(index),
        out_(out),
        text_(*out.content.add_texts()),
        info_(*out.content.mutable_cap()->add_infos()) {}

  core::Result<void> read(Common& common) {
    GJALLAR_TRY(read_language());
    GJALLAR_TRY(read_parameters());
    GJALLAR_TRY(read_common(common));
    GJALLAR_TRY(read_texts());
    GJALLAR_TRY(read_lists());
    GJALLAR_TRY(read_words());
    GJALLAR_TRY(read_each("resource", resource_extensions_, [this](const Element& element, const auto& kept) {
      return read_resource(element, mark(), index_, kept, out_);
    }));
    GJALLAR_TRY(read_each("area", area_extensions_, [this](const Element& element, const auto& kept) {
      return read_area(element, index_, kept, out_);
    }));
    const auto extensions = block_.extensions();
    if (!extensions) return extensions.error();
    for (const Element& extension : *extensions)
      keep_extension(canonical(*extension.node), extension.place);
    return {};
  }

 private:
  /// By the number of the resource or area that they stood in.
  using ExtensionsByNumber = std::map<int, std::vector<ReadExtension>>;

  /// Reads all elements of a name, each with its extensions; one for an element that isn't there is wrong.
  template <typename Read>
  core::Result<void> read_each(std::string_view name, const ExtensionsByNumber& extensions, Read read) {
    static const std::vector<ReadExtension> none;
    int number = 0;
    for (const Element& element : block_.all(name)) {
      const auto kept = extensions.find(++number);
      GJALLAR_TRY(read(element, kept == extensions.end() ? none : kept->second));
    }
    if (!extensions.empty() && extensions.rbegin()->first > number)
      return bad_parameter(extensions.rbegin()->second.front().place);
    return {};
  }

  void keep_extension(std::string xml, const Place& where) {
    place(fmt::format("extensions[{}]", info_.extensions_size()), where);
    info_.add_extensions(std::move(xml));
  }

  /// One that came as a parameter goes back to where it stood.
  core::Result<void> take_extension(Own own) {
    const auto at = parse_extension_name(own.parameter.name);
    if (!at || !admission::is_cap_extension(own.parameter.value)) return bad_parameter(own.place);
    switch (at->parent) {
      case ExtensionOf::kAlert:
        own_.push_back(std::move(own));  // as in the other blocks
        break;
      case ExtensionOf::kInfo:
        keep_extension(std::move(own.parameter.value), own.place);
        break;
      case ExtensionOf::kResource:
        resource_extensions_[at->number].push_back({std::move(own.parameter.value), std::move(own.place)});
        break;
      case ExtensionOf::kArea:
        area_extensions_[at->number].push_back({std::move(own.parameter.value), std::move(own.place)});
        break;
    }
    return {};
  }

  /// Where a field of the info stands.
  void place(const std::string& field, const Place& where) {
    out_.places[fmt::format("cap.infos[{}].{}", index_, field)] = where;
  }
  [[nodiscard]] std::string_view mark() const {
    return out_.from_gjallar ? marking(out_.content.status(), text_.language()) : std::string_view();
  }

  core::Result<void> read_language() {
    const auto element = block_.one("language");
    if (!element) return element.error();
    text_.set_language(*element ? (*element)->word() : std::string(kDefaultLanguage));
    const Place where = *element ? (*element)->place : block_.place();
    out_.places[fmt::format("texts[{}]", index_)] = block_.place();
    out_.places[fmt::format("texts[{}].language", index_)] = where;
    for (int i = 0; i < index_; ++i) {
      if (out_.content.texts(i).language() != text_.language()) continue;
      return not_allowed(where, "There are two info blocks in this language.",
                         "Send one a language; what is graded apart is an alert of its own.");
    }
    info_.set_language(text_.language());
    return {};
  }

  core::Result<void> read_parameters() {
    const std::vector<Element> elements = block_.all("parameter");
    std::vector<Pair> pairs;
    for (const Element& element : elements) {
      auto pair = read_pair(element);
      if (!pair) return pair.error();
      const std::string seq = std::string(kOwn) + "seq";
      if (pair->name == seq) out_.from_gjallar = true;
      pairs.push_back(std::move(*pair));
    }
    for (Pair& pair : pairs) {
      if (pair.name.compare(0, kOwn.size(), kOwn) == 0) {
        Own own{{pair.name.substr(kOwn.size()), std::move(pair.value)}, std::move(pair.place)};
        if (is_extension_name(own.parameter.name)) {
          GJALLAR_TRY(take_extension(std::move(own)));
          continue;
        }
        std::string path;
        const Taken taken = take_text_parameter(own.parameter, mark(), text_, path);
        if (taken == Taken::kBadValue) return bad_parameter(own.place);
        if (taken == Taken::kYes) out_.places[fmt::format("texts[{}].{}", index_, path)] = own.place;
        if (taken == Taken::kUnknownName) own_.push_back(std::move(own));
        continue;
      }
      place(fmt::format("parameters[{}]", info_.parameters_size()), pair.place);
      v1::CapNameValue& kept = *info_.add_parameters();
      kept.set_value_name(std::move(pair.name));
      kept.set_value(std::move(pair.value));
    }
    return {};
  }

  static core::Error bad_parameter(const Place& where) {
    return not_allowed(where, "This parameter of Gjallar has a value of another form.",
                       "Copy it unchanged, or leave it out.");
  }

  core::Result<void> read_common(Common& common) {
    const auto grade = read_grade(block_, out_);
    if (!grade) return grade.error();
    const auto onset = read_time(block_, "onset", out_);
    if (!onset) return onset.error();
    const auto expires = read_time(block_, "expires", out_);
    if (!expires) return expires.error();
    if (index_ == 0) {
      common = {*grade, *onset, *expires, own_};
      return take_common(common);
    }
    const auto differs = [this](std::string_view what) {
      return not_allowed(
          block_.place(), fmt::format("{} differs from that of the first info block.", what),
          "The blocks tell one event in several languages; send another event as its own alert.");
    };
    if (grade_words(*grade) != grade_words(common.grade)) return differs("The grade");
    if (!same_time(*onset, common.onset)) return differs("The onset");
    if (!same_time(*expires, common.expires)) return differs("The expiry");
    const bool same = own_.size() == common.own.size() &&
                      std::equal(own_.begin(), own_.end(), common.own.begin(),
                                 [](const Own& a, const Own& b) { return a.parameter == b.parameter; });
    if (!own_.empty() && !same) return differs("A parameter of Gjallar");
    return {};
  }

  core::Result<void> take_common(const Common& common) {
    v1::AlertContent& content = out_.content;
    *content.mutable_grade() = common.grade;
    content.set_kind(v1::ALERT_KIND_GENERAL);
    if (common.onset) *content.mutable_onset() = *common.onset;
    if (common.expires) *content.mutable_expires() = *common.expires;
    for (const Own& own : common.own) {
      const auto fact = take_fact(own, out_);
      if (!fact) return fact.error();
      if (*fact) continue;
      std::string path;
      switch (take_content_parameter(own.parameter, content, path)) {
        case Taken::kBadValue:
          return bad_parameter(own.place);
        case Taken::kYes:
          out_.places[path] = own.place;
          out_.told.insert(own.parameter.name);
          break;
        case Taken::kUnknownName:
          place(fmt::format("parameters[{}]", info_.parameters_size()), own.place);
          v1::CapNameValue& kept = *info_.add_parameters();
          kept.set_value_name(std::string(kOwn) + own.parameter.name);
          kept.set_value(own.parameter.value);
          break;
      }
    }
    return {};
  }

  core::Result<void> read_texts() {
    const auto event = block_.required("event");
    if (!event) return event.error();
    info_.set_event(event->word());
    place("event", event->place);
    const auto take = [this](std::string_view name, std::string value, const Place& where, auto set) {
      const std::string_view prefix = mark();
      if (!prefix.empty() && value.compare(0, prefix.size(), prefix) == 0) value.erase(0, prefix.size());
      set(std::move(value));
      out_.places[fmt::format("texts[{}].{}", index_, name)] = where;
    };
    const auto headline = block_.one("headline");
    if (!headline) return headline.error();
    if (*headline) {
      // A line break in it is the writer's layout.
      std::string line = (*headline)->text();
      if (line.find_first_of("\r\n\t") != std::string::npos) line = (*headline)->word();
      take("headline", line, (*headline)->place,
           [this](std::string value) { text_.set_headline(std::move(value)); });
    } else {
      text_.set_headline(info_.event());
      info_.set_headline_absent(true);
      out_.places[fmt::format("texts[{}].headline", index_)] = event->place;
    }
    const auto description = block_.one("description");
    if (!description) return description.error();
    if (*description)
      take("description", (*description)->text(), (*description)->place,
           [this](std::string value) { text_.set_description(std::move(value)); });
    const auto instruction = block_.one("instruction");
    if (!instruction) return instruction.error();
    if (*instruction)
      take("instruction", (*instruction)->text(), (*instruction)->place,
           [this](std::string value) { text_.set_instruction(std::move(value)); });
    return {};
  }

  core::Result<void> read_lists() {
    if (block_.all("category").empty()) {
      const auto missing = block_.required("category");
      return missing.error();
    }
    for (const Element& element : block_.all("category")) {
      if (!admission::is_cap_category(element.word())) {
        return not_allowed(
            element.place, "This is no category.",
            "Geo, Met, Safety, Security, Rescue, Fire, Health, Env, Transport, Infra, CBRNE, Other.");
      }
      info_.add_categories(element.word());
    }
    if (info_.categories_size() == 1 && info_.categories(0) == kDefaultCategory) info_.clear_categories();
    for (const Element& element : block_.all("responseType")) {
      if (!admission::is_cap_response_type(element.word())) {
        return not_allowed(element.place, "This is no type of response.",
                           "Shelter, Evacuate, Prepare, Execute, Avoid, Monitor, Assess, AllClear, None.");
      }
      info_.add_response_types(element.word());
    }
    for (const Element& element : block_.all("eventCode")) {
      auto pair = read_pair(element);
      if (!pair) return pair.error();
      place(fmt::format("event_codes[{}]", info_.event_codes_size()), pair->place);
      v1::CapNameValue& code = *info_.add_event_codes();
      code.set_value_name(std::move(pair->name));
      code.set_value(std::move(pair->value));
    }
    return {};
  }

  core::Result<void> read_words() {
    const auto take = [this](std::string_view name, const char* field, auto set) -> core::Result<void> {
      const auto element = block_.one(name);
      if (!element) return element.error();
      if (!*element) return {};
      set((*element)->word());
      place(field, (*element)->place);
      return {};
    };
    GJALLAR_TRY(
        take("audience", "audience", [this](std::string text) { info_.set_audience(std::move(text)); }));
    GJALLAR_TRY(take("senderName", "sender_name", [this](std::string text) {
      if (text != out_sender()) info_.set_sender_name(std::move(text));
    }));
    GJALLAR_TRY(take("web", "web", [this](std::string text) { info_.set_web(std::move(text)); }));
    GJALLAR_TRY(take("contact", "contact", [this](std::string text) { info_.set_contact(std::move(text)); }));
    const auto effective = read_time(block_, "effective", out_);
    if (!effective) return effective.error();
    if (*effective) *info_.mutable_effective() = **effective;
    return {};
  }

  /// The sender that a Gjallar broker named: what it writes as senderName by itself.
  [[nodiscard]] std::string out_sender() const {
    for (const Own& own : own_) {
      if (own.parameter.name == "sender") return own.parameter.value;
    }
    return {};
  }

  const Block block_;
  const int index_;
  Incoming& out_;
  v1::TextBlock& text_;
  v1::CapInfo& info_;
  std::vector<Own> own_;
  ExtensionsByNumber resource_extensions_;
  ExtensionsByNumber area_extensions_;
};

/// Whether an info says no more than its language.
bool says_nothing(v1::CapInfo info) {
  info.clear_language();
  return info.ByteSizeLong() == 0;
}

/// Takes away what the broker would write by itself.
void drop_defaults(Incoming& out) {
  v1::AlertContent& content = out.content;
  v1::CapInfo ordinary;
  for (const v1::CapArea& area : default_areas(content.audience()))
    *ordinary.add_areas() = area;
  const auto areas_alone = [](const v1::CapInfo& info) {
    v1::CapInfo alone;
    *alone.mutable_areas() = info.areas();
    return alone.SerializeAsString();
  };
  auto& infos = *content.mutable_cap()->mutable_infos();
  const bool ordinary_areas = std::all_of(infos.begin(), infos.end(), [&](const v1::CapInfo& info) {
    return areas_alone(info) == ordinary.SerializeAsString();
  });
  bool anything = false;
  const std::string audience = default_audience(content.audience());
  for (v1::CapInfo& info : infos) {
    const bool needed = info.headline_absent();  // the headline comes back from it
    if (!needed && info.event() == default_event(content.kind(), info.language())) info.clear_event();
    if (info.audience() == audience) info.clear_audience();
    if (ordinary_areas) info.clear_areas();
    anything = anything || !says_nothing(info);
  }
  if (!anything) infos.Clear();
}

}  // namespace

core::Result<void> read_infos(const std::vector<Element>& infos, Incoming& out) {
  Common common;
  for (int i = 0; i < static_cast<int>(infos.size()); ++i) {
    InfoReader reader(infos[static_cast<std::size_t>(i)], i, out);
    GJALLAR_TRY(reader.read(common));
  }
  if (infos.empty()) return {};
  GJALLAR_TRY(take_areas(infos, out));
  drop_defaults(out);
  return {};
}

}  // namespace gjallar::edges::cap
