#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/domain/principal.h"
#include "broker/domain/role.h"
#include "broker/log/event_log.h"
#include "broker/receipts/ledger.h"
#include "broker/receipts/receipt_store.h"
#include "broker/receipts/report_times.h"
#include "gjallar/v1/view_service.pb.h"

namespace gjallar::receipts {

/// What the question after activity is answered from; all must outlive it.
struct ActivitySources {
  const log::EventLog& log;
  const ReceiptStore& receipts;
  ReportTimes& reports;
  const domain::RoleCatalogue& roles;
  /// Id of the service that a principal belongs to; empty: of none.
  std::function<std::string(const std::string& principal)> service_of;
};

/// How each service keeps up, worked out slice by slice at one moment of the log. An urgent alert counts once
/// for each service that an urgent version of the period concerned; as received (confirmed) if the service
/// has received (confirmed) that version or anything later of the alert. For principals that may view any
/// alert, assess, operate or audit. One thread at a time.
class Activity {
 public:
  /// PERMISSION_DENIED, UNKNOWN_AREA, UNKNOWN_ROLE, INVALID_ARGUMENT (times).
  [[nodiscard]] static core::Result<std::unique_ptr<Activity>> begin(
      ActivitySources sources, const domain::Principal& principal,
      const gjallar::v1::ListServiceActivityRequest& request, Surroundings surroundings);

  /// A bounded piece of work; true if more is left.
  [[nodiscard]] core::Result<bool> step();
  /// The answer; once `step` has said that nothing is left.
  [[nodiscard]] gjallar::v1::ListServiceActivityResponse take();

 private:
  struct UrgentAlert {
    std::string alert_id;
    core::Seq first = 0;  ///< its first urgent version in the period
    domain::ServiceSet targets;
  };
  struct Service {
    core::ServiceNumber number = 0;
    gjallar::v1::ServiceActivity activity;
  };

  Activity(ActivitySources sources, bool exercises, Surroundings surroundings);
  [[nodiscard]] core::Result<void> set_period(const gjallar::v1::ListServiceActivityRequest& request);
  [[nodiscard]] core::Result<void> list_services(const gjallar::v1::ListServiceActivityRequest& request);
  [[nodiscard]] core::Result<void> find_urgent();
  [[nodiscard]] core::Result<void> note_urgent(const log::CommittedEvent& event);
  [[nodiscard]] core::Result<void> count_urgent();
  [[nodiscard]] core::Result<void> count_for(Service& service);
  [[nodiscard]] core::Result<void> finish();

  const ActivitySources sources_;
  const bool exercises_;
  const Surroundings surroundings_;
  const std::unique_ptr<log::LogSnapshot> snapshot_;
  core::Seq next_ = 1;  ///< of the period, not yet looked at
  core::Seq last_ = 0;
  std::vector<UrgentAlert> urgent_;
  std::map<std::string, std::size_t> urgent_by_id_;
  std::vector<Service> services_;
  std::size_t alert_ = 0;                ///< of urgent_, whose services are counted
  std::size_t service_ = 0;              ///< of services_, next for that alert
  std::vector<core::Seq> alert_events_;  ///< of that alert, from its first urgent version on
};

}  // namespace gjallar::receipts
