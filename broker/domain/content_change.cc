#include "broker/domain/content_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "broker/core/limits.h"

namespace gjallar::domain {
namespace {

using google::protobuf::FieldDescriptor;

core::Error invalid(std::string field, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, std::move(field), std::move(message),
                          std::move(advice));
}

/// Bytes of each top-level field, in the order of the contract's descriptor: equal if the field is.
std::vector<std::string> bytes_by_field(v1::AlertContent content) {
  std::vector<std::string> bytes;
  const auto* const descriptor = content.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    v1::AlertContent one;
    content.GetReflection()->SwapFields(&content, &one, {descriptor->field(i)});
    bytes.push_back(one.SerializeAsString());
  }
  return bytes;
}

bool same_group(const v1::AudienceGroup& a, const v1::AudienceGroup& b) {
  const auto same = [](const auto& left, const auto& right) {
    return std::set<std::string>(left.begin(), left.end()) ==
           std::set<std::string>(right.begin(), right.end());
  };
  return a.minimum_grade() == b.minimum_grade() && same(a.areas(), b.areas()) && same(a.roles(), b.roles());
}

bool names(const v1::Audience& audience, const std::string& service) {
  return std::find(audience.services().begin(), audience.services().end(), service) !=
         audience.services().end();
}

}  // namespace

bool is_later(const google::protobuf::Timestamp& timestamp, core::WallTime time) {
  const google::protobuf::Timestamp other = core::to_timestamp(time);
  return std::make_pair(timestamp.seconds(), timestamp.nanos()) >
         std::make_pair(other.seconds(), other.nanos());
}

core::Result<void> check_expiry(const google::protobuf::Timestamp& expires, core::WallTime now,
                                std::string_view field) {
  if (!is_later(expires, now)) {
    return invalid(std::string(field), "The expiry is not in the future.",
                   "Set a later expiry, or leave it out.");
  }
  if (is_later(expires, now + core::limits::kAlertLifeMax)) {
    return invalid(std::string(field), "The expiry is too far ahead.",
                   fmt::format("Set an expiry at most {} days ahead; it can be revised later.",
                               core::limits::kAlertLifeMax.count() / 24));
  }
  return {};
}

void add_observation(v1::Alert& alert, const v1::Observation& observation) {
  auto& counts = *alert.mutable_observations();
  const auto at = std::lower_bound(
      counts.begin(), counts.end(), observation.area(),
      [](const v1::ObservationCount& count, const std::string& area) { return count.area() < area; });
  int index = static_cast<int>(at - counts.begin());
  if (at == counts.end() || at->area() != observation.area()) {
    counts.Add()->set_area(observation.area());
    for (int i = counts.size() - 1; i > index; --i)
      counts.SwapElements(i, i - 1);
  }
  v1::ObservationCount& count = counts[index];
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t room = kMost - count.observations();
  count.set_observations(count.observations() + std::min(room, observation.count()));
  const google::protobuf::Timestamp& latest = count.latest();
  const google::protobuf::Timestamp& seen = observation.seen_at();
  if (!count.has_latest() ||
      std::make_pair(seen.seconds(), seen.nanos()) > std::make_pair(latest.seconds(), latest.nanos())) {
    *count.mutable_latest() = seen;
  }
}

core::Result<v1::AlertContent> revised_content(const v1::AlertContent& held, const v1::ReviseAlert& revise) {
  v1::AlertContent asked = revise.content();
  asked.DiscardUnknownFields();  // nobody has checked them
  v1::AlertContent out = held;
  if (revise.update_mask().paths().empty()) {
    out = asked;
  } else {
    std::set<const FieldDescriptor*> fields;  // a path given twice must not swap back
    for (int i = 0; i < revise.update_mask().paths_size(); ++i) {
      const FieldDescriptor* const field =
          held.GetDescriptor()->FindFieldByName(revise.update_mask().paths(i));
      if (field == nullptr) {
        return invalid(
            fmt::format("revise.update_mask.paths[{}]", i), "The content has no such top-level field.",
            "Name top-level fields of the content, such as texts, substances, audience, grade, expires.");
      }
      fields.insert(field);
    }
    out.GetReflection()->SwapFields(&out, &asked, {fields.begin(), fields.end()});
  }
  if (out.status() == v1::STATUS_UNSPECIFIED) out.set_status(held.status());
  if (out.status() != held.status()) {
    return invalid("revise.content.status", "The status of an alert can't change.",
                   "Leave the status as it is, or retract this alert and issue another.");
  }
  if (out.kind() == v1::ALERT_KIND_UNSPECIFIED) out.set_kind(held.kind());
  if (!out.has_grade() && held.has_grade()) *out.mutable_grade() = held.grade();
  if (!out.has_expires() && held.has_expires()) *out.mutable_expires() = held.expires();
  return out;
}

std::vector<std::string> changed_fields(const v1::AlertContent& before, const v1::AlertContent& after) {
  const std::vector<std::string> old_bytes = bytes_by_field(before);
  const std::vector<std::string> new_bytes = bytes_by_field(after);
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < old_bytes.size(); ++i) {
    if (old_bytes[i] != new_bytes[i])
      changed.push_back(before.GetDescriptor()->field(static_cast<int>(i))->name());
  }
  return changed;
}

core::Result<void> check_audience(const v1::Audience& audience, const v1::Audience* held,
                                  const Directory& directory, std::string_view path) {
  if (audience.groups().empty() && audience.services().empty()) {
    return core::make_error(v1::ERROR_CODE_EMPTY_AUDIENCE, std::string(path), "The audience is empty.",
                            "Add a group with at least one area, or name a service.");
  }
  for (int group = 0; group < audience.groups_size(); ++group) {
    if (!audience.groups(group).areas().empty()) continue;
    return core::make_error(v1::ERROR_CODE_EMPTY_AUDIENCE, fmt::format("{}.groups[{}].areas", path, group),
                            "A group without an area reaches nobody.",
                            "Add at least one area; SE or NO is everywhere.");
  }
  for (int service = 0; service < audience.services_size(); ++service) {
    const std::string& id = audience.services(service);
    const v1::DirectoryEntry* const entry = directory.find(id);
    if (entry != nullptr && (entry->enabled() || (held != nullptr && names(*held, id)))) continue;
    const std::string field = fmt::format("{}.services[{}]", path, service);
    if (entry == nullptr) {
      return core::make_error(v1::ERROR_CODE_UNKNOWN_SERVICE, field, "No service with this id is registered.",
                              "Look the service up in the directory, or have it registered first.");
    }
    return core::make_error(v1::ERROR_CODE_SERVICE_DISABLED, field, "The named service is disabled.",
                            "Leave it out, or name the service that took its place.");
  }
  return {};
}

core::Result<v1::Audience> widened_audience(const v1::Audience& held, const v1::Audience& more,
                                            std::string_view path) {
  v1::Audience out = held;
  for (const v1::AudienceGroup& group : more.groups()) {
    const bool known =
        std::any_of(out.groups().begin(), out.groups().end(),
                    [&group](const v1::AudienceGroup& other) { return same_group(group, other); });
    if (known) continue;
    *out.add_groups() = group;
    out.mutable_groups()->rbegin()->DiscardUnknownFields();  // nobody has checked them
  }
  for (const std::string& service : more.services()) {
    if (!names(out, service)) out.add_services(service);
  }
  const auto too_large = [path](std::string_view field, int limit) {
    return core::make_error(v1::ERROR_CODE_TOO_LARGE, fmt::format("{}.{}", path, field),
                            fmt::format("The audience would have more than {} {}.", limit, field),
                            "Revise the alert with fewer and larger groups.");
  };
  if (out.groups_size() > core::limits::kAudienceGroupsMax) {
    return too_large("groups", core::limits::kAudienceGroupsMax);
  }
  if (out.services_size() > core::limits::kNamedServicesMax) {
    return too_large("services", core::limits::kNamedServicesMax);
  }
  return out;
}

}  // namespace gjallar::domain
