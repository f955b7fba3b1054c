#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/domain/decide.h"

/// What `decide` is made of, one function a command, and the checks they share. For decide*.cc alone.
namespace gjallar::domain {

using Decision = core::Result<std::vector<NewEvent>>;

/// `decide` but for the sender's confirmation, which it puts beside the first event.
[[nodiscard]] Decision decide_command(const Principal& principal, const v1::Command& command,
                                      const Situation& situation);
[[nodiscard]] Decision decide_issue(const Principal& principal, const v1::IssueAlert& issue,
                                    const Situation& situation);
[[nodiscard]] Decision decide_revise(const Principal& principal, const v1::ReviseAlert& revise,
                                     const Situation& situation);
[[nodiscard]] Decision decide_grade(const Principal& principal, const v1::GradeAlert& grade,
                                    const Situation& situation);
[[nodiscard]] Decision decide_widen(const Principal& principal, const v1::WidenAlert& widen,
                                    const Situation& situation);
[[nodiscard]] Decision decide_retract(const Principal& principal, const v1::RetractAlert& retract,
                                      const Situation& situation);
[[nodiscard]] Decision decide_expire(const Principal& principal, const Situation& situation);
[[nodiscard]] Decision decide_observe(const Principal& principal, const v1::ObserveAlert& observe,
                                      const Situation& situation);
[[nodiscard]] Decision decide_count_overdoses(const Principal& principal, const v1::CountOverdoses& count,
                                              const Situation& situation);
[[nodiscard]] Decision decide_report(const Principal& principal, const v1::ReportAlert& report,
                                     const Situation& situation);
[[nodiscard]] Decision decide_conclude(const Principal& principal, const v1::ConcludeReport& conclude,
                                       const Situation& situation);
[[nodiscard]] Decision decide_ask_expiry(const Principal& principal, const Situation& situation);
[[nodiscard]] Decision decide_escalate(const Principal& principal, const v1::EscalateAlert& escalate,
                                       const Situation& situation);
[[nodiscard]] Decision decide_report_escalation(const Principal& principal,
                                                const v1::ReportEscalation& report,
                                                const Situation& situation);
[[nodiscard]] Decision decide_register(const Principal& principal, const v1::RegisterService& command,
                                       const Situation& situation);
[[nodiscard]] Decision decide_change(const Principal& principal, const v1::ChangeService& command,
                                     const Situation& situation);
[[nodiscard]] Decision decide_disable(const Principal& principal, const v1::DisableService& command,
                                      const Situation& situation);

/// The services that were told of the situation's alert.
[[nodiscard]] const ServiceSet& targeted_of(const Situation& situation);

/// NOT_FOUND if there is no alert or the principal may neither see it nor act on it: the two look alike.
/// `command` is the command's name in the request ("revise").
[[nodiscard]] core::Result<void> check_found(const Principal& principal, const Situation& situation,
                                             std::string_view command);
/// ALERT_RETRACTED or ALERT_EXPIRED unless the alert is live; STALE_VERSION unless `expected` is 0 or its
/// version.
[[nodiscard]] core::Result<void> check_live_at(const v1::Alert& alert, std::uint64_t expected,
                                               std::string_view command);
/// STALE_VERSION unless `expected` is 0 or `current`.
[[nodiscard]] core::Result<void> check_version(std::uint64_t expected, std::uint64_t current,
                                               std::string_view command);
[[nodiscard]] core::Error nothing_to_change(std::string field);

/// The alert with the next version, changed now.
[[nodiscard]] v1::Alert next_version(const v1::Alert& alert, core::WallTime now);

/// An event that makes `after` of `before` (nullptr: issued). Its urgency and reach follow from the two.
[[nodiscard]] NewEvent alert_event(v1::EventType type, const v1::Alert* before, v1::Alert after,
                                   std::string reason = {});
[[nodiscard]] std::vector<NewEvent> only(NewEvent event);

/// An event that tells `services` something about the alert as it stands, and nobody else: no new version, no
/// noise, and none of the services that the alert concerns. Empty and repeated ids count for nothing.
[[nodiscard]] NewEvent notice_event(const v1::Alert& alert, v1::Notice notice,
                                    std::vector<std::string> services);
/// Adds the coordinators of the alert's areas (of its audience and of what was found) to whom a notice
/// concerns. Their own minimum grade counts.
void add_coordinators(NewEvent& notice);

/// Names the reporter's service among those that an event about its report concerns: it hears what became of
/// it, coordinator or not. Nothing if the reporter has none.
void tell_reporter(NewEvent& event, const std::string& reporter);

/// What becomes of alerts that may be about the same as `alert`, which is being issued: the question
/// (POSSIBLE_DUPLICATE), or links to them in its content. True: it was linked, and the coordinators are told.
[[nodiscard]] core::Result<bool> link_duplicates(const v1::Confirmation& confirmation, v1::Alert& alert,
                                                 const Situation& situation);
/// Tells the coordinators of an alert's areas that it may be about the same as those it is linked to.
[[nodiscard]] NewEvent duplicate_notice(const v1::Alert& alert);
/// Refuses references between what is real and what isn't. `path` is the content's.
[[nodiscard]] core::Result<void> check_references(const v1::AlertContent& content, const Situation& situation,
                                                  std::string_view path);

}  // namespace gjallar::domain
