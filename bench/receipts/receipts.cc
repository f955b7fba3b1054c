// What receipts cost on the live path: instructions a delivery (and processor time) of the shards' threads,
// from the publish of an urgent event of about 1 KiB until nothing of it is left to do. Three brokers in
// process, each with a WebSocket session on a TCP connection for each of its services, in turns: without
// receipts; with them, while the clients say nothing; with them, while each client acknowledges each event.
//   --services N   1000
//   --rounds N     15
//   --events N     10, a turn
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "bench/receipts/clients.h"
#include "bench/receipts/no_receipts.h"
#include "bench/support/commands.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/thread_counters.h"
#include "bench/support/world.h"
#include "broker/edges/http/edge_context.h"
#include "broker/edges/websocket/websocket_session.h"
#include "broker/fanout/hub.h"

namespace {

using namespace gjallar;
namespace v1 = gjallar::v1;
namespace asio = boost::asio;

enum class Mode { kOff, kWritten, kAcknowledged };

/// After the last event of a turn: what was written is gathered for 100 ms, and synced within 100 more.
constexpr std::chrono::milliseconds kSettleTime{400};
constexpr std::chrono::seconds kAnswerTime{60};

domain::Directory services_everywhere(int count) {
  domain::Directory directory;
  for (int number = 0; number < count; ++number) {
    v1::DirectoryEntry entry;
    entry.set_number(static_cast<core::ServiceNumber>(number));
    entry.set_enabled(true);
    v1::Service& service = *entry.mutable_service();
    service.set_service_id(fmt::format("service-{}", number));
    service.set_name(service.service_id());
    service.add_areas("SE-0180");
    service.add_roles("outreach");
    directory.apply(entry);
  }
  return directory;
}

/// Runs a job on a shard's thread and waits for what it says.
template <typename Job>
auto on_shard(fanout::Hub& hub, std::size_t shard, Job job) {
  std::packaged_task<decltype(job())()> task(std::move(job));
  auto answer = task.get_future();
  asio::post(hub.shard_context(shard), [&task] { task(); });
  return answer.get();
}

/// What a turn took a delivery.
struct Cost {
  bench::ThreadWork path;      ///< the shards' threads
  bench::ThreadWork receipts;  ///< the receipts' own, with those of their store
};

/// One broker without listeners, its sessions and their clients.
class Broker {
 public:
  Broker(const std::filesystem::path& folder, Mode mode, int services)
      : mode_(mode), services_(services), world_((folder / "log").string()) {
    world_.directory->replace(services_everywhere(services));
    world_.directory->publish();
    auto tokens = security::TokenStore::open(folder / "tokens.toml");
    if (!tokens) throw std::runtime_error(core::to_text(tokens.error()));
    tokens_ = std::move(*tokens);
    authenticator_ = std::make_unique<security::Authenticator>(policy_, *tokens_);
    const auto before = bench::threads_of_this_process();
    open_receipts(folder / "receipts");
    receipts_threads_ = bench::threads_since(before);
    fanout::HubOptions options;
    options.heartbeat_interval = std::chrono::hours(24);
    options.notes_written = mode != Mode::kOff;
    hub_ = std::make_unique<fanout::Hub>(*world_.log, *world_.directory, *receipts_, world_.clock, options);
    world_.preparer = [this](const log::CommittedGroup& group) { hub_->on_prepared(group); };
    world_.listener = [this](const log::CommittedGroup& group, const log::Head& head) {
      hub_->on_committed(group, head);
    };
    context_ = std::make_shared<edges::http::EdgeContext>(
        edges::Parts{*world_.log, *world_.directory, *world_.admission, *receipts_, *hub_, *authenticator_,
                     world_.clock, [] { return v1::GetStatusResponse(); }},
        0);
    for (std::size_t shard = 0; shard < hub_->shard_count(); ++shard)
      shards_.push_back(on_shard(*hub_, shard, [] { return static_cast<pid_t>(::syscall(SYS_gettid)); }));
    open_sessions();
    path_counters_ = std::make_unique<bench::ThreadCounters>(shards_);
    receipts_counters_ = std::make_unique<bench::ThreadCounters>(receipts_threads_);
  }

  ~Broker() {
    world_.log->close();  // no more events for the hub
    context_->reader.stop();
    context_->connections->set_closing();
    for (std::size_t shard = 0; shard < hub_->shard_count(); ++shard) {
      asio::post(hub_->shard_context(shard),
                 [connections = context_->connections, shard] { connections->close_all(shard); });
    }
    (void)context_->connections->wait_until_empty(core::limits::kDrainTime);
    hub_.reset();
    receipts_->close();
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Publishes so many events, one after the other when all have the one before.
  Cost turn(int events) {
    const bench::ThreadWork path_before = path_counters_->read();
    const bench::ThreadWork receipts_before = receipts_counters_->read();
    for (int i = 0; i < events; ++i)
      publish(static_cast<int>(++number_));
    std::this_thread::sleep_for(kSettleTime);
    const double deliveries = static_cast<double>(events) * services_;
    const Cost cost{per(deliveries, path_before, path_counters_->read()),
                    per(deliveries, receipts_before, receipts_counters_->read())};
    check_receipts();
    return cost;
  }
  [[nodiscard]] bool counts_all() const { return path_counters_->counts_all(); }
  [[nodiscard]] bool counts_user() const { return path_counters_->counts_user(); }

 private:
  static bench::ThreadWork per(double deliveries, const bench::ThreadWork& before,
                               const bench::ThreadWork& after) {
    return {(after.instructions - before.instructions) / deliveries,
            (after.user_instructions - before.user_instructions) / deliveries,
            (after.processor_us - before.processor_us) / deliveries};
  }

  void open_receipts(const std::filesystem::path& folder) {
    if (mode_ == Mode::kOff) {
      receipts_ = std::make_unique<bench::NoReceipts>();
      return;
    }
    auto opened = receipts::open_receipt_store(folder, *world_.log);
    if (!opened) throw std::runtime_error(core::to_text(opened.error()));
    receipts_ = std::move(opened.value());
  }

  void open_sessions() {
    for (int i = 0; i < services_; ++i) {
      fanout::SessionRequest request;
      request.after = world_.log->head().seq;
      request.principal.name = core::PrincipalName(fmt::format("service-{}", i));
      request.principal.service = core::ServiceId(request.principal.name.value());
      request.principal.rights.subscribe = true;
      request.client_id = "bench";
      request.transport = receipts::TransportKind::kWebSocket;
      const int socket = clients_.add();
      const std::size_t shard = hub_->pick_shard();
      const std::string refused = on_shard(*hub_, shard, [&]() -> std::string {
        const auto session = edges::websocket::make_websocket_session(
            *context_, shard, edges::websocket::Framing::kCloudEvents);
        auto handle = hub_->open(request, session, shard);
        if (!handle) return core::to_text(handle.error());
        session->start(edges::http::SessionSocket(socket, nullptr, {}),
                       "HTTP/1.1 101 Switching Protocols\r\n\r\n", {}, std::move(*handle));
        return {};
      });
      if (!refused.empty()) throw std::runtime_error(refused);
    }
    clients_.expect("gjallar.v1.caughtup", false);
    clients_.wait();
  }

  void publish(int number) {
    v1::Command command = bench::issue_command(number);
    const std::string mark = fmt::format("mark-{:06}", number);
    command.mutable_issue()->mutable_content()->mutable_texts(0)->set_sms(mark);
    clients_.expect(mark, mode_ == Mode::kAcknowledged);
    const auto committed = std::make_shared<std::promise<bool>>();
    auto answer = committed->get_future();
    world_.admission->submit(bench::bench_police(), std::move(command), "",
                             [committed](const core::Result<v1::CommandOutcome>& outcome) {
                               committed->set_value(outcome.has_value());
                             });
    if (answer.wait_for(kAnswerTime) != std::future_status::ready || !answer.get())
      throw std::runtime_error("an alert was refused");
    clients_.wait();
  }

  /// What is compared must have done what it is named after.
  void check_receipts() {
    receipts_->flush();
    const core::Seq head = world_.log->head().seq;
    for (int i = 0; i < services_; ++i) {
      const auto stages = receipts_->stages(static_cast<core::ServiceNumber>(i), head);
      if (!stages) throw std::runtime_error(core::to_text(stages.error()));
      if (stages->written.has_value() != (mode_ != Mode::kOff) ||
          stages->received.has_value() != (mode_ == Mode::kAcknowledged))
        throw std::runtime_error("the receipts aren't what this side is about");
    }
  }

  const Mode mode_;
  const int services_;
  bench::World world_;
  security::Policy policy_;
  std::unique_ptr<security::TokenStore> tokens_;
  std::unique_ptr<security::Authenticator> authenticator_;
  std::unique_ptr<receipts::ReceiptStore> receipts_;
  std::unique_ptr<fanout::Hub> hub_;
  std::shared_ptr<edges::http::EdgeContext> context_;
  bench::Clients clients_;
  std::vector<pid_t> shards_, receipts_threads_;
  std::unique_ptr<bench::ThreadCounters> path_counters_, receipts_counters_;
  int number_ = 0;
};

/// A figure a round.
struct Series {
  std::vector<double> instructions, user_instructions, processor_us, receipts_instructions, receipts_us;
};

bench::Row figures_of(const std::string& name, const Series& series) {
  return {name,
          {{"instructions", bench::median(series.instructions)},
           {"user_instructions", bench::median(series.user_instructions)},
           {"cpu_us", bench::median(series.processor_us)},
           {"receipts_thread_instructions", bench::median(series.receipts_instructions)},
           {"receipts_thread_us", bench::median(series.receipts_us)}}};
}

void add_ratio(bench::Row& row, const std::string& name, const std::vector<double>& over,
               const std::vector<double>& under) {
  if (bench::median(under) <= 0) return;  // not counted on this machine
  const auto ratio = bench::with_interval(name, bench::median_ratio(over, under));
  row.figures.insert(row.figures.end(), ratio.begin(), ratio.end());
}

bench::Row ratios_of(const std::string& name, const Series& over, const Series& under) {
  bench::Row row{name, {}};
  add_ratio(row, "instructions", over.instructions, under.instructions);
  add_ratio(row, "user_instructions", over.user_instructions, under.user_instructions);
  add_ratio(row, "cpu_us", over.processor_us, under.processor_us);
  return row;
}

void run(int argc, char** argv) {
  const bool quick = bench::is_quick(argc, argv);
  const int services = bench::number_of(argc, argv, "--services", quick ? 50 : 1'000);
  const int rounds = bench::number_of(argc, argv, "--rounds", quick ? 3 : 15);
  const int events = bench::number_of(argc, argv, "--events", quick ? 2 : 10);
  const bench::ScratchFolder folder;
  std::vector<std::unique_ptr<Broker>> brokers;
  int name = 0;
  for (const Mode mode : {Mode::kOff, Mode::kWritten, Mode::kAcknowledged}) {
    const auto own = folder.path() / fmt::format("broker-{}", ++name);
    std::filesystem::create_directories(own);
    brokers.push_back(std::make_unique<Broker>(own, mode, services));
    (void)brokers.back()->turn(1);  // not counted
  }
  fmt::print(
      "{} services with a WebSocket each, {} urgent events a turn, medians of {} rounds a delivery, ratios "
      "of the "
      "same round with 95 % intervals\ninstructions: {}\n",
      services, events, rounds,
      brokers.front()->counts_all()
          ? "counted, the kernel's too"
          : (brokers.front()->counts_user()
                 ? "the program's own alone: this machine doesn't count the kernel's"
                 : "not counted on this machine: the processor time stands for them"));
  std::vector<Series> series(brokers.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < brokers.size(); ++i) {
      const std::size_t index = (i + static_cast<std::size_t>(round)) % brokers.size();
      const Cost cost = brokers[index]->turn(events);
      Series& one = series[index];
      one.instructions.push_back(cost.path.instructions);
      one.user_instructions.push_back(cost.path.user_instructions);
      one.processor_us.push_back(cost.path.processor_us);
      one.receipts_instructions.push_back(cost.receipts.instructions);
      one.receipts_us.push_back(cost.receipts.processor_us);
    }
  }
  std::vector<bench::Row> rows{figures_of("without receipts", series[0]),
                               figures_of("with receipts", series[1]),
                               figures_of("with receipts, all acknowledged", series[2]),
                               ratios_of("with ÷ without", series[1], series[0]),
                               ratios_of("all acknowledged ÷ without", series[2], series[0])};
  for (bench::Row& row : rows) {
    row.figures.insert(row.figures.begin(), {"services", services});
    row.figures.emplace_back("rounds", rounds);
  }
  bench::print_rows("receipts", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_benchmark("receipts", argc, argv, run);
}
