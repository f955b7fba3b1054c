#include "broker/domain/duplicates.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/authority.h"
#include "broker/domain/concerns.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/grade.h"
#include "broker/domain/substances.h"

namespace gjallar::domain {
namespace {

std::set<std::string_view> areas_in(const v1::Audience& audience) {
  std::set<std::string_view> areas;
  for (const v1::AudienceGroup& group : audience.groups())
    areas.insert(group.areas().begin(), group.areas().end());
  return areas;
}

/// Whether one of `inner` is, or lies in, one of `outer`.
bool lies_in(const std::set<std::string_view>& inner, const std::set<std::string_view>& outer) {
  return std::any_of(inner.begin(), inner.end(), [&outer](std::string_view area) {
    for (; !area.empty(); area = parent(area)) {
      if (outer.count(area) != 0) return true;
    }
    return false;
  });
}

/// Somebody is there to be asked, nothing urgent waits for the answer, and there is something to show.
bool is_asked(const v1::Alert& alert, const Situation& situation) {
  if (situation.feed || alert.content().report() || is_urgent(alert.level())) return false;
  if (situation.alert != nullptr && is_urgent(situation.alert->level())) return false;
  return std::any_of(situation.possible_duplicates->begin(), situation.possible_duplicates->end(),
                     [](const DuplicateCandidate& candidate) { return candidate.visible; });
}

core::Error question(std::string_view command, const Situation& situation) {
  const std::string_view field = command == "widen" ? "audience" : "content.substances";
  core::Error error = core::make_error(
      v1::ERROR_CODE_POSSIBLE_DUPLICATE, fmt::format("{}.{}", command, field),
      "Live alerts in these areas may be about the same.",
      "Revise or observe one of them, or send it again with a confirmation: no_duplicate and a reason.");
  for (const DuplicateCandidate& candidate : *situation.possible_duplicates) {
    if (candidate.visible) error.possible_duplicates.push_back(candidate.alert);
  }
  return error;
}

/// All who receive the alert as it will stand.
Circle receivers_of(const v1::Alert& alert, const Situation& situation) {
  ServiceSet told = targeted_of(situation);
  if (situation.alert != nullptr) told |= situation.directory->matching(match_keys_of(*situation.alert));
  return circle_of(alert, told, *situation.directory);
}

/// Whether the alert's content may name the candidate: its sender, the caller and all who receive it may know
/// of that one. A sender's registered service is among those who receive it.
bool may_name(const DuplicateCandidate& candidate, const Principal& principal, const v1::Alert& alert,
              const Circle& receivers, const Directory& directory) {
  const bool sender_knows = is_sender(principal, alert) || candidate.circle.sender == alert.sender() ||
                            directory.find(alert.sender_service()) != nullptr;
  return candidate.visible && sender_knows && covers(candidate.circle, receivers);
}

/// Whether what the first event of a command makes of the alert tells of a linked alert to somebody who knows
/// neither: whoever had the alert before has the link already.
class NewReach {
 public:
  NewReach(const v1::Alert& before, const NewEvent& event, const Situation& situation) {
    const Directory& directory = *situation.directory;
    ServiceSet told = targeted_of(situation);
    v1::Alert had;  // as before, concerning nobody by its audience: who joined since has no link yet
    *had.mutable_content() = before.content();
    had.set_sender_service(before.sender_service());
    const ServiceSet knew = circle_of(had, told, directory).services;
    told = targets_of(event.reach, told, directory);
    circle_of(event.payload.alert(), told, directory).services.for_each([&](core::ServiceNumber number) {
      if (!knew.contains(number)) services_.add(number);
    });
    const MatchKeys held = match_keys_of(before);
    level_ = event.reach.after.level;
    // At a higher grade it concerns some who join later and whom it didn't concern before, in every group.
    const bool graver = level_ > held.level;
    for (const MatchGroup& group : event.reach.after.groups) {
      if (graver || std::find(held.groups.begin(), held.groups.end(), group) == held.groups.end())
        groups_.push_back(group);
    }
  }

  [[nodiscard]] bool is_within(const Circle& circle) const {
    ServiceSet both = services_;
    both &= circle.services;
    return both == services_ && covers(circle, groups_, level_);
  }

 private:
  ServiceSet services_;
  std::vector<MatchGroup> groups_;
  v1::GradeLevel level_ = v1::GRADE_LEVEL_UNSPECIFIED;
};

}  // namespace

core::PossibleDuplicate possible_duplicate_of(const v1::Alert& alert) {
  return {alert.alert_id(), alert.reference(),
          alert.content().texts().empty() ? std::string() : alert.content().texts(0).headline()};
}

bool audiences_meet(const v1::Audience& a, const v1::Audience& b) {
  const std::set<std::string_view> left = areas_in(a);
  const std::set<std::string_view> right = areas_in(b);
  return lies_in(left, right) || lies_in(right, left);
}

bool are_about_the_same(const v1::AlertContent& a, const v1::AlertContent& b) {
  const std::vector<std::string> left = substance_keys(a);
  const std::vector<std::string> right = substance_keys(b);
  const bool common = std::any_of(left.begin(), left.end(), [&right](const std::string& key) {
    return std::binary_search(right.begin(), right.end(), key);
  });
  return common && audiences_meet(a.audience(), b.audience());
}

bool names_alert(const v1::AlertContent& content, const v1::Alert& alert) {
  const auto is_it = [&alert](const v1::AlertReference& reference) {
    return reference.alert_id() == alert.alert_id() || reference.alert_id() == alert.reference();
  };
  return std::any_of(content.references().begin(), content.references().end(), is_it) ||
         std::any_of(content.possible_duplicate_of().begin(), content.possible_duplicate_of().end(), is_it);
}

core::Result<bool> link_duplicates(const Principal& principal, std::string_view command,
                                   const v1::Confirmation& confirmation, v1::Alert& alert,
                                   const Situation& situation) {
  if (situation.possible_duplicates == nullptr || situation.possible_duplicates->empty()) return false;
  if (confirmation.no_duplicate()) {
    if (!confirmation.reason().empty()) return false;
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, fmt::format("{}.confirmation.reason", command),
                            "A confirmation needs a reason.",
                            "Say in one sentence how this differs from the alerts that were listed.");
  }
  if (is_asked(alert, situation)) return question(command, situation);
  const Circle receivers = receivers_of(alert, situation);
  auto& links = *alert.mutable_content()->mutable_possible_duplicate_of();
  for (const DuplicateCandidate& candidate : *situation.possible_duplicates) {
    if (links.size() >= core::limits::kReferencesMax) break;
    if (may_name(candidate, principal, alert, receivers, *situation.directory))
      links.Add()->set_alert_id(candidate.alert.alert_id);
  }
  return true;
}

void add_duplicate_notices(std::vector<NewEvent>& events, const Situation& situation) {
  const v1::Alert alert = events.front().payload.alert();
  const std::vector<std::string> areas = areas_concerned(alert);
  std::map<std::vector<std::string>, v1::Notice> told;  // by where the two meet
  for (const DuplicateCandidate& candidate : *situation.possible_duplicates) {
    v1::Notice& notice = told[areas_of_both(areas, candidate.circle.areas)];
    notice.set_kind(v1::NOTICE_KIND_POSSIBLE_DUPLICATE);
    notice.add_possible_duplicate_of(candidate.alert.alert_id);
  }
  for (auto& entry : told) {
    NewEvent event = notice_event(alert, std::move(entry.second), {});
    add_coordinators(event, entry.first);
    events.push_back(std::move(event));
  }
}

void drop_uncovered_links(std::vector<NewEvent>& events, const Situation& situation) {
  if (situation.linked == nullptr || situation.linked->empty() || events.empty()) return;
  const v1::Alert* const before = situation.alert;
  NewEvent& first = events.front();
  const bool changes = before != nullptr && first.subject_kind == SubjectKind::kAlert &&
                       first.subject == before->alert_id() &&
                       first.payload.alert().version() > before->version();
  if (!changes) return;
  const NewReach reach(*before, first, situation);
  std::set<std::string_view> gone;
  for (const auto& entry : *situation.linked) {
    if (!reach.is_within(entry.second)) gone.insert(entry.first);
  }
  bool dropped = false;
  for (NewEvent& event : events) {
    if (event.subject != first.subject || !event.payload.has_alert()) continue;
    auto& links = *event.payload.mutable_alert()->mutable_content()->mutable_possible_duplicate_of();
    const auto rest = std::remove_if(links.begin(), links.end(), [&gone](const v1::AlertReference& link) {
      return gone.count(link.alert_id()) != 0;
    });
    dropped = dropped || rest != links.end();
    links.erase(rest, links.end());
  }
  if (dropped) note_changed(first, "possible_duplicate_of");
}

void note_changed(NewEvent& event, std::string_view field) {
  const auto& known = event.payload.changed_fields();
  if (std::find(known.begin(), known.end(), field) == known.end())
    event.payload.add_changed_fields(std::string(field));
}

}  // namespace gjallar::domain
