#pragma once

#include "broker/core/result.h"
#include "broker/edges/http/message.h"
#include "broker/edges/http/router.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/delivery.pb.h"

/// From a POST's body to what it commands, and from the outcome back. Pure.
namespace gjallar::edges::http {

/// The command of kIssue (body: AlertContent), kRevise, kGrade, kWiden, kRetract, kObserve, kConclude (body:
/// the command without alert_id), kReport (body: ReportAlert) or kRegisterService (body: Service). If-Match
/// is the expected version. INVALID_ARGUMENT.
[[nodiscard]] core::Result<gjallar::v1::Command> command_of(const Route& route, const Request& request);

/// The body of kAcknowledge: version and pseudonym. INVALID_ARGUMENT.
[[nodiscard]] core::Result<gjallar::v1::Acknowledged> acknowledged_of(const Route& route,
                                                                      const Request& request);

/// 201 with Location for what is new, 200 for a duplicate and for changes; the body is the CommandOutcome.
[[nodiscard]] Response outcome_response(const Route& route, const gjallar::v1::Command& command,
                                        const gjallar::v1::CommandOutcome& outcome);

}  // namespace gjallar::edges::http
