#include "tools/gjallar/service_plan.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <utility>

#include "tools/gjallar/opening_hours.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
namespace json = boost::json;

core::Error wrong(std::string field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field), std::move(message),
                          std::move(advice));
}

std::string or_none(std::string text) {
  return text.empty() ? "none" : std::move(text);
}

/// A field's value in words, for all fields of a service.
std::vector<std::pair<std::string, std::string>> words_of_service(const v1::Service& service) {
  return {{"name", or_none(service.name())},
          {"areas", or_none(joined(service.areas()))},
          {"roles", or_none(joined(service.roles()))},
          {"minimum_grade", minimum_grade_text(service.minimum_grade())},
          {"opening_hours", opening_hours_text(service.opening_hours())},
          {"time_zone", or_none(service.time_zone())},
          {"include_neighbours", service.include_neighbours() ? "yes" : "no"}};
}

/// The field that a key of the JSON stands for, in either of its spellings; nullptr if there is none.
const google::protobuf::FieldDescriptor* field_of(std::string_view key) {
  const auto& type = *v1::Service::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->name() == key || type.field(i)->json_name() == key) return type.field(i);
  }
  return nullptr;
}

/// A key by which somebody can find the place, unless it is something else than a key.
std::string key_shown(std::string_view key) {
  const bool plain = key.size() <= 32 && std::all_of(key.begin(), key.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
                     });
  return plain ? "." + std::string(key) : std::string();
}

core::Result<void> read_field(const std::string& entry, std::string_view key, const json::value& value,
                              v1::Service& service) {
  const auto* const field = field_of(key);
  if (field == nullptr) {
    return wrong(entry + key_shown(key), "A service has no such field.",
                 "Compare it with gjallar.v1.Service in proto/gjallar/v1/directory.proto.");
  }
  const std::string path = entry + "." + field->name();
  if (field->name() == "opening_hours" && value.is_string()) {
    auto hours = parse_opening_hours(std::string(value.get_string()), path);
    if (!hours) return hours.error();
    *service.mutable_opening_hours() = std::move(*hours);
    return {};
  }
  const std::string word = value.is_string() ? std::string(value.get_string()) : std::string();
  if (field->name() == "minimum_grade" && !word.empty() && word.rfind("GRADE_LEVEL_", 0) != 0) {
    const auto level = parse_minimum_grade(word, path);
    if (!level) return level.error();
    service.set_minimum_grade(*level);
    return {};
  }
  json::object alone;
  alone.emplace(field->json_name(), value);
  v1::Service read;
  if (!google::protobuf::util::JsonStringToMessage(json::serialize(alone), &read).ok())
    return wrong(path, "The value has another form.", "Compare it with gjallar.v1.Service.");
  service.MergeFrom(read);
  return {};
}

core::Result<v1::Service> read_service(const std::string& entry, const json::value& value) {
  if (!value.is_object()) return wrong(entry, "This is no service.", "Write an object for each service.");
  v1::Service service;
  std::set<std::string> seen;
  for (const auto& member : value.get_object()) {
    const auto* const field = field_of({member.key().data(), member.key().size()});
    if (field != nullptr && !seen.insert(field->name()).second)
      return wrong(entry + "." + field->name(), "The field stands here twice.", "Leave one of them out.");
    GJALLAR_TRY(read_field(entry, {member.key().data(), member.key().size()}, member.value(), service));
  }
  if (service.service_id().empty()) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, entry + ".service_id", "The service has no id.",
                            "Give each service an id of its own.");
  }
  return service;
}

}  // namespace

std::string minimum_grade_text(v1::GradeLevel level) {
  return level == v1::GRADE_LEVEL_UNSPECIFIED ? "none"
                                              : plain_name(v1::GradeLevel_Name(level), "GRADE_LEVEL_");
}

core::Result<v1::GradeLevel> parse_minimum_grade(const std::string& word, const std::string& field) {
  for (const v1::GradeLevel level : {v1::GRADE_LEVEL_UNSPECIFIED, v1::GRADE_LEVEL_INFORMATION,
                                     v1::GRADE_LEVEL_WARNING, v1::GRADE_LEVEL_URGENT}) {
    if (minimum_grade_text(level) == word) return level;
  }
  return wrong(field, "This is no grade.", "Use information, warning, urgent or none.");
}

std::vector<FieldChange> changed_fields(const v1::Service& before, const v1::Service& after) {
  std::vector<FieldChange> changes;
  const auto old_words = words_of_service(before);
  const auto new_words = words_of_service(after);
  for (std::size_t i = 0; i < old_words.size(); ++i) {
    if (old_words[i].second != new_words[i].second)
      changes.push_back({old_words[i].first, old_words[i].second, new_words[i].second});
  }
  return changes;
}

core::Result<ServicePlan> plan_services(const std::vector<WantedService>& wanted,
                                        const std::vector<v1::DirectoryEntry>& registered,
                                        bool disable_missing) {
  std::map<std::string, const v1::DirectoryEntry*> by_id;
  for (const v1::DirectoryEntry& entry : registered)
    by_id.emplace(entry.service().service_id(), &entry);
  ServicePlan plan;
  std::set<std::string> named;
  for (const WantedService& one : wanted) {
    const v1::Service& service = one.service;
    named.insert(service.service_id());
    const auto found = by_id.find(service.service_id());
    if (found == by_id.end()) {
      plan.add.push_back(one);
      continue;
    }
    const v1::DirectoryEntry& entry = *found->second;
    if (!entry.enabled()) {
      return core::make_error(v1::ERROR_CODE_SERVICE_DISABLED,
                              fmt::format("services[{}].service_id", one.entry),
                              "A service with this id was disabled.", "Register it under a new id.");
    }
    auto fields = changed_fields(entry.service(), service);
    if (fields.empty()) {
      plan.unchanged.push_back(service.service_id());
    } else {
      plan.change.push_back({service, entry.version(), std::move(fields), one.entry});
    }
  }
  for (const v1::DirectoryEntry& entry : registered) {
    if (disable_missing && entry.enabled() && named.count(entry.service().service_id()) == 0)
      plan.disable.push_back(entry);
  }
  return plan;
}

core::Result<std::vector<WantedService>> parse_services(const std::string& text) {
  const char* const form = "Write {\"services\": [{\"service_id\": …, \"name\": …}, …]}.";
  boost::system::error_code malformed;
  const json::value document = json::parse(text, malformed);
  if (malformed) return wrong("file", "The file isn't JSON.", form);
  const json::object* const object = document.if_object();
  const json::value* services = object == nullptr ? nullptr : object->if_contains("services");
  const json::value* const entries = object == nullptr ? nullptr : object->if_contains("entries");
  if (services == nullptr) services = entries;
  if (services == nullptr || !services->is_array()) return wrong("services", "There is no list here.", form);
  for (const auto& member : *object) {
    if (member.key() != "services" && member.key() != "entries")
      return wrong("file", "The file holds something beside its services.", form);
  }
  std::vector<WantedService> out;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < services->get_array().size(); ++i) {
    const json::value& value = services->get_array()[i];
    const std::string entry = fmt::format("services[{}]", i);
    const json::object* const one = value.if_object();
    const json::value* const listed = one == nullptr ? nullptr : one->if_contains("service");
    // A list that was printed holds disabled services, which nobody can register again.
    const json::value* const enabled = one == nullptr ? nullptr : one->if_contains("enabled");
    if (listed != nullptr && (enabled == nullptr || !enabled->is_bool() || !enabled->get_bool())) continue;
    auto service = read_service(entry, listed != nullptr ? *listed : value);
    if (!service) return service.error();
    if (!ids.insert(service->service_id()).second)
      return wrong(entry + ".service_id", "Another entry has this id.",
                   "Give each service an id of its own.");
    out.push_back({std::move(*service), i});
  }
  if (out.empty()) return wrong("services", "The list is empty.", "Name at least one service.");
  return out;
}

}  // namespace gjallar::tool
