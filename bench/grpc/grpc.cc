// One urgent event of about 1 KiB to many gRPC streams of a real broker, from just before the publish to each
// stream's receipt, against a bare gRPC server that syncs a message of the same size and loops StartWrite
// over as many streams.
//   --streams N   1000
//   --rounds N    15
#include <fmt/format.h>

#include "bench/grpc/bare_server.h"
#include "bench/grpc/stream_readers.h"
#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/contest.h"
#include "bench/support/helper.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int streams = number_of(argc, argv, "--streams", quick ? 50 : 1'000);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 3 : 15);
  fmt::print(
      "{} gRPC streams, one urgent event of about 1 KiB, medians of {} rounds, ratios of the same round with "
      "95 % intervals\n",
      streams, rounds);
  const ScratchFolder folder;
  const BrokerProcess broker(folder.path());
  const std::filesystem::path ca = broker.dev_dir() / "ca.pem";
  StreamReaders readers(folder.path());
  readers.connect(broker.grpc_port(), streams, ca, broker.service_tokens());
  gjallar::client::Publisher police(broker.connection("police"));
  // The channel's handshake isn't what is measured.
  must(police.preview(issue_command(0).issue()));
  const Contestant gjallar{"gjallar", &readers, {broker.id()}, [&](const Marks& marks) {
                             v1::Command command = issue_command(number_in(marks[0]));
                             command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(marks[0]);
                             return [&police, command] { must(police.send(command, "")); };
                           }};
  std::size_t bytes = 0;
  {
    Contest alone(1);
    alone.add(gjallar);
    bytes = alone.warm_up(0);
  }
  BareGrpcServer bare(folder.path(), broker.dev_dir(), bytes);
  StreamReaders bare_readers(folder.path());
  bare_readers.connect(bare.port(), streams, ca, {""});

  Contest contest(1);
  contest.add({"bare gRPC", &bare_readers, {bare.id()}, [&](const Marks& marks) {
                 return [&bare, marks] { bare.publish(marks); };
               }});
  contest.add(gjallar);
  contest.warm_up(0);
  contest.warm_up(1);
  contest.run(rounds);
  print_rows("grpc", contest.rows({{"streams", streams}},
                                  {{"rounds", rounds}, {"bytes", static_cast<double>(bytes)}}));
}

int streams_helper(const std::vector<std::string>& words) {
  return words.size() == 1 ? run_stream_readers(std::stoi(words[0])) : 2;
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("grpc", argc, argv, run,
                       {{"--bare-grpc", run_bare_grpc_server}, {"--streams", streams_helper}});
}
