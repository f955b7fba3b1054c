#pragma once

#include <string>
#include <utility>

#include "broker/edges/grpc/services.h"

namespace gjallar::edges {

/// This broker was started without what the call needs.
[[nodiscard]] inline core::Error not_offered() {
  return core::make_error(v1::ERROR_CODE_UNSUPPORTED, "", "This broker doesn't offer the call.",
                          "Ask the operator.");
}

/// Answers one call by what `begin(principal, done)` gives `done`, a Result<Response>, once, on any thread.
template <typename Response, typename Begin>
grpc::ServerUnaryReactor* answer_later(Services& services, grpc::CallbackServerContext* context,
                                       Response* response, Begin begin) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto caller = services.admit(*context);
  if (!caller) {
    reactor->Finish(to_status(caller.error()));
    return reactor;
  }
  begin(*caller, [&services, reactor, response](core::Result<Response> answer) {
    services.answers.run([reactor, response, answer = std::move(answer)] {
      if (answer) *response = *answer;
      reactor->Finish(answer ? grpc::Status::OK : to_status(answer.error()));
    });
  });
  return reactor;
}

}  // namespace gjallar::edges
