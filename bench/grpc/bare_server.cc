#include "bench/grpc/bare_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "gjallar/v1/subscriber_service.grpc.pb.h"

namespace gjallar::bench {
namespace {

namespace v1 = gjallar::v1;

class BareStream;

/// The streams that said hello. Any thread.
class BareStreams {
 public:
  void add(BareStream* stream) {
    const std::lock_guard lock(mutex_);
    streams_.push_back(stream);
  }
  void remove(BareStream* stream) {
    const std::lock_guard lock(mutex_);
    streams_.erase(std::remove(streams_.begin(), streams_.end(), stream), streams_.end());
  }
  void written() {
    if (outstanding_.fetch_sub(1) != 1) return;
    const std::lock_guard lock(mutex_);
    all_written_.notify_all();
  }
  /// To all, once the one before is written.
  void send(const std::string& bytes);

 private:
  std::mutex mutex_;
  std::condition_variable all_written_;
  std::vector<BareStream*> streams_;
  std::atomic<std::size_t> outstanding_{0};
  grpc::ByteBuffer message_;
};

class BareStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit BareStream(BareStreams& streams) : streams_(streams) { StartRead(&incoming_); }

  /// The client's start, answered as the broker does when nothing is to be caught up.
  void OnReadDone(bool ok) override {
    if (!ok || live_) return;
    v1::SubscribeResponse hello;
    hello.mutable_frame()->mutable_caughtup()->set_seq(1);
    const grpc::Slice slice(hello.SerializeAsString());
    hello_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&hello_);
  }
  void OnWriteDone(bool) override {
    if (live_) return streams_.written();
    live_ = true;
    streams_.add(this);
  }
  void OnCancel() override {
    streams_.remove(this);
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  BareStreams& streams_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer hello_;
  bool live_ = false;
};

void BareStreams::send(const std::string& bytes) {
  std::vector<BareStream*> streams;
  {
    std::unique_lock lock(mutex_);
    all_written_.wait(lock, [this] { return outstanding_ == 0; });
    streams = streams_;
  }
  const grpc::Slice slice(bytes);
  message_ = grpc::ByteBuffer(&slice, 1);
  outstanding_ = streams.size();
  for (BareStream* const stream : streams)
    stream->StartWrite(&message_);
}

class BareService final
    : public v1::SubscriberService::WithRawCallbackMethod_Subscribe<v1::SubscriberService::Service> {
 public:
  explicit BareService(BareStreams& streams) : streams_(streams) {}
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Subscribe(
      grpc::CallbackServerContext*) override {
    return new BareStream(streams_);
  }

 private:
  BareStreams& streams_;
};

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) throw std::runtime_error("a key file can't be read");
  return text.str();
}

/// Takes one connection, whose lines are marks, and publishes each.
void serve_control(int port, const std::string& file, std::size_t bytes, BareStreams& streams) {
  const int log = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (log < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 8) != 0) {
    throw std::runtime_error("no control port or no file");
  }
  std::string frame(bytes, 'x');
  for (;;) {
    const int control = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    std::array<char, 4096> buffer{};
    std::string waiting;
    for (ssize_t count; (count = ::recv(control, buffer.data(), buffer.size(), 0)) > 0;) {
      waiting.append(buffer.data(), static_cast<std::size_t>(count));
      for (std::size_t end; (end = waiting.find('\n')) != std::string::npos; waiting.erase(0, end + 1)) {
        if (end < bytes) frame.replace(bytes - end, end, waiting, 0, end);
        if (::write(log, frame.data(), frame.size()) < 0 || ::fdatasync(log) != 0)
          throw std::runtime_error("the file can't be written");
        streams.send(frame);
      }
    }
    ::close(control);
  }
}

}  // namespace

BareGrpcServer::BareGrpcServer(const std::filesystem::path& folder, const std::filesystem::path& keys,
                               std::size_t bytes)
    : port_(free_port()),
      control_port_(free_port()),
      child_({this_program(), "--bare-grpc", std::to_string(port_), std::to_string(control_port_),
              (folder / "bare-grpc.log").string(), std::to_string(bytes), keys.string()},
             folder / "bare-grpc.out") {
  wait_for_port(control_port_, child_);
  control_ = connect_to(control_port_);
}

BareGrpcServer::~BareGrpcServer() {
  ::close(control_);
}

void BareGrpcServer::publish(const std::vector<std::string>& marks) {
  std::string lines;
  for (const std::string& mark : marks)
    lines += mark + "\n";
  write_all(control_, lines);
}

int run_bare_grpc_server(const std::vector<std::string>& words) {
  if (words.size() != 5) return 2;
  const std::filesystem::path keys(words[4]);
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({text_of(keys / "server.key"), text_of(keys / "server.pem")});
  BareStreams streams;
  BareService service(streams);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + words[0], grpc::SslServerCredentials(tls));
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) throw std::runtime_error("the bare server can't listen");
  serve_control(std::stoi(words[1]), words[2], std::stoul(words[3]), streams);
  return 0;
}

}  // namespace gjallar::bench
