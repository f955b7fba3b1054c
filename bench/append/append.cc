// How fast alerts become durable: through the door, decided, chained, folded into all views and synced,
// against bare RocksDB synced puts of the same size in the same round.
#include <fmt/format.h>

#include "bench/support/measure.h"
#include "bench/support/raw_store.h"
#include "bench/support/world.h"

int main(int argc, char** argv) {
  using namespace gjallar::bench;
  const bool quick = is_quick(argc, argv);
  const int rounds = quick ? 1 : 5;
  fmt::print("append: {}\n", machine_line());
  std::vector<Row> rows;
  for (const int publishers : {1, 64}) {
    const int count = (quick ? 500 : 5'000) * (publishers == 1 ? 1 : 4);
    std::vector<double> raw, own, ratios;
    for (int round = 0; round < rounds; ++round) {
      const ScratchFolder folder;
      RawStore store(folder.path() / "raw");
      raw.push_back(store.synced_puts(publishers, count, 1024));
      World world((folder.path() / "log").string());
      own.push_back(world.issue(publishers, count));
      ratios.push_back(own.back() / raw.back());
    }
    rows.push_back({fmt::format("{} publisher{}", publishers, publishers == 1 ? "" : "s"),
                    {{"alerts_per_s", median(own)},
                     {"raw_puts_per_s", median(raw)},
                     {"ratio", median(ratios)},
                     {"ratio_min", percentile(ratios, 0)},
                     {"ratio_max", percentile(ratios, 1)},
                     {"rounds", static_cast<double>(rounds)}}});
  }
  print_rows("append", rows);
  return 0;
}
