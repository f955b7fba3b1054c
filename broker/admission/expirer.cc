#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "broker/admission/admission.h"
#include "broker/projections/alerts.h"

namespace gjallar::admission {
namespace {

/// Commands submitted in one run; the next run takes the rest.
constexpr std::size_t kExpireGroupMax = 64;
/// Wall and steady clock may be apart by so much.
constexpr std::chrono::seconds kDisagreementMax{60};

}  // namespace

/// Alerts whose command hasn't been answered yet. Shared with the answers, which come on the
/// appender's thread.
struct Expirer::UnderWay {
  std::mutex mutex;
  std::set<std::string> alerts;

  bool begin(const std::string& alert_id) {
    const std::lock_guard lock(mutex);
    return alerts.insert(alert_id).second;
  }
  void end(const std::string& alert_id) {
    const std::lock_guard lock(mutex);
    alerts.erase(alert_id);
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return alerts.size();
  }
};

Expirer::Expirer(Admission& admission, const log::EventLog& log, const core::Clock& clock)
    : admission_(admission),
      log_(log),
      clock_(clock),
      wall_start_(clock.wall()),
      steady_start_(clock.steady()),
      under_way_(std::make_shared<UnderWay>()) {}

Expirer::~Expirer() = default;

core::Micros Expirer::disagreement() const {
  const std::lock_guard lock(mutex_);
  const auto wall = clock_.wall() - wall_start_;
  const auto steady = std::chrono::duration_cast<core::Micros>(clock_.steady() - steady_start_);
  return wall > steady ? wall - steady : steady - wall;
}

std::string Expirer::finding() const {
  const core::Micros apart = disagreement();
  if (apart <= kDisagreementMax) return {};
  return fmt::format("Expiry pauses: the wall clock was moved by {} s. Set it right, or confirm that it is.",
                     std::chrono::duration_cast<std::chrono::seconds>(apart).count());
}

void Expirer::confirm_clock() {
  const std::lock_guard lock(mutex_);
  wall_start_ = clock_.wall();
  steady_start_ = clock_.steady();
}

std::size_t Expirer::run_once() {
  if (disagreement() > kDisagreementMax) return 0;
  const auto snapshot = log_.snapshot();
  const core::WallTime now = clock_.wall();
  // What is under way is due still: ask for so many more, that it doesn't hide the rest.
  const std::size_t max = kExpireGroupMax + under_way_->count();
  std::size_t submitted = 0;
  // A log that can't be read says so by its own finding.
  std::set<std::string> over;
  if (const auto due = projections::due_to_expire(snapshot->rows(), now, max)) {
    over.insert(due.value().begin(), due.value().end());
    submitted += submit(due.value(), false);
  }
  if (auto due = projections::due_to_ask(snapshot->rows(), now, max)) {
    // Nobody is asked about an alert whose time is over, though its end may be answered already.
    auto& ids = due.value();
    ids.erase(std::remove_if(ids.begin(), ids.end(),
                             [&over](const std::string& id) { return over.count(id) != 0; }),
              ids.end());
    submitted += submit(ids, true);
  }
  return submitted;
}

std::size_t Expirer::submit(const std::vector<std::string>& due, bool question) {
  std::size_t submitted = 0;
  for (const std::string& alert_id : due) {
    if (submitted == kExpireGroupMax || !under_way_->begin(alert_id)) continue;
    v1::Command command;
    if (question) {
      command.mutable_ask_expiry()->set_alert_id(alert_id);
    } else {
      command.mutable_expire()->set_alert_id(alert_id);
    }
    admission_.submit(domain::broker_principal(), std::move(command), {},
                      [under_way = under_way_, alert_id](const core::Result<v1::CommandOutcome>&) {
                        under_way->end(alert_id);
                      });
    ++submitted;
  }
  return submitted;
}

}  // namespace gjallar::admission
