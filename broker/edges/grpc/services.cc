#include "broker/edges/grpc/services.h"

#include <vector>

#include "broker/core/limits.h"

namespace gjallar::edges {
namespace {

/// As many as the appender may complete at once.
constexpr std::size_t kAnswersMax = core::limits::kAppendQueueMax + core::limits::kAppendGroupMax;

}  // namespace

Answers::Answers() : jobs_(kAnswersMax) {
  thread_ = std::thread([this] {
    std::vector<Job> group;
    while (jobs_.pop_group(group, core::limits::kAppendGroupMax)) {
      for (Job& job : group)
        job();
      group.clear();
    }
  });
}

Answers::~Answers() {
  stop();
}

void Answers::run(Job job) {
  if (!jobs_.try_push(job)) job();
}

void Answers::stop() {
  jobs_.close();
  if (thread_.joinable()) thread_.join();
}

bool OpenCalls::add(const std::shared_ptr<OpenCall>& call) {
  const std::lock_guard lock(mutex_);
  if (ending_) return false;
  calls_.emplace(call.get(), call);
  return true;
}

void OpenCalls::remove(const OpenCall* call) {
  const std::lock_guard lock(mutex_);
  calls_.erase(call);
}

void OpenCalls::end_all() {
  std::vector<std::shared_ptr<OpenCall>> open;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const auto& entry : calls_) {
      if (auto call = entry.second.lock()) open.push_back(std::move(call));
    }
  }
  for (const auto& call : open)
    call->end();
}

core::Result<domain::Principal> Services::admit(const grpc::CallbackServerContext& context) const {
  if (draining.load(std::memory_order_relaxed)) return draining_error();
  return caller_of(context.auth_context().get(), context.client_metadata(), parts.authenticator);
}

}  // namespace gjallar::edges
