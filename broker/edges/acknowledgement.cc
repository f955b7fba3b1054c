#include "broker/edges/acknowledgement.h"

#include <utility>

#include "broker/core/jitter.h"
#include "broker/core/limits.h"
#include "broker/projections/alerts.h"
#include "broker/projections/queries.h"

namespace gjallar::edges {
namespace {

core::Result<receipts::Receipt> receipt_of(const Parts& parts, const domain::Principal& principal,
                                           const v1::Acknowledged& acknowledged,
                                           receipts::TransportKind transport) {
  if (!principal.service || !principal.rights.subscribe) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "acknowledge",
                            "Only a receiving service can confirm an alert.",
                            "Use the credentials of a service.");
  }
  if (acknowledged.version() == 0) {
    return core::make_error(v1::ERROR_CODE_MISSING_FIELD, "version", "The version that was read is missing.",
                            "Send the version of the alert that was shown.");
  }
  GJALLAR_TRY(parts.admission.check_acknowledged(principal, acknowledged));
  const auto directory = parts.directory.now();
  const auto* service = directory->find(principal.service->value());
  if (service == nullptr) {
    return core::make_error(v1::ERROR_CODE_UNKNOWN_SERVICE, "", "The caller's service isn't registered.",
                            "Ask the operator to register it.");
  }
  const auto snapshot = parts.log.snapshot();
  v1::GetAlertRequest request;
  request.set_alert_id(acknowledged.alert_id());
  const auto found = projections::get_alert(*snapshot, principal, request);
  if (!found) return found.error();
  const auto seq =
      projections::seq_of_version(snapshot->rows(), found->alert().alert_id(), acknowledged.version());
  if (!seq) return seq.error();
  if (!*seq) {
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "version", "The alert has no such version.",
                            "Send the version of the alert that was shown.");
  }
  receipts::Receipt receipt;
  receipt.service = service->number();
  receipt.stage = receipts::Stage::kAcknowledged;
  receipt.seqs = {**seq};
  receipt.time = parts.clock.wall();
  receipt.transport = transport;
  receipt.pseudonym = acknowledged.pseudonym();
  receipt.note = acknowledged.note();
  return receipt;
}

}  // namespace

void acknowledge(const Parts& parts, const domain::Principal& principal, const v1::Acknowledged& acknowledged,
                 receipts::TransportKind transport, std::function<void(core::Result<core::WallTime>)> done) {
  auto receipt = receipt_of(parts, principal, acknowledged, transport);
  if (!receipt) {
    done(receipt.error());
    return;
  }
  const core::WallTime time = receipt->time;
  if (parts.receipts.record(std::move(*receipt), [done, time] { done(time); })) return;
  core::Error error = core::make_error(v1::ERROR_CODE_OVERLOADED, "", "Too many receipts wait already.",
                                       "Try again after retry_after.");
  error.retry_after = core::jittered(core::limits::kOverloadedRetryAfter);
  done(error);
}

}  // namespace gjallar::edges
