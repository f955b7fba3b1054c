#include "broker/security/policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/security/files.h"
#include "broker/security/toml.h"

namespace gjallar::security {
namespace {

constexpr std::size_t kNameLengthMin = 2;

bool is_name(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return name.size() >= kNameLengthMin && name.size() <= core::limits::kServiceIdLengthMax &&
         std::all_of(name.begin(), name.end(), allowed) && name.front() != '-' && name.back() != '-';
}

/// "new-substance" as the enum has it; UNSPECIFIED if there is no such kind.
v1::AlertKind kind_of(std::string_view name) {
  std::string full = "ALERT_KIND_";
  for (const char c : name) {
    full += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : '?';
  }
  v1::AlertKind kind = v1::ALERT_KIND_UNSPECIFIED;
  return v1::AlertKind_Parse(full, &kind) ? kind : v1::ALERT_KIND_UNSPECIFIED;
}

std::string known_kinds() {
  std::string names;
  for (int number = v1::AlertKind_MIN + 1; number <= v1::AlertKind_MAX; ++number) {
    if (!v1::AlertKind_IsValid(number)) continue;
    for (const char c : v1::AlertKind_Name(static_cast<v1::AlertKind>(number)).substr(11)) {
      names += c == '_' ? '-' : static_cast<char>(c - 'A' + 'a');
    }
    names += number == v1::AlertKind_MAX ? "." : ", ";
  }
  return names;
}

domain::Scope scope_of(TomlReader& reader, const toml::table& table, const std::string& path,
                       std::string_view key) {
  const std::string word = reader.text(table, path, key, "none");
  if (word == "own") return domain::Scope::kOwn;
  if (word == "any") return domain::Scope::kAny;
  if (word != "none") {
    reader.refuse(table.get(key), path, key, fmt::format("'{}.{}' has an unknown value.", path, key),
                  "Write \"none\", \"own\" or \"any\".");
  }
  return domain::Scope::kNone;
}

domain::Rights rights_of(TomlReader& reader, const toml::table& table, const std::string& path) {
  domain::Rights rights;
  rights.issue = reader.boolean(table, path, "issue");
  for (const std::string& name : reader.texts(table, path, "issue_kinds")) {
    const v1::AlertKind kind = kind_of(name);
    if (kind == v1::ALERT_KIND_UNSPECIFIED) {
      reader.refuse(table.get("issue_kinds"), path, "issue_kinds", "There is no such kind of alert.",
                    "Known: " + known_kinds());
    } else {
      rights.issue_kinds.insert(kind);
    }
  }
  rights.issue_areas = reader.texts(table, path, "issue_areas");
  for (const std::string& area : rights.issue_areas) {
    if (const auto known = domain::check_area(area, path + ".issue_areas"); !known) {
      reader.refuse(table.get("issue_areas"), path, "issue_areas", known.error().message,
                    known.error().advice);
    }
  }
  rights.revise = scope_of(reader, table, path, "revise");
  rights.retract = scope_of(reader, table, path, "retract");
  rights.view = scope_of(reader, table, path, "view");
  rights.analyse = reader.boolean(table, path, "analyse");
  rights.assess = reader.boolean(table, path, "assess");
  rights.observe = reader.boolean(table, path, "observe");
  rights.subscribe = reader.boolean(table, path, "subscribe");
  rights.operate = reader.boolean(table, path, "operate");
  rights.audit = reader.boolean(table, path, "audit");
  if (!rights.issue && (!rights.issue_kinds.empty() || !rights.issue_areas.empty())) {
    reader.refuse(&table, path, "issue", "The principal may not issue, but kinds or areas are given.",
                  "Add issue = true or remove them.");
  }
  return rights;
}

domain::Principal principal_of(TomlReader& reader, const toml::table& table, const std::string& name) {
  const std::string path = "principals." + name;
  reader.only(table, path,
              {"service", "issue", "issue_kinds", "issue_areas", "revise", "retract", "analyse", "assess",
               "observe", "view", "subscribe", "operate", "audit"});
  domain::Principal principal;
  principal.name = core::PrincipalName(name);
  const std::string service = reader.text(table, path, "service");
  if (table.contains("service")) {
    if (!is_name(service)) {
      reader.refuse(table.get("service"), path, "service", "That is not a service id.",
                    "Use lower-case letters, digits and hyphens.");
    }
    principal.service = core::ServiceId(service);
  }
  principal.rights = rights_of(reader, table, path);
  if (principal.rights.subscribe && !principal.service) {
    reader.refuse(&table, path, "subscribe",
                  fmt::format("Principal {} may subscribe but has no service.", name),
                  "Add service = \"…\".");
  }
  return principal;
}

}  // namespace

core::Result<Policy> Policy::load(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  return parse(*text, file.string());
}

core::Result<Policy> Policy::parse(std::string_view toml, std::string_view name) {
  TomlReader reader(toml, name);
  Policy policy;
  reader.only(reader.root(), "", {"roles", "principals"});
  if (const toml::table* roles = reader.table(reader.root(), "", "roles")) {
    reader.only(*roles, "roles", {"extra"});
    auto catalogue = domain::RoleCatalogue::with(reader.texts(*roles, "roles", "extra"), "roles.extra");
    if (catalogue) {
      policy.roles_ = std::move(*catalogue);
    } else {
      reader.refuse(roles->get("extra"), "roles", "extra", catalogue.error().message,
                    catalogue.error().advice);
    }
  }
  if (const toml::table* principals = reader.table(reader.root(), "", "principals")) {
    for (const auto& entry : *principals) {
      const std::string principal(entry.first.str());
      const toml::table* table = reader.table(*principals, "principals", principal);
      if (table == nullptr) continue;
      if (!is_name(principal)) {
        reader.refuse(table, "principals", principal, "That is not a principal's name.",
                      "Use lower-case letters, digits and hyphens.");
      }
      policy.principals_.emplace(principal, principal_of(reader, *table, principal));
    }
  }
  if (reader.failed()) return reader.error();
  return policy;
}

const domain::Principal* Policy::find(std::string_view principal) const noexcept {
  const auto found = principals_.find(principal);
  return found == principals_.end() ? nullptr : &found->second;
}

}  // namespace gjallar::security
