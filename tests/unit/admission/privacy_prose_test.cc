// The gate against texts that were made by rules of their own (tests/support/personal_texts.h).
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <map>

#include "broker/admission/privacy_gate.h"
#include "broker/core/random.h"
#include "tests/support/personal_numbers.h"
#include "tests/support/personal_texts.h"

using namespace gjallar;
using namespace gjallar::testing;
using admission::PrivacyRule;
using admission::TextKind;

namespace {

const admission::PrivacyRules kPublicDefaults;

std::optional<admission::Hit> prose_hit(const std::string& text, TextKind kind = TextKind::kProse) {
  return admission::look_through(text, kind, kPublicDefaults).value();
}

}  // namespace

TEST_CASE("every number and address of a person is refused, in five languages and every way of typing") {
  std::map<std::string, int> by_rule;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    for (const PersonalText& one : texts_to_refuse(seed)) {
      INFO(one.text);
      const auto hit = prose_hit(one.text);
      REQUIRE(hit.has_value());
      CHECK_FALSE(admission::asks(hit->rule));
      // The digits of one country, or of a telephone, may be a person's number of another too.
      const bool named = hit->words.find(one.rule) != std::string::npos;
      CHECK((named || hit->rule <= PrivacyRule::kFinnishCode));
      const auto refused = admission::check_text("issue.content.texts[0].description", one.text);
      REQUIRE(refused.has_error());
      CHECK(core::to_text(refused.error()).find(one.value) == std::string::npos);
      ++by_rule[one.rule];
    }
  }
  for (const std::string rule : {"Swedish", "Norwegian", "Danish", "Finnish", "telephone", "e-mail"}) {
    INFO(rule);
    CHECK(by_rule[rule] >= 50);
  }
}

TEST_CASE("what only looks like a number of a person passes, and nothing is asked") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const HarmlessTexts harmless = texts_to_pass(seed);
    CHECK(harmless.texts.size() >= 300);
    CHECK(harmless.runs_of_digits >= 100);
    for (const std::string& text : harmless.texts) {
      INFO(text);
      CHECK_FALSE(prose_hit(text).has_value());
    }
  }
}

TEST_CASE("hits per rule on 100,000 random runs of digits stay within bounds") {
  constexpr int kRuns = 100'000;
  core::SeededRandom random(7);
  std::map<std::size_t, int> runs;
  std::map<std::size_t, std::map<PrivacyRule, int>> hits;
  for (int i = 0; i < kRuns; ++i) {
    std::string digits;
    const auto size = static_cast<std::size_t>(6 + below(random, 7));
    while (digits.size() < size)
      digits += static_cast<char>('0' + below(random, 10));
    ++runs[size];
    if (const auto hit = prose_hit("Prov " + digits + " hos laboratoriet")) ++hits[size][hit->rule];
  }
  fmt::print("hits on {} random runs of 6 to 12 digits\n{:<28}", kRuns, "rule");
  for (const auto& [size, count] : runs)
    fmt::print("{:>9}", fmt::format("{} digits", size));
  fmt::print("\n");
  for (const PrivacyRule rule : admission::kPrivacyRules) {
    fmt::print("{:<28}", admission::name_of(rule));
    for (const auto& [size, count] : runs)
      fmt::print("{:>9}", hits[size][rule]);
    fmt::print("\n");
  }
  const auto share = [&](std::size_t size, PrivacyRule rule) {
    return static_cast<double>(hits[size][rule]) / runs[size];
  };
  for (const std::size_t size : {6U, 7U, 8U}) {
    INFO(size);
    for (const auto& [rule, count] : hits[size])
      CHECK(count == 0);
  }
  CHECK(share(10, PrivacyRule::kSwedishNumber) < 1.0 / 100);  // 1 in 141 by its form
  CHECK(share(10, PrivacyRule::kSwedishNumber) > 1.0 / 200);
  CHECK(share(11, PrivacyRule::kNorwegianNumber) < 1.0 / 80);  // 1 in 140, and synthetic months
  CHECK(share(11, PrivacyRule::kNorwegianNumber) > 1.0 / 200);
  CHECK(share(10, PrivacyRule::kUndelimitedDanish) < 1.0 / 24);  // 1 in 27
  CHECK(share(10, PrivacyRule::kUndelimitedDanish) > 1.0 / 34);
  CHECK(share(12, PrivacyRule::kSwedishNumber) < 1.0 / 2'000);
  for (const auto& [size, count] : runs) {
    INFO(size);
    CHECK(share(size, PrivacyRule::kTelephone) < 0.02);
    CHECK(hits[size][PrivacyRule::kDanishNumber] == 0);
    CHECK(hits[size][PrivacyRule::kFinnishCode] == 0);
    CHECK(hits[size][PrivacyRule::kEmail] == 0);
  }
}

TEST_CASE("ten undelimited digits that begin with a date ask, unless another rule refuses them") {
  const auto asked = prose_hit("Hos 0101905001 i dag");
  REQUIRE(asked.has_value());
  CHECK(asked->rule == PrivacyRule::kUndelimitedDanish);
  CHECK(prose_hit("CPR 010190-5001")->rule == PrivacyRule::kDanishNumber);
  CHECK(prose_hit("CPR 010190 5001")->rule == PrivacyRule::kDanishNumber);
  CHECK(prose_hit("Hos 0101905001, tlf. 22 00 00 07")->rule == PrivacyRule::kTelephone);
  CHECK_FALSE(prose_hit("Hos 0101905001 i dag", TextKind::kName).has_value());
  CHECK_FALSE(prose_hit("Hos 3213905001 i dag").has_value());
}

TEST_CASE("lots and markings are looked at by the rules with a check digit, and by no others") {
  for (const std::string number : {"811218-9876", "8112189876", "01810112332", "131052-308T"}) {
    INFO(number);
    CHECK(prose_hit(number, TextKind::kMark).has_value());
  }
  for (const std::string lot : {"010190-5001", "0101905001", "0701740605", "22 00 00 07", "A8112189876"}) {
    INFO(lot);
    CHECK_FALSE(prose_hit(lot, TextKind::kMark).has_value());
  }
  CHECK_FALSE(prose_hit("811218-9876", TextKind::kTyped).has_value());
}
