#include "broker/operations/chaser.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "broker/core/digest.h"
#include "broker/core/limits.h"
#include "broker/domain/principal.h"
#include "broker/operations/counted.h"
#include "broker/projections/alerts.h"
#include "broker/projections/escalations.h"

namespace gjallar::operations {
namespace {

/// Nobody is called about an alert that ended so long ago.
constexpr std::chrono::hours kChasedAfterEnd{24 * 7};
/// Opening hours, on-call contacts and receipts of earlier versions may change what is due: an open service
/// is looked at again after so long.
constexpr std::chrono::seconds kLookAgain{60};
/// What was submitted takes a moment to be committed; what failed is tried again after it.
constexpr std::chrono::seconds kTryAgain{1};
/// Services of one command, so that it stays well within limits::kCommandBytesMax.
constexpr std::size_t kServicesOfCommandMax = 1'000;

/// Nobody is called so soon after the start, whatever became due before: programs connect again first.
constexpr std::chrono::seconds kStartGraceMax{30};

core::Micros start_grace(const receipts::ChasePolicies& policies) {
  core::Micros grace = kStartGraceMax;
  for (const receipts::ChasePolicy& policy : policies) {
    if (policy.unreceived_after.count() > 0) grace = std::min(grace, policy.unreceived_after);
  }
  return grace;
}

/// The highest level of the alert before and after an event.
v1::GradeLevel level_of_event(const log::Header& header) {
  return std::max(header.reach.before.level, header.reach.after.level);
}

/// Whether the alert is a test or a draft after the event: nobody is ever called about those.
bool is_never_chased(const log::Record& record) {
  const v1::Status status =
      record.payload ? status_in_payload(record.payload->bytes) : v1::STATUS_UNSPECIFIED;
  return status == v1::STATUS_TEST || status == v1::STATUS_DRAFT;
}

bool has_ended(const receipts::ChasedAlert& alert) {
  return alert.phase != v1::PHASE_LIVE;
}

/// When the alert last changed.
core::WallTime changed_at(const receipts::ChasedAlert& alert) {
  core::WallTime time{};
  for (const receipts::ChaseEvent& event : alert.events)
    time = std::max(time, event.time);
  return time;
}

core::Version last_change(const receipts::ChasedAlert& alert) {
  core::Version version = 0;
  for (const receipts::ChaseEvent& event : alert.events) {
    if (receipts::changes_alert(event.type)) version = event.version;
  }
  return version;
}

}  // namespace

Chaser::Chaser(admission::Admission& admission, const log::EventLog& log,
               const receipts::ReceiptStore& receipts, const projections::LiveDirectory& directory,
               const admission::Expirer& expirer, const core::Clock& clock, receipts::ChasePolicies policies)
    : admission_(admission),
      log_(log),
      receipts_(receipts),
      directory_(directory),
      expirer_(expirer),
      clock_(clock),
      policies_(policies),
      ready_(clock.steady() + start_grace(policies)) {}

bool Chaser::is_chased(v1::GradeLevel level) const noexcept {
  const auto index = static_cast<std::size_t>(level);
  return index < policies_.size() && policies_[index] != receipts::ChasePolicy{};
}

bool Chaser::on_committed(const log::CommittedGroup& group) {
  bool noted = false;
  for (const auto& event : group) {
    const log::Header& header = event->record.header;
    if (header.subject_kind != domain::SubjectKind::kAlert) continue;
    const bool chased = receipts::changes_alert(header.type) && is_chased(level_of_event(header)) &&
                        !is_never_chased(event->record);
    const std::lock_guard lock(mutex_);
    // What doesn't change an alert carries its version too, and its end lets go of it.
    if (chased || watched_ids_.count(header.subject) != 0)
      noted = changed_.insert(header.subject).second || noted;
  }
  return noted;
}

core::Result<void> Chaser::discover(const log::LogSnapshot& snapshot, const Stop& stop,
                                    std::set<std::string>& found) const {
  GJALLAR_TRY(projections::for_each_live(snapshot.rows(), [&](const projections::AlertAt& at) {
    found.insert(at.alert.alert_id());  // one that was lowered may have been urgent
    return !(stop && stop());
  }));
  const auto before = projections::seq_at(snapshot, clock_.wall() - kChasedAfterEnd);
  if (!before) return before.error();
  for (core::Seq seq = before.value() + 1; seq <= snapshot.head().seq; ++seq) {
    const auto event = snapshot.read_header(seq);
    if (!event) return event.error();
    const log::Header& header = event.value().record.header;
    if (header.subject_kind == domain::SubjectKind::kAlert && receipts::changes_alert(header.type) &&
        is_chased(level_of_event(header))) {
      found.insert(header.subject);
    }
    if (seq % core::limits::kBulkSliceRecords != 0) continue;
    if (stop && stop()) return {};
    std::this_thread::yield();
  }
  return {};
}

void Chaser::let_go(const std::string& alert_id) {
  watches_.erase(alert_id);
  const std::lock_guard lock(mutex_);
  watched_ids_.erase(alert_id);
}

core::Result<void> Chaser::take_up(const log::LogSnapshot& snapshot, const std::string& alert_id) {
  auto read = receipts::read_chased(snapshot, alert_id);
  if (!read) return read.error();
  if (!read.value()) return {};  // rows are never older than the event that was noted
  receipts::ChasedAlert alert = std::move(*read.value());
  const bool chased =
      receipts::may_be_chased(alert) &&
      std::any_of(alert.events.begin(), alert.events.end(), [this](const receipts::ChaseEvent& event) {
        return receipts::changes_alert(event.type) && is_chased(event.level);
      });
  const bool long_over = has_ended(alert) && changed_at(alert) + kChasedAfterEnd < clock_.wall();
  if (!chased || long_over) {
    let_go(alert_id);
    return {};
  }
  const auto held = watches_.find(alert_id);
  if (held != watches_.end() && last_change(held->second.alert) == last_change(alert)) {
    held->second.alert = std::move(alert);  // whoever was settled still is
    return {};
  }
  Watch watch;
  watch.open = receipts::must_have(alert);
  watch.look = clock_.wall();
  watch.alert = std::move(alert);
  watches_[alert_id] = std::move(watch);
  const std::lock_guard lock(mutex_);
  watched_ids_.insert(alert_id);
  return {};
}

core::Result<std::size_t> Chaser::look_at(const log::LogSnapshot& snapshot, Watch& watch, core::WallTime now,
                                          const Stop& stop) {
  const receipts::ChasedAlert& alert = watch.alert;
  const auto steps = projections::steps_taken(snapshot.rows(), alert.alert_id);
  if (!steps) return steps.error();
  std::map<core::ServiceNumber, std::vector<domain::TakenStep>> taken;
  for (const domain::TakenStep& step : steps.value())
    taken[step.service].push_back(step);
  std::vector<core::ServiceNumber> open;
  watch.open.for_each([&open](core::ServiceNumber number) { open.push_back(number); });

  const auto directory = directory_.now();
  const std::vector<domain::TakenStep> none;
  std::map<v1::EscalationStep, std::vector<v1::EscalatedService>> due;
  core::WallTime look = now + kLookAgain;
  std::size_t looked = 0;
  for (const core::ServiceNumber number : open) {
    if (++looked % core::limits::kBulkSliceRecords == 0) {
      if (stop && stop()) return std::size_t{0};
      std::this_thread::yield();
    }
    const v1::DirectoryEntry* const entry = directory->find(number);
    if (entry == nullptr) continue;  // registered just now: its event wasn't published yet
    const auto progress = receipts::progress_of(receipts_, alert, number);
    if (!progress) return progress.error();
    const auto own = taken.find(number);
    const receipts::ServiceChase found = receipts::chase(
        alert, *entry, progress.value(), own == taken.end() ? none : own->second, now, policies_);
    if (found.settled) watch.open.remove(number);
    if (found.next) look = std::min(look, *found.next);
    for (const receipts::DueStep& step : found.due) {
      v1::EscalatedService& service = due[step.step].emplace_back();
      service.set_service_id(entry->service().service_id());
      service.set_way(step.way);
      if (step.closed_until) *service.mutable_closed_until() = core::to_timestamp(*step.closed_until);
    }
  }
  if (!due.empty()) look = std::min<core::WallTime>(look, now + kTryAgain);
  watch.look = look;
  std::size_t submitted = 0;
  for (const auto& step : due)
    submitted += submit(alert, step.first, step.second);
  return submitted;
}

std::size_t Chaser::submit(const receipts::ChasedAlert& alert, v1::EscalationStep step,
                           const std::vector<v1::EscalatedService>& services) {
  std::size_t submitted = 0;
  for (std::size_t first = 0; first < services.size(); first += kServicesOfCommandMax) {
    const std::size_t last = std::min(services.size(), first + kServicesOfCommandMax);
    v1::Command command;
    v1::EscalateAlert& escalate = *command.mutable_escalate();
    escalate.set_alert_id(alert.alert_id);
    escalate.set_version(alert.version);
    escalate.set_step(step);
    for (std::size_t i = first; i < last; ++i)
      *escalate.add_services() = services[i];
    // The same for every broker that finds the same due.
    const std::string bytes = command.SerializeAsString();
    const std::string key = "escalate-" + core::to_hex(core::as_view(core::sha256(bytes)));
    admission_.submit(domain::broker_principal(), std::move(command), key,
                      [](const core::Result<v1::CommandOutcome>& outcome) {
                        if (!outcome) spdlog::warn("escalation: {}", core::to_text(outcome.error()));
                      });
    ++submitted;
  }
  return submitted;
}

std::size_t Chaser::run_once(const Stop& stop) {
  if (!expirer_.finding().empty()) return 0;
  std::set<std::string> changed;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
  }
  const auto snapshot = log_.snapshot();
  const auto failed = [this](const core::Error& error, const std::string& alert_id) {
    spdlog::warn("escalation: {}", core::to_text(error));
    if (alert_id.empty()) return;
    const std::lock_guard lock(mutex_);
    changed_.insert(alert_id);  // again in the next run
  };
  if (!discovered_) {
    const auto read = discover(*snapshot, stop, changed);
    if (!read) failed(read.error(), {});
    discovered_ = read && !(stop && stop());
  }
  for (const std::string& alert_id : changed) {
    if (stop && stop()) return 0;
    if (const auto taken = take_up(*snapshot, alert_id); !taken) failed(taken.error(), alert_id);
  }
  if (clock_.steady() < ready_) return 0;
  const core::WallTime now = clock_.wall();
  std::size_t submitted = 0;
  std::vector<std::string> done;
  for (auto& [alert_id, watch] : watches_) {
    if (watch.look > now) continue;
    if (stop && stop()) return submitted;
    const auto looked = look_at(*snapshot, watch, now, stop);
    if (!looked) {
      failed(looked.error(), {});
      watch.look = now + kTryAgain;
      continue;
    }
    submitted += looked.value();
    const bool long_over = has_ended(watch.alert) && changed_at(watch.alert) + kChasedAfterEnd < now;
    if (watch.open.empty() || long_over) done.push_back(alert_id);
  }
  for (const std::string& alert_id : done)
    let_go(alert_id);
  return submitted;
}

std::optional<core::WallTime> Chaser::next() const {
  std::optional<core::WallTime> next;
  for (const auto& watch : watches_) {
    if (!next || watch.second.look < *next) next = watch.second.look;
  }
  const auto grace = std::chrono::ceil<core::Micros>(ready_ - clock_.steady());
  if (next && grace.count() > 0) return std::max(*next, clock_.wall() + grace);
  return next;
}

}  // namespace gjallar::operations
