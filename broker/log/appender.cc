#include "broker/log/appender.h"

#include "broker/core/jitter.h"
#include "broker/core/limits.h"
#include "broker/log/idempotency.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

core::Error stopped_error(std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", std::move(message), std::move(advice));
}

AppendOutcome unavailable(core::Error error) {
  AppendOutcome outcome;
  outcome.status = AppendStatus::kUnavailable;
  outcome.error = std::move(error);
  return outcome;
}

}  // namespace

Appender::Appender(GroupWriter& writer, const core::Digest& secret)
    : writer_(writer),
      secret_(secret),
      queue_(core::limits::kAppendQueueMax),
      head_(writer.head()),
      thread_([this] { run(); }) {}

Appender::~Appender() {
  close();
}

void Appender::append(AppendRequest request, std::function<void(AppendOutcome)> done) {
  Pending pending;
  pending.attribution.principal = std::move(request.principal);
  if (!request.idempotency_key.empty()) {
    pending.attribution.idempotency_hash =
        idempotency_hash(pending.attribution.principal, request.idempotency_key);
    pending.attribution.command_digest = core::hmac_sha256(core::as_view(secret_), request.command_bytes);
  }
  pending.decide = std::move(request.decide);
  pending.deadline = request.deadline;
  pending.done = std::move(done);
  if (!queue_.try_push(pending)) pending.done(unavailable(not_taken()));
}

core::Error Appender::not_taken() const {
  const std::lock_guard lock(state_);
  if (closed_) {
    return stopped_error("The broker is stopping and takes no more commands.",
                         "Send it again with the same idempotency key when the broker is back.");
  }
  if (!finding_.empty())
    return stopped_error(finding_, "An operator must see to the disk and restart the broker.");
  auto error = core::make_error(v1::ERROR_CODE_OVERLOADED, "", "Too many commands wait already.",
                                "Send it again with the same idempotency key after retry_after.");
  error.retry_after = core::jittered(core::limits::kOverloadedRetryAfter);
  return error;
}

void Appender::on_prepared(std::function<void(const CommittedGroup&)> listener) {
  const auto writing = pause();
  writer_.on_prepared(std::move(listener));
}

void Appender::on_committed(Listener listener) {
  const std::lock_guard lock(state_);
  listener_ = std::move(listener);
}

Head Appender::head() const {
  const std::lock_guard lock(state_);
  return head_;
}

std::string Appender::finding() const {
  const std::lock_guard lock(state_);
  return closed_ && finding_.empty() ? "The log is closed." : finding_;
}

void Appender::close() {
  {
    const std::lock_guard lock(state_);
    closed_ = true;
  }
  queue_.close();
  std::call_once(joined_, [this] { thread_.join(); });
}

void Appender::run() {
  std::vector<Pending> group;
  while (queue_.pop_group(group, core::limits::kAppendGroupMax)) {
    work(group);
    group.clear();
  }
}

void Appender::work(std::vector<Pending>& group) {
  std::string finding;
  Listener listener;
  {
    const std::lock_guard lock(state_);
    finding = finding_;
    listener = listener_;
  }
  if (!finding.empty()) {
    const auto error = stopped_error(finding, "An operator must see to the disk and restart the broker.");
    for (auto& pending : group)
      pending.done(unavailable(error));
    return;
  }
  GroupWriter::Written written;
  Head head;
  {
    const auto writing = pause();
    written = writer_.write(group);
    head = writer_.head();
  }
  {
    const std::lock_guard lock(state_);
    head_ = head;
    finding_ = written.finding;
  }
  if (listener && !written.events.empty()) listener(written.events, head);
  for (std::size_t i = 0; i < group.size(); ++i)
    group[i].done(std::move(written.outcomes[i]));
}

}  // namespace gjallar::log
