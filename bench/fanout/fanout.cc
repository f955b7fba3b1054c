// One urgent event of about 1 KiB to 1,000 WebSocket subscribers of a real broker (authenticated, decided,
// chained, folded, synced, pushed), from the start of the publish to each subscriber's receipt, against a
// bare program that syncs the message and loops send().
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "bench/fanout/floor.h"
#include "bench/support/child.h"
#include "bench/support/load_client.h"
#include "bench/support/measure.h"
#include "bench/support/world.h"
#include "subscribers/client/publisher.h"

namespace {

using namespace gjallar::bench;
namespace client = gjallar::client;
namespace v1 = gjallar::v1;

constexpr const char* kServices[] = {
    "syringe-exchange-stockholm", "laro-malmo",    "emergency-malmo",    "outreach-goteborg",
    "addiction-clinic-uppsala",   "outreach-oslo", "ambulance-rogaland", "pharmacy-stockholm"};

client::Publisher publisher_of(const BrokerProcess& broker, const std::string& principal) {
  client::ConnectionOptions options;
  options.endpoint = "127.0.0.1:" + std::to_string(broker.grpc_port());
  options.ca_file = broker.dev_dir() + "/ca.pem";
  options.cert_file = broker.dev_dir() + "/" + principal + ".pem";
  options.key_file = broker.dev_dir() + "/" + principal + ".key";
  auto connection = client::Connection::open(options);
  if (!connection) throw std::runtime_error(gjallar::core::to_text(connection.error()));
  return client::Publisher(*connection);
}

void must(const gjallar::core::Result<v1::CommandOutcome>& outcome) {
  if (!outcome) throw std::runtime_error(gjallar::core::to_text(outcome.error()));
}

void register_services(const BrokerProcess& broker) {
  client::Publisher registrar = publisher_of(broker, "operator");
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

std::string upgrade_request(const std::string& token, int index) {
  return fmt::format(
      "GET /v1/stream?client_id=bench-{} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Protocol: cloudevents.json\r\nAuthorization: Bearer {}\r\n\r\n",
      index, token);
}

/// A round's figures, milliseconds.
struct Figures {
  std::vector<double> first, p50, p99, last;
  void add(const std::vector<double>& seconds) {
    first.push_back(percentile(seconds, 0) * 1e3);
    p50.push_back(percentile(seconds, 0.5) * 1e3);
    p99.push_back(percentile(seconds, 0.99) * 1e3);
    last.push_back(percentile(seconds, 1) * 1e3);
  }
  [[nodiscard]] Row row(const std::string& name) const {
    return {name,
            {{"first_ms", median(first)},
             {"p50_ms", median(p50)},
             {"p99_ms", median(p99)},
             {"last_ms", median(last)}}};
  }
};

int measure(bool quick) {
  const int subscribers = quick ? 100 : 1'000;
  const int rounds = quick ? 3 : 15;
  fmt::print(
      "fanout: {}\n{} WebSocket subscribers, one urgent event of about 1 KiB, {} rounds, medians of the "
      "rounds\n",
      machine_line(), subscribers, rounds);
  const ScratchFolder folder;
  BrokerProcess broker(folder.path());
  register_services(broker);
  const auto tokens = broker.tokens();
  LoadClient readers;
  readers.connect(
      broker.http_port(), subscribers,
      [&](int i) {
        return upgrade_request(tokens.at(kServices[static_cast<std::size_t>(i) % std::size(kServices)]), i);
      },
      "gjallar.v1.caughtup");
  client::Publisher police = publisher_of(broker, "police");
  // The channel's handshake isn't what is measured.
  must(police.preview(issue_command(0).issue()));

  const int floor_port = free_port();
  const Child floor({std::filesystem::read_symlink("/proc/self/exe").string(), "--floor",
                     std::to_string(floor_port), (folder.path() / "floor.log").string()},
                    folder.path() / "floor.out");
  wait_for_port(floor_port, floor);
  LoadClient floor_readers;
  floor_readers.connect(
      floor_port, subscribers, [](int) { return ""; }, "");
  const int control = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(floor_port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(control, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no floor");

  Figures own, raw;
  std::vector<double> first_ratios, p50_ratios, p99_ratios, last_ratios;
  for (int round = 0; round < rounds + 1; ++round) {
    const std::string mark = fmt::format("mark-{:06d}", round);
    v1::Command command = issue_command(round);
    command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(mark);
    const auto broker_seconds = readers.receipts(mark, [&] { must(police.send(command, "")); });
    const auto floor_seconds = floor_readers.receipts(mark, [&] {
      if (::send(control, mark.data(), mark.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("no floor");
    });
    if (round == 0) continue;  // the first warms up
    own.add(broker_seconds);
    raw.add(floor_seconds);
    first_ratios.push_back(own.first.back() / raw.first.back());
    p50_ratios.push_back(own.p50.back() / raw.p50.back());
    p99_ratios.push_back(own.p99.back() / raw.p99.back());
    last_ratios.push_back(own.last.back() / raw.last.back());
  }
  ::close(control);
  print_rows("fanout", {own.row("gjallar"),
                        raw.row("floor: sync and loop send()"),
                        {"ratio",
                         {{"first", median(first_ratios)},
                          {"p50", median(p50_ratios)},
                          {"p99", median(p99_ratios)},
                          {"p99_min", percentile(p99_ratios, 0)},
                          {"p99_max", percentile(p99_ratios, 1)},
                          {"last", median(last_ratios)},
                          {"rounds", static_cast<double>(rounds)}}}});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--floor") run_floor(std::atoi(argv[2]), argv[3], 1536);
  try {
    return measure(is_quick(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_fanout: {}\n", error.what());
    return 1;
  }
}
