#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "broker/core/bounded_queue.h"
#include "broker/edges/address_limits.h"
#include "broker/edges/bulk_reader.h"
#include "broker/edges/feed_budget.h"
#include "broker/edges/grpc/caller.h"
#include "broker/edges/grpc/status.h"
#include "broker/edges/parts.h"
#include "broker/receipts/report_times.h"

namespace gjallar::edges {

/// A thread that finishes the calls of committed commands, so that the appender's thread doesn't spend its
/// time in gRPC. Any thread.
class Answers {
 public:
  using Job = std::function<void()>;
  Answers();
  /// As stop().
  ~Answers();
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;
  /// Runs the job soon, or here if too many wait or the thread has stopped.
  void run(Job job);
  /// Runs what waits and joins.
  void stop();

 private:
  core::BoundedQueue<Job> jobs_;
  std::thread thread_;
};

/// A call that stays open until someone ends it.
class OpenCall {
 public:
  virtual ~OpenCall() = default;
  /// The broker is stopping: finish as soon as gRPC allows. Any thread; more than once does no harm.
  virtual void end() = 0;
};

/// The open calls, so that the server's shutdown never waits for one. Any thread.
class OpenCalls {
 public:
  /// False if the edge is stopping: the call must finish at once.
  [[nodiscard]] bool add(const std::shared_ptr<OpenCall>& call);
  void remove(const OpenCall* call);
  /// Ends all, and every later one.
  void end_all();

 private:
  std::mutex mutex_;
  bool ending_ = false;
  std::unordered_map<const OpenCall*, std::weak_ptr<OpenCall>> calls_;
};

/// What the services share. Outlives the server.
struct Services {
  Services(Parts from, std::size_t sessions_per_address)
      : parts(std::move(from)), addresses(sessions_per_address) {}

  /// The caller, unless the edge is draining. UNAVAILABLE, UNAUTHENTICATED.
  [[nodiscard]] core::Result<domain::Principal> admit(const grpc::CallbackServerContext& context) const;

  Parts parts;
  std::atomic<bool> draining{false};
  AddressLimits addresses;  ///< of sessions
  FeedBudget feeds;
  OpenCalls calls;
  receipts::ReportTimes reports;
  Answers answers;
  BulkReader reader;       ///< views, history, delivery, replay
  BulkReader maintenance;  ///< verify and rebuild, which may take long
};

/// A generated service with what all of them work with.
template <typename Generated>
class ServiceOf : public Generated {
 public:
  explicit ServiceOf(Services& services) : services_(services) {}

 protected:
  Services& services_;
};

/// Answers one call by `work(principal)`, a Result<Response>, on a bulk reader's thread. `work` may use the
/// request: it lives as long as the call.
template <typename Response, typename Work>
grpc::ServerUnaryReactor* answer_on(BulkReader& reader, Services& services,
                                    grpc::CallbackServerContext* context, Response* response, Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto caller = services.admit(*context);
  if (!caller) {
    reactor->Finish(to_status(caller.error()));
    return reactor;
  }
  const auto queued =
      reader.run([reactor, response, context, principal = std::move(*caller), work = std::move(work)] {
        if (context->IsCancelled()) {
          reactor->Finish(grpc::Status::CANCELLED);
          return;
        }
        core::Result<Response> result = work(principal);
        if (result) {
          *response = std::move(*result);
          reactor->Finish(grpc::Status::OK);
        } else {
          reactor->Finish(to_status(result.error()));
        }
      });
  if (!queued) reactor->Finish(to_status(queued.error()));
  return reactor;
}

/// Answers one call by work in slices on a bulk reader's thread: `begin(principal)`, a
/// Result<std::unique_ptr<Work>>, whose Work has step() (true: more) and take().
template <typename Response, typename Begin>
grpc::ServerUnaryReactor* answer_in_slices(BulkReader& reader, Services& services,
                                           grpc::CallbackServerContext* context, Response* response,
                                           Begin begin) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto caller = services.admit(*context);
  if (!caller) {
    reactor->Finish(to_status(caller.error()));
    return reactor;
  }
  using Work = typename decltype(begin(*caller))::value_type;
  const auto slice = [reactor, response, context, principal = std::move(*caller), begin = std::move(begin),
                      work = std::make_shared<Work>()] {
    const auto finish = [reactor](const grpc::Status& status) {
      reactor->Finish(status);
      return false;
    };
    if (context->IsCancelled()) return finish(grpc::Status::CANCELLED);
    if (!*work) {
      auto begun = begin(principal);
      if (!begun) return finish(to_status(begun.error()));
      *work = std::move(*begun);
      return true;
    }
    const auto more = (*work)->step();
    if (!more) return finish(to_status(more.error()));
    if (*more) return true;
    *response = (*work)->take();
    return finish(grpc::Status::OK);
  };
  const auto queued = reader.run_in_slices(slice);
  if (!queued) reactor->Finish(to_status(queued.error()));
  return reactor;
}

/// Answers one call by handing a command to admission.
template <typename Response>
grpc::ServerUnaryReactor* answer_command(Services& services, grpc::CallbackServerContext* context,
                                         Response* response, const std::string& idempotency_key,
                                         v1::Command command) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto caller = services.admit(*context);
  if (!caller) {
    reactor->Finish(to_status(caller.error()));
    return reactor;
  }
  services.parts.admission.submit(
      *caller, std::move(command), idempotency_key,
      [&services, reactor, response](core::Result<v1::CommandOutcome> outcome) {
        services.answers.run([reactor, response, outcome = std::move(outcome)] {
          if (outcome) *response->mutable_outcome() = *outcome;
          reactor->Finish(outcome ? grpc::Status::OK : to_status(outcome.error()));
        });
      });
  return reactor;
}

}  // namespace gjallar::edges
