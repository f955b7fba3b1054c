// How fast the log is read back as events, filtered and unfiltered, against a bare RocksDB scan of as many 1
// KiB records.
#include <stdexcept>

#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/raw_store.h"
#include "bench/support/world.h"
#include "broker/projections/queries.h"

namespace {

using namespace gjallar::bench;

double replay(const gjallar::log::EventLog& log, const std::string& area, std::uint64_t expected) {
  gjallar::domain::Principal auditor;
  auditor.name = gjallar::core::PrincipalName("auditor");
  auditor.rights.audit = true;
  auditor.rights.view = gjallar::domain::Scope::kAny;
  gjallar::v1::ReplayRequest request;
  request.set_area(area);
  const auto snapshot = log.snapshot();
  std::uint64_t events = 0;
  const auto start = Clock::now();
  const auto result = gjallar::projections::replay_bytes(*snapshot, auditor, request,
                                                         [&](gjallar::projections::ReplayedEvent&&) {
                                                           ++events;
                                                           return true;
                                                         });
  const double seconds = seconds_since(start);
  if (!result || events < expected) throw std::runtime_error("the replay is not whole");
  return static_cast<double>(events) / seconds;
}

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int count = quick ? 2'000 : 50'000;
  const int rounds = quick ? 1 : 5;
  const ScratchFolder folder;
  RawStore store(folder.path() / "raw");
  store.synced_puts(8, count, 1024);
  World world((folder.path() / "log").string());
  world.issue(64, count);
  std::vector<Row> rows;
  for (const char* const area_code : {"", "NO-4601"}) {
    const std::string area = area_code;
    std::vector<double> raw, own, ratios;
    for (int round = 0; round < rounds; ++round) {
      raw.push_back(store.scan());
      own.push_back(replay(*world.log, area, static_cast<std::uint64_t>(count)));
      ratios.push_back(own.back() / raw.back());
    }
    rows.push_back({area.empty() ? "all events" : "filtered by area",
                    {{"events_per_s", median(own)},
                     {"raw_records_per_s", median(raw)},
                     {"ratio", median(ratios)},
                     {"ratio_min", percentile(ratios, 0)},
                     {"ratio_max", percentile(ratios, 1)},
                     {"rounds", static_cast<double>(rounds)}}});
  }
  print_rows("replay", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("replay", argc, argv, run);
}
