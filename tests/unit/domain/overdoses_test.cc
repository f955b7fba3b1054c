#include "broker/domain/overdoses.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <vector>

#include "broker/domain/area.h"
#include "tests/support/sample_services.h"

using namespace gjallar;
using domain::OverdoseEntry;
using std::chrono::hours;

namespace {

constexpr core::WallTime kNow{std::chrono::seconds(1'767'268'800)};

OverdoseEntry entry(core::WallTime to, std::uint64_t count, const std::string& area = "SE-1280") {
  OverdoseEntry out;
  out.area = area;
  out.source = "ambulance";
  out.from = to - hours(1);
  out.to = to;
  out.not_fatal = count;
  return out;
}

/// One overdose a day for the ten weeks before the last seven days.
domain::OverdoseSituation one_a_day() {
  domain::OverdoseSituation situation;
  for (int day = 8; day <= 77; ++day)
    situation.entries.push_back(entry(kNow - hours(24 * day) + hours(1), 1));
  return situation;
}

std::vector<v1::OverdoseHint> hints(const domain::OverdoseSituation& situation,
                                    const domain::OwnThresholds& own = {},
                                    std::string_view county = "SE-12") {
  return domain::overdose_hints(situation, county, own, kNow, kNow, v1::STATUS_ACTUAL);
}

}  // namespace

TEST_CASE("the recommended thresholds are the mean of ten weeks plus two deviations of a Poisson count") {
  const auto thresholds = domain::recommended_thresholds(one_a_day().entries, kNow);
  CHECK(thresholds.week == Approx(7 + 2 * 2.6457513));
  CHECK(thresholds.day == Approx(1 + 2));
  const auto nothing = domain::recommended_thresholds({}, kNow);
  CHECK(nothing.week == Approx(2));
  CHECK(nothing.day == Approx(2));
}

TEST_CASE("a hint is given above the threshold and not at it, for the day and for the week") {
  domain::OverdoseSituation situation = one_a_day();
  situation.entries.push_back(entry(kNow, 3));
  CHECK(hints(situation).empty());
  situation.entries.push_back(entry(kNow - hours(2), 1));
  auto found = hints(situation);
  REQUIRE(found.size() == 1);
  CHECK(found[0].area() == "SE-12");
  CHECK(found[0].rounded_count() == 5);
  CHECK(found[0].threshold() == Approx(3));
  CHECK(found[0].to().seconds() - found[0].from().seconds() == 24 * 3600);

  situation = one_a_day();
  for (int day = 1; day < 7; ++day)
    situation.entries.push_back(entry(kNow - hours(24 * day) + hours(1), 2));
  situation.entries.push_back(entry(kNow, 1));
  found = hints(situation);  // 13 in seven days, threshold 12.3
  REQUIRE(found.size() == 1);
  CHECK(found[0].rounded_count() == 15);
  CHECK(found[0].to().seconds() - found[0].from().seconds() == 7 * 24 * 3600);
}

TEST_CASE("a county's own thresholds take the place of the recommended ones") {
  domain::OverdoseSituation situation;
  situation.entries = {entry(kNow, 6)};
  CHECK(hints(situation).size() == 2);
  CHECK(hints(situation, {{"SE-12", {10, 20}}}).empty());
  CHECK(hints(situation, {{"SE-12", {5, 20}}}).size() == 1);
  CHECK(hints(situation, {{"SE-01", {10, 20}}}).size() == 2);
}

TEST_CASE("a window that had its hint is quiet for 24 hours") {
  domain::OverdoseSituation situation;
  situation.entries = {entry(kNow, 6)};
  situation.last_day_hint = kNow - hours(23);
  situation.last_week_hint = kNow - hours(25);
  const auto found = hints(situation);
  REQUIRE(found.size() == 1);
  CHECK(found[0].to().seconds() - found[0].from().seconds() == 7 * 24 * 3600);
}

TEST_CASE("counts that arrive out of order give the hint that they give in order") {
  domain::OverdoseSituation situation;
  situation.entries = {entry(kNow - hours(2), 2), entry(kNow - hours(3), 2)};
  const auto in_order =
      domain::overdose_hints(situation, "SE-12", {}, kNow - hours(2), kNow, v1::STATUS_ACTUAL);
  const auto late = domain::overdose_hints(situation, "SE-12", {}, kNow - hours(3), kNow, v1::STATUS_ACTUAL);
  REQUIRE(late.size() == 2);
  for (std::size_t window = 0; window < late.size(); ++window)
    CHECK(late[window].SerializeAsString() == in_order.at(window).SerializeAsString());
  // What is counted ahead of its time gives none yet.
  situation.entries = {entry(kNow + hours(1), 2), entry(kNow - hours(3), 2)};
  CHECK(domain::overdose_hints(situation, "SE-12", {}, kNow - hours(3), kNow, v1::STATUS_ACTUAL).empty());
}

TEST_CASE("a count that comes late gives one hint a window, of the earliest that calls for it") {
  domain::OverdoseSituation situation;
  for (int hour = 1; hour < 10; ++hour)
    situation.entries.push_back(entry(kNow - hours(hour), 1));
  const auto found = domain::overdose_hints(situation, "SE-12", {}, kNow - hours(9), kNow, v1::STATUS_ACTUAL);
  REQUIRE(found.size() == 2);
  CHECK(core::from_timestamp(found[0].to()) == kNow - hours(7));
  CHECK(core::from_timestamp(found[1].to()) == kNow - hours(7));
}

TEST_CASE("a count older than a day calls for a week's hint, and for no day's that is over") {
  domain::OverdoseSituation situation;
  situation.entries = {entry(kNow - hours(48), 6)};
  auto found = domain::overdose_hints(situation, "SE-12", {}, kNow - hours(48), kNow, v1::STATUS_ACTUAL);
  REQUIRE(found.size() == 1);
  CHECK(found[0].to().seconds() - found[0].from().seconds() == 7 * 24 * 3600);
  found = domain::overdose_hints(situation, "SE-12", {}, kNow - hours(48), kNow + hours(24 * 6),
                                 v1::STATUS_ACTUAL);
  CHECK(found.empty());
}

TEST_CASE("a hint for a county that is told like a municipality has no numbers") {
  domain::OverdoseSituation situation;
  situation.entries = {entry(kNow, 6, "SE-0980")};
  const auto found = hints(situation, {}, "SE-09");
  REQUIRE(found.size() == 2);
  CHECK(found[0].rounded_count() == 0);
  CHECK(found[0].threshold() == 0);
}

TEST_CASE("Gotland and Oslo are told like municipalities, every other county in force isn't") {
  std::set<std::string_view> small;
  for (const domain::Area& area : domain::all_areas()) {
    if (area.level == domain::AreaLevel::kCounty && area.ended_with.empty() &&
        domain::told_like_municipality(area.code)) {
      small.insert(area.code);
    }
  }
  CHECK(small == std::set<std::string_view>{"NO-03", "SE-09"});
}
