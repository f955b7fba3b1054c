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
[[nodiscard]] Decision decide_note_contacts(const Principal& principal, const v1::NoteContacts& command,
                                            const Situation& situation);
[[nodiscard]] Decision decide_issue_token(const Principal& principal, const v1::IssueToken& command,
                                          const Situation& situation);
[[nodiscard]] Decision decide_rotate_token(const Principal& principal, const v1::RotateToken& command,
                                           const Situation& situation);
[[nodiscard]] Decision decide_revoke_token(const Principal& principal, const v1::RevokeToken& command,
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
/// Likewise the coordinators of these areas.
void add_coordinators(NewEvent& notice, std::vector<std::string> areas);

/// Names the reporter's service among those that an event about its report concerns: it hears what became of
/// it, coordinator or not. Nothing if the reporter has none.
void tell_reporter(NewEvent& event, const std::string& reporter);

/// What becomes of alerts that may be about the same as `alert`, which is being issued or changed by
/// `command`
/// ("issue"): the question (POSSIBLE_DUPLICATE), or links in its content to those that everybody who receives
/// it may know of. True: there are some, and the coordinators are to be told.
[[nodiscard]] core::Result<bool> link_duplicates(const Principal& principal, std::string_view command,
                                                 const v1::Confirmation& confirmation, v1::Alert& alert,
                                                 const Situation& situation);
/// Tells the coordinators that the first event's alert may be about the same as others: of each the
/// coordinators of the areas in which the two meet.
void add_duplicate_notices(std::vector<NewEvent>& events, const Situation& situation);
/// Takes links that the alert had out of what a command makes of it if they would tell somebody of an alert
/// that he may not know of. What the command itself brings stays: that is its sender's word.
void drop_uncovered_links(std::vector<NewEvent>& events, const Situation& situation);
/// Names a field of the content among those that the event changed.
void note_changed(NewEvent& event, std::string_view field);
/// Refuses references between what is real and what isn't. `path` is the content's.
[[nodiscard]] core::Result<void> check_references(const v1::AlertContent& content, const Situation& situation,
                                                  std::string_view path);

}  // namespace gjallar::domain
