// The helper process of `StreamReaders`.
#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <string.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "bench/grpc/stream_readers.h"
#include "bench/support/measure.h"
#include "gjallar/v1/subscriber_service.pb.h"

namespace gjallar::bench {
namespace {

namespace v1 = gjallar::v1;

constexpr std::size_t kOpeningMax = 64;  // at once
constexpr double kOpenWaitS = 180;
constexpr double kMarkWaitS = 180;
constexpr std::chrono::milliseconds kStep{1'000};
constexpr const char* kMethod = "/gjallar.v1.SubscriberService/Subscribe";

std::string joined(grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

/// One subscriber: one operation under way at a time.
struct Stream {
  enum class Step { kCall, kStart, kRead };
  Step step = Step::kCall;
  bool live = false;
  std::size_t index = 0;
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericStub> stub;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::ByteBuffer buffer;
};

class StreamLoop {
 public:
  explicit StreamLoop(int commands) : pipe_(commands) {}

  [[noreturn]] void run() {
    for (;;) {
      const std::string command = pipe_.receive();
      if (command == "connect") {
        (void)answered(pipe_, [this] { connect(); });
        continue;
      }
      mark_ = pipe_.receive();
      if (!answered(pipe_, [this] { arm(); })) continue;
      if (answered(pipe_, [this] { await(missing_, kMarkWaitS, "got nothing"); }))
        send_items(pipe_, receipts_);
      mark_.clear();
    }
  }

 private:
  void connect() {
    const std::string endpoint = "127.0.0.1:" + pipe_.receive();
    const std::size_t count = std::stoul(pipe_.receive());
    std::ifstream file(pipe_.receive());
    std::ostringstream authority;
    authority << file.rdbuf();
    std::vector<std::string> tokens(std::stoul(pipe_.receive()));
    for (std::string& token : tokens)
      token = pipe_.receive();
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = authority.str();
    const auto credentials = grpc::SslCredentials(tls);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    receipts_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      Stream& stream = *streams_.emplace_back(std::make_unique<Stream>());
      stream.index = i;
      stream.context.set_wait_for_ready(true);
      stream.context.AddMetadata("authorization", "Bearer " + tokens[i % tokens.size()]);
      stream.stub =
          std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(endpoint, credentials, arguments));
      stream.call = stream.stub->PrepareCall(&stream.context, kMethod, &queue_);
      stream.call->StartCall(&stream);
      ++opening_;
      await(opening_, kOpenWaitS, "did not open", i + 1 < count ? kOpeningMax - 1 : 0);
    }
  }

  /// What is still on its way from before doesn't count.
  void arm() {
    while (step(std::chrono::milliseconds(0))) {
    }
    if (!failure_.empty()) throw std::runtime_error(failure_);
    std::fill(receipts_.begin(), receipts_.end(), Receipt{});
    missing_ = streams_.size();
  }

  /// Until no more than `rest` are left of `count`.
  void await(const std::size_t& count, double seconds_max, const char* what, std::size_t rest = 0) {
    const auto start = Clock::now();
    while (count > rest) {
      (void)step(kStep);
      if (!failure_.empty()) throw std::runtime_error(failure_);
      if (seconds_since(start) > seconds_max)
        throw std::runtime_error(fmt::format("{} of {} streams {}", count, streams_.size(), what));
    }
  }

  /// One event of the queue; false if none comes in time.
  bool step(std::chrono::milliseconds time) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + time) !=
        grpc::CompletionQueue::GOT_EVENT)
      return false;
    Stream& stream = *static_cast<Stream*>(tag);
    if (!ok) {
      if (failure_.empty()) failure_ = fmt::format("the server closed stream {}", stream.index);
      return true;
    }
    switch (stream.step) {
      case Stream::Step::kCall: {
        v1::SubscribeRequest request;
        request.mutable_start()->set_client_id(fmt::format("bench-{}", stream.index));
        const grpc::Slice slice(request.SerializeAsString());
        stream.step = Stream::Step::kStart;
        stream.call->Write(grpc::ByteBuffer(&slice, 1), &stream);
        return true;
      }
      case Stream::Step::kStart:
        stream.step = Stream::Step::kRead;
        break;
      case Stream::Step::kRead:
        take(stream);
        break;
    }
    stream.call->Read(&stream.buffer, &stream);
    return true;
  }

  void take(Stream& stream) {
    const std::string bytes = joined(stream.buffer);
    if (!stream.live) {
      v1::SubscribeResponse response;
      if (!response.ParseFromString(bytes) || !response.frame().has_caughtup()) return;
      stream.live = true;
      --opening_;
      return;
    }
    Receipt& receipt = receipts_[stream.index];
    receipt.bytes += bytes.size();
    if (mark_.empty() || receipt.read_ns != 0 ||
        ::memmem(bytes.data(), bytes.size(), mark_.data(), mark_.size()) == nullptr)
      return;
    receipt.read_ns = steady_ns();
    receipt.arrived_ns =
        std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    --missing_;
  }

  MessagePipe pipe_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<Receipt> receipts_;
  std::string mark_;
  std::size_t opening_ = 0;
  std::size_t missing_ = 0;
  std::string failure_;
};

}  // namespace

int run_stream_readers(int socket) {
  // Never destroyed: gRPC's threads may still look at it when the process ends.
  auto* const loop = new StreamLoop(socket);
  return serve_as("streams", [loop]() -> int { loop->run(); });
}

}  // namespace gjallar::bench
