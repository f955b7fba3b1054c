#include "subscribers/client/publisher.h"

#include <thread>
#include <utility>

#include "broker/core/random.h"

namespace gjallar::client {
namespace {

namespace v1 = gjallar::v1;
constexpr std::chrono::seconds kCallDeadline{10};
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{1'000};

bool worth_repeating(const core::Error& error) {
  return error.code == v1::ERROR_CODE_UNAVAILABLE || error.code == v1::ERROR_CODE_OVERLOADED ||
         error.code == v1::ERROR_CODE_OUTCOME_UNKNOWN;
}

void set_deadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
}

}  // namespace

Publisher::Publisher(std::shared_ptr<Connection> connection, std::chrono::milliseconds patience)
    : connection_(std::move(connection)),
      patience_(patience),
      publisher_(v1::PublisherService::NewStub(connection_->channel())),
      directory_(v1::DirectoryService::NewStub(connection_->channel())) {}

core::Result<v1::CommandOutcome> Publisher::send(const v1::Command& command, std::string idempotency_key) {
  if (idempotency_key.empty()) {
    core::SystemRandom random;
    idempotency_key = core::to_hex(core::as_view(random.bytes32())).substr(0, 32);
  }
  const auto give_up = std::chrono::steady_clock::now() + patience_;
  auto pause = kFirstPause;
  for (bool again = false;; again = true) {
    v1::CommandOutcome outcome;
    const grpc::Status status = call(command, idempotency_key, again, outcome);
    if (status.ok()) return outcome;
    core::Error error = error_of(status);
    if (!worth_repeating(error) || std::chrono::steady_clock::now() + pause > give_up) return error;
    std::this_thread::sleep_for(error.retry_after.value_or(pause));
    pause = std::min(pause * 2, kLongestPause);
  }
}

core::Result<v1::CommandOutcome> Publisher::preview(const v1::IssueAlert& issue) {
  grpc::ClientContext context;
  connection_->authorize(context);
  set_deadline(context);
  v1::IssueRequest request;
  *request.mutable_issue() = issue;
  request.set_validate_only(true);
  v1::IssueResponse response;
  const grpc::Status status = publisher_->Issue(&context, request, &response);
  if (!status.ok()) return error_of(status);
  return response.outcome();
}

grpc::Status Publisher::call(const v1::Command& command, const std::string& key, bool wait_for_broker,
                             v1::CommandOutcome& outcome) {
  grpc::ClientContext context;
  // A connection comes about only while a call waits for it: one that fails at once would never see the
  // broker come back.
  context.set_wait_for_ready(wait_for_broker);
  connection_->authorize(context);
  set_deadline(context);
  const auto unary = [&](auto& stub, auto method, auto request, auto set_command, auto response) {
    request.set_idempotency_key(key);
    set_command(request);
    const grpc::Status status = (stub.*method)(&context, request, &response);
    outcome = response.outcome();
    return status;
  };
  using P = v1::PublisherService::Stub;
  using D = v1::DirectoryService::Stub;
  switch (command.command_case()) {
    case v1::Command::kIssue:
      return unary(
          *publisher_, &P::Issue, v1::IssueRequest(), [&](auto& r) { *r.mutable_issue() = command.issue(); },
          v1::IssueResponse());
    case v1::Command::kRevise:
      return unary(
          *publisher_, &P::Revise, v1::ReviseRequest(),
          [&](auto& r) { *r.mutable_revise() = command.revise(); }, v1::ReviseResponse());
    case v1::Command::kGrade:
      return unary(
          *publisher_, &P::Grade, v1::GradeRequest(), [&](auto& r) { *r.mutable_grade() = command.grade(); },
          v1::GradeResponse());
    case v1::Command::kWiden:
      return unary(
          *publisher_, &P::Widen, v1::WidenRequest(), [&](auto& r) { *r.mutable_widen() = command.widen(); },
          v1::WidenResponse());
    case v1::Command::kRetract:
      return unary(
          *publisher_, &P::Retract, v1::RetractRequest(),
          [&](auto& r) { *r.mutable_retract() = command.retract(); }, v1::RetractResponse());
    case v1::Command::kObserve:
      return unary(
          *publisher_, &P::Observe, v1::ObserveRequest(),
          [&](auto& r) { *r.mutable_observe() = command.observe(); }, v1::ObserveResponse());
    case v1::Command::kCountOverdoses:
      return unary(
          *publisher_, &P::CountOverdoses, v1::CountOverdosesRequest(),
          [&](auto& r) { *r.mutable_count_overdoses() = command.count_overdoses(); },
          v1::CountOverdosesResponse());
    case v1::Command::kReport:
      return unary(
          *publisher_, &P::Report, v1::ReportRequest(),
          [&](auto& r) { *r.mutable_report() = command.report(); }, v1::ReportResponse());
    case v1::Command::kConclude:
      return unary(
          *publisher_, &P::Conclude, v1::ConcludeRequest(),
          [&](auto& r) { *r.mutable_conclude() = command.conclude(); }, v1::ConcludeResponse());
    case v1::Command::kReportEscalation:
      return unary(
          *publisher_, &P::ReportEscalation, v1::ReportEscalationRequest(),
          [&](auto& r) { *r.mutable_report() = command.report_escalation(); },
          v1::ReportEscalationResponse());
    case v1::Command::kRegisterService:
      return unary(
          *directory_, &D::RegisterService, v1::RegisterServiceRequest(),
          [&](auto& r) { *r.mutable_register_() = command.register_service(); },
          v1::RegisterServiceResponse());
    case v1::Command::kChangeService:
      return unary(
          *directory_, &D::ChangeService, v1::ChangeServiceRequest(),
          [&](auto& r) { *r.mutable_change() = command.change_service(); }, v1::ChangeServiceResponse());
    case v1::Command::kDisableService:
      return unary(
          *directory_, &D::DisableService, v1::DisableServiceRequest(),
          [&](auto& r) { *r.mutable_disable() = command.disable_service(); }, v1::DisableServiceResponse());
    default:
      return {grpc::StatusCode::INVALID_ARGUMENT, "brokers alone send this command"};
  }
}

}  // namespace gjallar::client
