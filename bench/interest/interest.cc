// Who is concerned, in a directory of a whole region: what the target set of an alert costs the appender, and
// how long it takes from a group's commit to the first frame in a transport's hands, with transports in
// memory that take all at once.
//   --services N   20000
//   --sessions N   100000, a tenth of them viewers
//   --rounds N     200
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>

#include "bench/support/commands.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/usage.h"
#include "bench/support/world.h"
#include "broker/domain/area.h"
#include "broker/domain/concerns.h"
#include "broker/domain/role.h"
#include "broker/fanout/hub.h"
#include "broker/receipts/receipt_store.h"

namespace {

using namespace gjallar;
namespace v1 = gjallar::v1;

constexpr std::size_t kSessionsOfAViewer = 1'000;
constexpr int kViewersIn = 10;  // one session in so many

/// Takes everything at once, and notes when the first event came and how many did. One for all sessions.
class Probe final : public fanout::Transport {
 public:
  fanout::Sent send(const fanout::Delivery&, bool) override {
    const std::int64_t now = bench::steady_ns();
    std::int64_t none = 0;
    if (first_ns_.load(std::memory_order_relaxed) == 0) first_ns_.compare_exchange_strong(none, now);
    if (events_.fetch_add(1) + 1 == expected_.load()) {
      last_ns_ = bench::steady_ns();
      all_.set_value();
    }
    return fanout::Sent::kWritten;
  }
  fanout::Sent send(const v1::Frame& frame, bool) override {
    if (frame.has_caughtup()) ++caught_up_;
    return fanout::Sent::kWritten;
  }
  [[nodiscard]] fanout::Flushed flush(std::size_t) override { return {}; }
  [[nodiscard]] std::size_t window() const noexcept override { return 1; }
  void finish(const v1::Goodbye&) override { ++goodbyes_; }

  /// Before an event that so many sessions will get.
  std::future<void> expect(std::size_t sessions) {
    first_ns_ = 0;
    events_ = 0;
    all_ = std::promise<void>();
    expected_ = sessions;
    return all_.get_future();
  }
  [[nodiscard]] std::int64_t first_ns() const { return first_ns_; }
  [[nodiscard]] std::int64_t last_ns() const { return last_ns_; }
  [[nodiscard]] std::size_t caught_up() const { return caught_up_; }
  [[nodiscard]] std::size_t goodbyes() const { return goodbyes_; }

 private:
  std::atomic<std::int64_t> first_ns_{0}, last_ns_{0};
  std::atomic<std::size_t> events_{0}, expected_{0}, caught_up_{0}, goodbyes_{0};
  std::promise<void> all_;
};

/// So many services spread over all municipalities in force and all roles.
domain::Directory region(int services) {
  std::vector<std::string> municipalities;
  for (const domain::Area& area : domain::all_areas()) {
    if (area.level == domain::AreaLevel::kMunicipality && area.ended_with.empty())
      municipalities.emplace_back(area.code);
  }
  const auto roles = domain::default_roles();
  domain::Directory directory;
  for (int number = 0; number < services; ++number) {
    const auto at = static_cast<std::size_t>(number);
    v1::DirectoryEntry entry;
    entry.set_number(static_cast<core::ServiceNumber>(number));
    entry.set_enabled(true);
    v1::Service& service = *entry.mutable_service();
    service.set_service_id(fmt::format("service-{}", number));
    service.set_name(service.service_id());
    service.add_areas(municipalities[at % municipalities.size()]);
    service.add_roles(std::string(roles[at / municipalities.size() % roles.size()]));
    directory.apply(entry);
  }
  return directory;
}

v1::Command command_to(const std::vector<std::string>& areas, int number) {
  v1::Command command = bench::issue_command(number);
  v1::AudienceGroup& group =
      *command.mutable_issue()->mutable_content()->mutable_audience()->mutable_groups(0);
  group.clear_areas();
  for (const std::string& area : areas)
    group.add_areas(area);
  return command;
}

domain::MatchKeys keys_to(const std::vector<std::string>& areas, std::vector<std::string> roles) {
  domain::MatchKeys keys;
  keys.present = true;
  keys.level = v1::GRADE_LEVEL_URGENT;
  keys.groups.push_back({areas, std::move(roles), v1::GRADE_LEVEL_UNSPECIFIED});
  return keys;
}

/// Microseconds that the set of services and its bytes take, by round.
bench::Row target_set(const std::string& name, const domain::Directory& directory,
                      const domain::MatchKeys& keys, int rounds) {
  const domain::EventReach reach{{}, keys};
  std::vector<double> set_us, bytes_us;
  std::size_t services = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::int64_t start = bench::steady_ns();
    const domain::ServiceSet targets = domain::targets_of(reach, {}, directory);
    const std::int64_t matched = bench::steady_ns();
    const std::string bytes = targets.encode();
    set_us.push_back(static_cast<double>(matched - start) * 1e-3);
    bytes_us.push_back(static_cast<double>(bench::steady_ns() - matched) * 1e-3);
    services = targets.count();
    if (bytes.empty()) throw std::runtime_error("the set has no bytes");
  }
  return {name,
          {{"services", static_cast<double>(services)},
           {"set_us", bench::median(set_us)},
           {"set_us_p99", bench::percentile(set_us, 0.99)},
           {"bytes_us", bench::median(bytes_us)},
           {"rounds", rounds}}};
}

/// A broker without edges, whose directory was put in place by hand, and its fan-out.
class Region {
 public:
  Region(const std::filesystem::path& folder, domain::Directory directory)
      : world_((folder / "log").string()) {
    world_.directory->replace(std::move(directory));
    world_.directory->publish();
    auto opened = receipts::open_receipt_store(folder / "receipts", *world_.log);
    if (!opened) throw std::runtime_error(core::to_text(opened.error()));
    receipts_ = std::move(opened.value());
    hub_ = std::make_unique<fanout::Hub>(*world_.log, *world_.directory, *receipts_, world_.clock,
                                         fanout::HubOptions());
    world_.preparer = [this](const log::CommittedGroup& group) { hub_->on_prepared(group); };
    world_.listener = [this](const log::CommittedGroup& group, const log::Head& head) {
      committed_ns_ = bench::steady_ns();
      hub_->on_committed(group, head);
    };
  }
  ~Region() {
    world_.log->close();  // no more events for the hub
    sessions_.clear();
    hub_.reset();
    receipts_->close();
  }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  /// Sessions at the head: of the services in turn, and of viewers of one county each.
  void open(int sessions, int services) {
    std::vector<std::string> counties;
    for (const domain::Area& area : domain::all_areas()) {
      if (area.level == domain::AreaLevel::kCounty && area.ended_with.empty())
        counties.emplace_back(area.code);
    }
    per_service_.assign(static_cast<std::size_t>(services), 0);
    for (int i = 0; i < sessions; ++i) {
      fanout::SessionRequest request;
      request.after = world_.log->head().seq;
      if (i % kViewersIn == 0) {
        const std::size_t viewer = viewers_.size();
        request.principal.name = core::PrincipalName(fmt::format("viewer-{}", viewer / kSessionsOfAViewer));
        request.principal.rights.view = domain::Scope::kAny;
        request.filter = domain::ViewFilter{counties[viewer % counties.size()], ""};
        viewers_.push_back(*request.filter);
      } else {
        const int service = receiving_++ % services;
        request.principal.name = core::PrincipalName(fmt::format("service-{}", service));
        request.principal.service = core::ServiceId(request.principal.name.value());
        request.principal.rights.subscribe = true;
        request.client_id = fmt::format("client-{}", i);
        ++per_service_[static_cast<std::size_t>(service)];
      }
      auto opened = hub_->open(std::move(request), probe_, hub_->pick_shard());
      if (!opened) throw std::runtime_error(core::to_text(opened.error()));
      sessions_.push_back(std::move(opened.value()));
    }
    const auto start = bench::Clock::now();
    while (probe_->caught_up() < sessions_.size()) {
      if (probe_->goodbyes() > 0 || bench::seconds_since(start) > 300)
        throw std::runtime_error("the sessions don't become live");
      bench::wait_until_quiet({::getpid()});
    }
  }

  bench::Row measure(const std::string& name, const std::vector<std::string>& areas, int rounds) {
    const domain::MatchKeys keys = keys_to(areas, {});
    std::size_t expected = 0;
    world_.directory->now()->matching(keys).for_each(
        [&](core::ServiceNumber service) { expected += per_service_[service]; });
    for (const domain::ViewFilter& filter : viewers_)
      expected += domain::concerns(keys, filter) ? 1 : 0;
    std::vector<double> first_us, last_ms;
    for (int round = 0; round < rounds; ++round) {
      bench::wait_until_quiet({::getpid()});
      const auto all = probe_->expect(expected);
      issue(command_to(areas, ++number_));
      if (all.wait_for(std::chrono::minutes(1)) != std::future_status::ready)
        throw std::runtime_error("an event didn't reach all whom it concerns");
      first_us.push_back(static_cast<double>(probe_->first_ns() - committed_ns_) * 1e-3);
      last_ms.push_back(static_cast<double>(probe_->last_ns() - committed_ns_) * 1e-6);
    }
    return {name,
            {{"sessions", static_cast<double>(sessions_.size())},
             {"concerned", static_cast<double>(expected)},
             {"first_us", bench::median(first_us)},
             {"first_us_p99", bench::percentile(first_us, 0.99)},
             {"last_ms", bench::median(last_ms)},
             {"rounds", rounds}}};
  }

 private:
  void issue(const v1::Command& command) {
    std::promise<bool> committed;
    world_.admission->submit(
        bench::bench_police(), command, "",
        [&](const core::Result<v1::CommandOutcome>& outcome) { committed.set_value(outcome.has_value()); });
    if (!committed.get_future().get()) throw std::runtime_error("an alert was refused");
  }

  bench::World world_;
  std::unique_ptr<receipts::ReceiptStore> receipts_;
  std::unique_ptr<fanout::Hub> hub_;
  const core::Owned<Probe> probe_ = core::make_owned<Probe>();
  std::atomic<std::int64_t> committed_ns_{0};
  std::vector<core::Owned<fanout::SessionHandle>> sessions_;
  std::vector<std::size_t> per_service_;     ///< receiving sessions
  std::vector<domain::ViewFilter> viewers_;  ///< of each viewer session
  int receiving_ = 0;
  int number_ = 0;
};

void run(int argc, char** argv) {
  const bool quick = bench::is_quick(argc, argv);
  const int services = bench::number_of(argc, argv, "--services", quick ? 500 : 20'000);
  const int sessions = bench::number_of(argc, argv, "--sessions", quick ? 2'000 : 100'000);
  const int rounds = bench::number_of(argc, argv, "--rounds", quick ? 5 : 200);
  fmt::print("{} services, {} sessions with transports in memory, medians of {} events\n", services, sessions,
             rounds);
  const domain::Directory directory = region(services);
  const int repeats = rounds * 10;
  std::vector<bench::Row> rows;
  rows.push_back(target_set("target set, both countries", directory, keys_to({"SE", "NO"}, {}), repeats));
  rows.push_back(target_set("target set, one country", directory, keys_to({"SE"}, {}), repeats));
  rows.push_back(target_set("target set, both countries, two roles", directory,
                            keys_to({"SE", "NO"}, {"outreach", "ambulance"}), repeats));
  rows.push_back(target_set("target set, one county", directory, keys_to({"SE-12"}, {}), repeats));
  const bench::ScratchFolder folder;
  Region broker(folder.path(), directory);
  broker.open(sessions, services);
  rows.push_back(broker.measure("first byte, both countries", {"SE", "NO"}, rounds));
  rows.push_back(broker.measure("first byte, one county", {"SE-12"}, rounds));
  bench::print_rows("interest", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_benchmark("interest", argc, argv, run);
}
