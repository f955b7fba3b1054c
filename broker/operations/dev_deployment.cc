#include "broker/operations/dev_deployment.h"

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "broker/security/files.h"

namespace gjallar::operations {
namespace {

constexpr std::string_view kDevPolicy = R"([principals.police]
issue = true
revise = "own"
retract = "own"
view = "own"

[principals.customs]
issue = true
revise = "own"
retract = "own"
view = "own"

[principals.laboratory]
issue = true
revise = "own"
retract = "own"
analyse = true
view = "any"

[principals.coordinator]
service = "coordinator"
subscribe = true
issue = true
revise = "any"
retract = "any"
assess = true
view = "any"

[principals.operator]
operate = true
audit = true
view = "any"

[principals.auditor]
audit = true
view = "any"

[principals.escalator]
service = "escalator"
subscribe = true
view = "own"

[principals.syringe-exchange-stockholm]
service = "syringe-exchange-stockholm"
subscribe = true
observe = true
view = "own"

[principals.laro-malmo]
service = "laro-malmo"
subscribe = true
observe = true
view = "own"

[principals.emergency-malmo]
service = "emergency-malmo"
subscribe = true
observe = true
view = "own"

[principals.ambulance-skane]
service = "ambulance-skane"
subscribe = true
observe = true
view = "own"

[principals.outreach-goteborg]
service = "outreach-goteborg"
subscribe = true
observe = true
view = "own"

[principals.prison-health-kumla]
service = "prison-health-kumla"
subscribe = true
observe = true
view = "own"

[principals.addiction-clinic-uppsala]
service = "addiction-clinic-uppsala"
subscribe = true
observe = true
view = "own"

[principals.syringe-exchange-goteborg]
service = "syringe-exchange-goteborg"
subscribe = true
observe = true
view = "own"

[principals.emergency-stavanger]
service = "emergency-stavanger"
subscribe = true
observe = true
view = "own"

[principals.ambulance-rogaland]
service = "ambulance-rogaland"
subscribe = true
observe = true
view = "own"

[principals.municipal-physician-halden]
service = "municipal-physician-halden"
subscribe = true
observe = true
view = "own"

[principals.outreach-oslo]
service = "outreach-oslo"
subscribe = true
observe = true
view = "own"

[principals.user-organisation-oslo]
service = "user-organisation-oslo"
subscribe = true
observe = true
view = "own"

[principals.prison-health-bergen]
service = "prison-health-bergen"
subscribe = true
observe = true
view = "own"

[principals.pharmacy-stockholm]
service = "pharmacy-stockholm"
subscribe = true
observe = true
view = "own"

[principals.public-health-agency]
service = "public-health-agency"
subscribe = true
observe = true
view = "own"
)";

/// principal → token of an earlier start; empty if the file isn't there or isn't whole.
std::map<std::string, std::string> read_tokens(const std::filesystem::path& file) {
  std::map<std::string, std::string> tokens;
  const auto text = security::read_file(file);
  if (!text) return tokens;
  boost::system::error_code malformed;
  const boost::json::value parsed = boost::json::parse(*text, malformed);
  if (malformed || !parsed.is_object()) return tokens;
  for (const auto& member : parsed.get_object()) {
    if (member.value().is_string()) {
      tokens.emplace(std::string(member.key()), std::string(member.value().get_string()));
    }
  }
  return tokens;
}

std::string to_json(const std::map<std::string, std::string>& tokens) {
  std::string text = "{";
  for (const auto& [principal, token] : tokens) {
    text += text.size() == 1 ? "\n" : ",\n";
    text += "  " + boost::json::serialize(boost::json::string(principal)) + ": " +
            boost::json::serialize(boost::json::string(token));
  }
  return text + "\n}\n";
}

}  // namespace

std::string_view dev_policy() {
  return kDevPolicy;
}

core::Result<security::DevAuthority> make_dev_deployment(const std::filesystem::path& folder,
                                                         const security::Policy& policy,
                                                         security::TokenStore& tokens, core::Random& random) {
  std::vector<std::string> names;
  for (const auto& entry : policy.principals())
    names.push_back(entry.first);
  auto authority = security::make_dev_authority(folder, names);
  if (!authority) return authority.error();

  const std::filesystem::path file = folder / "tokens.json";
  const std::map<std::string, std::string> before = read_tokens(file);
  std::map<std::string, std::string> now;
  for (const std::string& name : names) {
    if (const auto found = before.find(name); found != before.end()) {
      const auto owner = tokens.principal_of(found->second);
      if (owner && *owner == name) {
        now.emplace(name, found->second);
        continue;
      }
    }
    auto token = tokens.issue(name, random);
    if (!token) return token.error();
    now.emplace(name, std::move(*token));
  }
  if (now != before) GJALLAR_TRY(security::write_file(file, to_json(now)));
  return authority;
}

}  // namespace gjallar::operations
