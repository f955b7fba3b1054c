#include "bench/support/broker_process.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

constexpr int kStartTimeS = 60;
constexpr const char* kServices[] = {
    "syringe-exchange-stockholm", "laro-malmo",    "emergency-malmo",    "outreach-goteborg",
    "addiction-clinic-uppsala",   "outreach-oslo", "ambulance-rogaland", "pharmacy-stockholm"};

/// True once the operations listener says "ready".
bool is_ready(int port) {
  const int socket = try_connect(port);
  if (socket < 0) return false;
  const std::string request = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  std::array<char, 256> answer{};
  const bool ready = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                     ::recv(socket, answer.data(), answer.size() - 1, 0) > 0 &&
                     std::string(answer.data()).rfind("HTTP/1.1 200", 0) == 0;
  ::close(socket);
  return ready;
}

std::string loopback_at(int port) {
  return "127.0.0.1:" + std::to_string(port);
}

}  // namespace

void must(const core::Result<v1::CommandOutcome>& outcome) {
  if (!outcome) throw std::runtime_error(core::to_text(outcome.error()));
}

BrokerProcess::BrokerProcess(const std::filesystem::path& folder) : BrokerProcess(folder, true) {
  register_services();
}

std::unique_ptr<BrokerProcess> BrokerProcess::over_tls(const std::filesystem::path& folder) {
  return std::unique_ptr<BrokerProcess>(new BrokerProcess(folder, false));
}

BrokerProcess::BrokerProcess(std::filesystem::path folder, bool dev)
    : folder_(std::move(folder)),
      http_port_(free_port()),
      grpc_port_(free_port()),
      operations_port_(free_port()) {
  if (!dev) write_configuration();
  child_ = std::make_unique<Child>(words(dev), folder_ / "gjallard.log");
  const auto start = Clock::now();
  while (!is_ready(operations_port_)) {
    if (!child_->alive() || seconds_since(start) > kStartTimeS)
      throw std::runtime_error("gjallard did not become ready");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::vector<std::string> BrokerProcess::words(bool dev) const {
  std::vector<std::string> words{
      program_beside("gjallard"),   "--data-dir", (folder_ / "data").string(), "--http",
      loopback_at(http_port_),      "--grpc",     loopback_at(grpc_port_),     "--operations",
      loopback_at(operations_port_)};
  if (dev) {
    words.emplace_back("--dev");
  } else {
    words.insert(words.end(), {"--config", (folder_ / "gjallar.toml").string()});
  }
  return words;
}

void BrokerProcess::write_configuration() const {
  std::ofstream policy(folder_ / "policy.toml");
  policy << "[principals.police]\nissue = true\nview = \"own\"\n";
  for (const char* service : kServices)
    policy << fmt::format("[principals.{}]\nservice = \"{}\"\nsubscribe = true\nview = \"own\"\n", service,
                          service);
  std::ofstream configuration(folder_ / "gjallar.toml");
  configuration << fmt::format("policy = \"{}\"\n", (folder_ / "policy.toml").string());
  configuration << "connections_per_address = 0\n";  // all come from one
  const std::string pair =
      fmt::format("certificate = \"{0}/server.pem\"\nkey = \"{0}/server.key\"\n", dev_dir().string());
  configuration << fmt::format("[http]\n{}[grpc]\n{}client_ca = \"{}/ca.pem\"\n", pair, pair,
                               dev_dir().string());
}

void BrokerProcess::register_services() const {
  client::Publisher registrar(connection("operator"));
  for (const char* id : kServices) {
    v1::Command command;
    v1::Service& service = *command.mutable_register_service()->mutable_service();
    service.set_service_id(id);
    service.set_name(id);
    service.add_areas("SE-0180");
    service.add_roles("outreach");
    must(registrar.send(command, ""));
  }
}

client::ConnectionOptions BrokerProcess::connection_options(const std::string& principal, bool grpc) const {
  client::ConnectionOptions options;
  options.endpoint = loopback_at(grpc ? grpc_port_ : http_port_);
  if (grpc) {
    options.ca_file = dev_dir() / "ca.pem";
    options.cert_file = dev_dir() / (principal + ".pem");
    options.key_file = dev_dir() / (principal + ".key");
  } else {
    options.token = token_of(principal);
  }
  return options;
}

std::shared_ptr<client::Connection> BrokerProcess::connection(const std::string& principal) const {
  auto connection = client::Connection::open(connection_options(principal, true));
  if (!connection) throw std::runtime_error(core::to_text(connection.error()));
  return *connection;
}

std::string BrokerProcess::token_of(const std::string& principal) const {
  std::ifstream file(dev_dir() / "tokens.json");
  std::ostringstream text;
  text << file.rdbuf();
  return std::string(boost::json::parse(text.str()).at(principal).as_string());
}

std::vector<std::string> BrokerProcess::service_tokens() const {
  std::vector<std::string> tokens;
  for (const char* service : kServices)
    tokens.push_back(token_of(service));
  return tokens;
}

Readers::Greeting BrokerProcess::upgrade_requests(const std::string& query) const {
  return [tokens = service_tokens(), query](int index) {
    return fmt::format(
        "GET /v1/stream?client_id=bench-{}{} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: cloudevents.json\r\n"
        "Authorization: Bearer {}\r\n\r\n",
        index, query, tokens[static_cast<std::size_t>(index) % tokens.size()]);
  };
}

FeedStream::FeedStream(std::shared_ptr<client::Connection> connection)
    : connection_(std::move(connection)), stub_(v1::PublisherService::NewStub(connection_->channel())) {
  connection_->authorize(context_);
  stream_ = stub_->Feed(&context_);
}

FeedStream::FeedStream(std::shared_ptr<grpc::Channel> channel)
    : stub_(v1::PublisherService::NewStub(std::move(channel))), stream_(stub_->Feed(&context_)) {}

FeedStream::~FeedStream() {
  stream_->WritesDone();
  (void)stream_->Finish();
}

void FeedStream::publish(const std::vector<v1::FeedRequest>& requests) {
  std::thread writer([&] {
    for (const v1::FeedRequest& request : requests) {
      if (!stream_->Write(request)) return;
    }
  });
  std::string refused;
  v1::FeedResponse answer;
  for (std::size_t i = 0; i < requests.size() && refused.empty(); ++i) {
    if (!stream_->Read(&answer)) {
      refused = "the feed was closed";
    } else if (answer.more_size() != requests[i].more_size()) {
      refused = "a request was not answered item by item";
    } else if (answer.has_error()) {
      refused = answer.error().message();
    }
    for (const v1::FeedResponse& one : answer.more()) {
      if (one.has_error()) refused = one.error().message();
    }
  }
  if (!refused.empty()) context_.TryCancel();
  writer.join();
  if (!refused.empty()) throw std::runtime_error(refused);
}

}  // namespace gjallar::bench
