// No comparison of what is told about overdoses gives away a municipality's number.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "broker/domain/area.h"
#include "broker/projections/overdoses.h"
#include "tests/support/sample_services.h"
#include "tests/support/test_broker.h"

using namespace gjallar;
using namespace gjallar::testing;
using std::chrono::hours;

namespace {

/// Visits every ascending list of `size` numbers up to `most`.
template <typename Visit>
void for_each_ascending(std::size_t size, std::uint64_t most, const Visit& visit) {
  std::vector<std::uint64_t> numbers(size, 0);
  while (true) {
    visit(numbers);
    std::size_t at = size;
    while (at > 0 && numbers[at - 1] == most)
      --at;
    if (at == 0) return;
    const std::uint64_t next = numbers[at - 1] + 1;
    std::fill(numbers.begin() + static_cast<std::ptrdiff_t>(at) - 1, numbers.end(), next);
  }
}

}  // namespace

TEST_CASE("who knows the rule, the county's week and all labels can't tell a municipality's number") {
  // Everything that is told, and which numbers may stand behind each label. Municipalities of one label are
  // alike, so ascending lists are enough.
  constexpr std::uint64_t kMost = 12;  // the labels up to 10 are whole
  for (const std::size_t municipalities : {5, 6}) {
    std::map<std::pair<std::uint64_t, std::vector<std::string>>,
             std::map<std::string, std::set<std::uint64_t>>>
        behind;
    std::size_t lists = 0;
    for_each_ascending(municipalities, kMost, [&](const std::vector<std::uint64_t>& counts) {
      const auto labels = projections::weekly_labels(counts);
      const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
      for (std::size_t i = 0; i < counts.size(); ++i)
        behind[{total, labels}][labels[i]].insert(counts[i]);
      ++lists;
    });
    REQUIRE(lists > 6'000);
    std::size_t told = 0;
    for (const auto& [seen, labels] : behind) {
      for (const auto& [label, numbers] : labels) {
        if (label != "withheld") ++told;
        if (label == "withheld" && numbers.count(kMost) == 1) continue;  // cut off by where the lists end
        INFO("total " << seen.first << ", label " << label);
        CHECK((numbers.count(0) == 1 || numbers.size() >= 3));
      }
    }
    CHECK(told > behind.size() / 2);  // a rule that tells nothing would pass too
  }
}

namespace {

/// A broker that counts, and questions to it.
struct Counted {
  void count(const std::string& area, core::WallTime from, std::uint32_t number,
             const std::string& source = "ambulance") {
    v1::Command command;
    auto& count = *command.mutable_count_overdoses();
    count.set_area(area);
    *count.mutable_from() = core::to_timestamp(from);
    *count.mutable_to() = core::to_timestamp(from + hours(1));
    count.set_not_fatal(number);
    count.set_source(source);
    count.set_status(v1::STATUS_ACTUAL);
    broker.must(coordinator(), command);
  }
  v1::ListOverdosesResponse ask(const std::string& area, core::WallTime from, core::WallTime to,
                                core::Seq as_of = 0) {
    v1::ListOverdosesRequest request;
    request.set_area(area);
    *request.mutable_from() = core::to_timestamp(from);
    *request.mutable_to() = core::to_timestamp(to);
    if (as_of != 0) request.mutable_as_of()->set_seq(as_of);
    return projections::list_overdoses(*broker.log->snapshot(), police(), request, broker.clock.wall())
        .value();
  }

  TestBroker broker;
};

using Told = std::map<std::pair<std::int64_t, std::int64_t>, std::string>;

Told told(const v1::ListOverdosesResponse& answer) {
  Told out;
  for (const auto& period : answer.periods())
    out[{period.from().seconds(), period.to().seconds()}] = period.count();
  return out;
}

}  // namespace

TEST_CASE(
    "over all nested areas, windows and moments a municipality has one figure a week and never another") {
  Counted counted;
  std::mt19937_64 engine(7);
  const auto pick = [&engine](int below) {
    return static_cast<int>(engine() % static_cast<unsigned>(below));
  };
  const std::vector<std::string> areas{"SE-1280", "SE-1281", "SE-1282", "SE-1283", "SE-0980", "NO-0301"};
  const core::WallTime start = counted.broker.clock.wall();
  for (int step = 0; step < 120; ++step) {
    const core::WallTime from = counted.broker.clock.wall() - hours(24 * pick(12) + 2 + pick(20));
    counted.count(areas[static_cast<std::size_t>(pick(6))], from, static_cast<std::uint32_t>(1 + pick(4)),
                  "source " + std::to_string(step));
    counted.broker.clock.advance(hours(pick(14)));
  }
  const core::WallTime end = counted.broker.clock.wall();
  const core::Seq head = counted.broker.log->head().seq;
  std::map<std::string, Told> figures;
  std::size_t compared = 0;
  for (const std::string area : {"SE-1280", "SE-1281", "SE-1282", "SE-0980", "SE-09", "NO-0301", "NO-03"}) {
    for (core::Seq seq = 1; seq <= head; seq += 3) {
      for (const auto& [from, to] :
           std::vector<std::pair<core::WallTime, core::WallTime>>{{start - hours(24 * 14), end},
                                                                  {start, end - hours(37)},
                                                                  {start + hours(5), start + hours(29)}}) {
        for (const auto& [period, figure] : told(counted.ask(area, from, to, seq))) {
          INFO(area << " as of " << seq);
          CHECK(period.second - period.first == 7 * 24 * 3600);
          CHECK((figure == "<5" || figure == "withheld" || std::stoi(figure) % 5 == 0));
          const auto [held, first] = figures[area].emplace(period, figure);
          if (!first) ++compared;
          CHECK(held->second == figure);
        }
      }
    }
  }
  CHECK(compared > 200);
  CHECK(figures["SE-0980"] == figures["SE-09"]);
  CHECK(figures["NO-0301"] == figures["NO-03"]);

  // A country minus its counties gives nothing of the counties that are told like municipalities.
  const Told country = told(counted.ask("SE", start - hours(24 * 14), end));
  Told sum;
  for (const domain::Area& area : domain::all_areas()) {
    if (area.level != domain::AreaLevel::kCounty || !domain::contains("SE", area.code)) continue;
    if (domain::told_like_municipality(area.code)) continue;
    for (const auto& [period, figure] :
         told(counted.ask(std::string(area.code), start - hours(24 * 14), end)))
      sum[period] = std::to_string(std::stoi(figure) + (sum[period].empty() ? 0 : std::stoi(sum[period])));
  }
  CHECK(country == sum);
  CHECK(std::any_of(country.begin(), country.end(), [](const auto& day) { return day.second != "0"; }));
}
