#include "bench/support/beside_stalled.h"

#include <stdexcept>
#include <vector>

namespace gjallar::bench {
namespace {

void append_rounds(std::vector<double>& all, const std::vector<double>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// The rounds of the sides, in this order.
struct StalledRounds {
  std::array<std::vector<double>, 2> p99_ms, processor_us;
  bool kept = true;  ///< the server never closed the stalled connection
};

void run_half(const StalledSide& without, const StalledSide& with, int filling, int rounds,
              StalledRounds& all) {
  const std::unique_ptr<StalledReader> stalled = with.stall();
  Contest contest(1);
  contest.add(without.contestant);
  contest.add(with.contestant);
  without.fill(filling);
  with.fill(filling);
  // The first to each comes behind what fills, however long that takes; the second tells what a message is.
  for (const std::size_t side : {0, 1, 0})
    contest.warm_up(side);
  const auto sent = static_cast<long>(contest.warm_up(1)) * filling;
  const long waiting = stalled->waiting();
  if (waiting == 0 || waiting >= sent / 2) throw std::runtime_error("the stalled reader isn't stalled");
  contest.run(rounds);
  all.kept = all.kept && stalled->waiting() >= 0;
  for (std::size_t side = 0; side < 2; ++side) {
    append_rounds(all.p99_ms[side], contest.series(side).p99_ms);
    append_rounds(all.processor_us[side], contest.series(side).processor_us);
  }
}

}  // namespace

Row beside_stalled(const std::string& name, const std::array<StalledSide, 2>& sides, int filling,
                   int rounds) {
  StalledRounds all;
  run_half(sides[0], sides[1], filling, (rounds + 1) / 2, all);
  if (rounds > 1) run_half(sides[1], sides[0], filling, rounds / 2, all);
  Row row{name, {{"without_p99_ms", median(all.p99_ms[0])}, {"with_p99_ms", median(all.p99_ms[1])}}};
  for (const Figures& ratio : {with_interval("p99", median_ratio(all.p99_ms[1], all.p99_ms[0])),
                               with_interval("cpu", median_ratio(all.processor_us[1], all.processor_us[0]))})
    row.figures.insert(row.figures.end(), ratio.begin(), ratio.end());
  row.figures.emplace_back("kept_to_the_end", all.kept ? 1 : 0);
  row.figures.emplace_back("rounds", rounds);
  return row;
}

}  // namespace gjallar::bench
