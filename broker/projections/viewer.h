#pragma once

#include <optional>
#include <string_view>

#include "broker/domain/directory.h"
#include "broker/domain/principal.h"
#include "broker/log/event_log.h"
#include "broker/projections/alerts.h"

namespace gjallar::projections {

/// Who looks, at one moment: the principal, and its service as it stood then. Must not outlive the principal.
class Viewer {
 public:
  [[nodiscard]] static core::Result<Viewer> at(const log::LogSnapshot& snapshot,
                                               const domain::Principal& principal, core::Seq seq);

  /// domain::may_view.
  [[nodiscard]] bool sees(const AlertAt& at) const;
  /// Whether it sees an alert whomever it concerned: its sender, and who may view all.
  [[nodiscard]] bool sees_all_of(const gjallar::v1::Alert& alert) const;
  /// Whether one event of an alert concerned its service.
  [[nodiscard]] bool was_told(const domain::ServiceSet& targets) const;
  /// Whether it may see a service's entry: its own, and all for who issues, assesses, operates, audits or
  /// views any alert.
  [[nodiscard]] bool sees_service(std::string_view service_id) const;

 private:
  explicit Viewer(const domain::Principal& principal) : principal_(&principal) {}

  const domain::Principal* principal_;
  std::optional<core::ServiceNumber> number_;
  domain::Directory own_;  ///< nothing but the principal's service
};

/// NOT_FOUND for an alert: the same whether there is none or it may not be seen.
[[nodiscard]] core::Error no_such_alert(std::string_view field);
/// NOT_FOUND for a service, likewise.
[[nodiscard]] core::Error no_such_service(std::string_view field);

}  // namespace gjallar::projections
