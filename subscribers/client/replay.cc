#include "subscribers/client/replay.h"

#include <google/protobuf/arena.h>

#include <utility>
#include <vector>

#include "gjallar/v1/operator_service.grpc.pb.h"

namespace gjallar::client {
namespace {

/// A message of a replay is parsed into this: a batch of 64 KiB takes about three times as much.
constexpr std::size_t kArenaBytes = std::size_t{256} * 1024;

/// Hands on the events of a message; false if no more are wanted.
bool hand_on(const gjallar::v1::ReplayResponse& message, const OnReplayed& on_event, Replayed& replayed) {
  if (message.has_caughtup()) replayed.caughtup = message.caughtup();
  if (message.has_event()) {
    ++replayed.events;
    return on_event(message.event());
  }
  for (const gjallar::v1::Event& event : message.batch().events()) {
    ++replayed.events;
    if (!on_event(event)) return false;
  }
  return true;
}

}  // namespace

core::Result<Replayed> replay(const Connection& connection, gjallar::v1::ReplayRequest request,
                              const OnReplayed& on_event) {
  request.set_batches(request.speed() == 0);
  grpc::ClientContext context;
  connection.authorize(context);
  const auto stub = gjallar::v1::OperatorService::NewStub(connection.channel());
  const auto stream = stub->Replay(&context, request);

  std::vector<char> block(kArenaBytes);
  google::protobuf::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  google::protobuf::Arena arena(options);
  Replayed replayed;
  bool wanted = true;
  while (wanted) {
    auto* message = google::protobuf::Arena::CreateMessage<gjallar::v1::ReplayResponse>(&arena);
    if (!stream->Read(message)) break;
    wanted = hand_on(*message, on_event, replayed);
    arena.Reset();
  }
  if (!wanted) context.TryCancel();
  const grpc::Status status = stream->Finish();
  if (!wanted) return replayed;
  if (!status.ok()) return error_of(status);
  if (replayed.caughtup.cursor().empty()) {
    return core::make_error(gjallar::v1::ERROR_CODE_UNAVAILABLE, "", "The replay ended before its end.",
                            "Try again.");
  }
  return replayed;
}

}  // namespace gjallar::client
