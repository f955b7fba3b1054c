#include "broker/domain/duplicates.h"

#include <algorithm>
#include <set>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/domain/decide_parts.h"
#include "broker/domain/grade.h"

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

bool is_asked(const v1::Alert& alert, const Situation& situation) {
  if (situation.feed || alert.content().report() || is_urgent(alert.level())) return false;
  return std::any_of(situation.possible_duplicates->begin(), situation.possible_duplicates->end(),
                     [](const DuplicateCandidate& candidate) { return candidate.visible; });
}

core::Error question(const Situation& situation) {
  core::Error error = core::make_error(
      v1::ERROR_CODE_POSSIBLE_DUPLICATE, "issue.content.substances",
      "Live alerts in these areas may be about the same.",
      "Revise or observe one of them, or send it again with a confirmation: no_duplicate and a reason.");
  for (const DuplicateCandidate& candidate : *situation.possible_duplicates) {
    if (candidate.visible) error.possible_duplicates.push_back(candidate.alert);
  }
  return error;
}

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

bool names_alert(const v1::AlertContent& content, const v1::Alert& alert) {
  const auto is_it = [&alert](const v1::AlertReference& reference) {
    return reference.alert_id() == alert.alert_id() || reference.alert_id() == alert.reference();
  };
  return std::any_of(content.references().begin(), content.references().end(), is_it) ||
         std::any_of(content.possible_duplicate_of().begin(), content.possible_duplicate_of().end(), is_it);
}

core::Result<bool> link_duplicates(const v1::Confirmation& confirmation, v1::Alert& alert,
                                   const Situation& situation) {
  if (situation.possible_duplicates == nullptr || situation.possible_duplicates->empty()) return false;
  if (confirmation.no_duplicate()) {
    if (!confirmation.reason().empty()) return false;
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "issue.confirmation.reason",
                            "A confirmation needs a reason.",
                            "Say in one sentence how this differs from the alerts that were listed.");
  }
  if (is_asked(alert, situation)) return question(situation);
  bool linked = false;
  for (const DuplicateCandidate& candidate : *situation.possible_duplicates) {
    auto& links = *alert.mutable_content()->mutable_possible_duplicate_of();
    if (links.size() >= core::limits::kReferencesMax) break;
    links.Add()->set_alert_id(candidate.alert.alert_id);
    linked = true;
  }
  return linked;
}

NewEvent duplicate_notice(const v1::Alert& alert) {
  v1::Notice notice;
  notice.set_kind(v1::NOTICE_KIND_POSSIBLE_DUPLICATE);
  for (const v1::AlertReference& link : alert.content().possible_duplicate_of())
    notice.add_possible_duplicate_of(link.alert_id());
  NewEvent event = notice_event(alert, std::move(notice), {});
  add_coordinators(event);
  return event;
}

}  // namespace gjallar::domain
