#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "broker/admission/admission.h"
#include "broker/core/clock.h"
#include "broker/core/limits.h"
#include "broker/edges/cap/settings.h"
#include "broker/fanout/hub.h"
#include "broker/log/event_log.h"
#include "broker/projections/live_directory.h"
#include "broker/receipts/receipt_store.h"
#include "broker/security/authenticator.h"
#include "gjallar/v1/operator_service.pb.h"

namespace gjallar::edges {

class ContactDesk;
class TokenDesk;

/// What the edges translate for. All parts outlive the edges.
struct Parts {
  log::EventLog& log;
  const projections::LiveDirectory& directory;
  admission::Admission& admission;
  receipts::ReceiptStore& receipts;
  fanout::Hub& hub;
  const security::Authenticator& authenticator;
  const core::Clock& clock;
  /// How the broker does; from operations. Any thread.
  std::function<gjallar::v1::GetStatusResponse()> status;
  cap::Settings cap = {};
  TokenDesk* tokens = nullptr;      ///< nullptr: no tokens are given out here
  ContactDesk* contacts = nullptr;  ///< nullptr: no contacts are kept here
  /// Id of the service that a principal belongs to; empty: of none. Any thread.
  std::function<std::string(const std::string& principal)> service_of = {};
  std::chrono::milliseconds heartbeat = core::limits::kHeartbeatInterval;
};

}  // namespace gjallar::edges
