// Numbers and addresses that a line's end parts, digits that are drawn otherwise, and ranges of dates.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "broker/admission/normal_text.h"
#include "broker/admission/privacy_gate.h"

using namespace gjallar;
using admission::PrivacyRule;
using admission::TextKind;

namespace {

std::optional<PrivacyRule> rule_met_by(const std::string& text, TextKind kind = TextKind::kProse) {
  const auto hit = admission::look_through(text, kind, {}).value();
  return hit ? std::optional(hit->rule) : std::nullopt;
}

/// Ends of lines, with and without what a text in XML is indented by.
const std::vector<std::string> kLineEnds{
    "\n", "\r\n", " \n ", "\r", "\v", "\f", "\n            ", "\u2028", "\u2029", "\u0085", "\t\r\n\t\t"};

std::string broken(const std::string& before, const std::string& line_end, const std::string& after) {
  return "Uppgift om " + before + line_end + after + ", se nedan.";
}

}  // namespace

TEST_CASE("a checked number is refused wherever a line's end parts it") {
  for (const std::string& line_end : kLineEnds) {
    INFO("length of the line's end: " << line_end.size());
    for (const std::string number : {"8112189876", "198112189876", "811218-9876", "19811218-9876"}) {
      for (std::size_t at = 1; at < number.size(); ++at) {
        INFO(number << " parted at " << at);
        CHECK(rule_met_by(broken(number.substr(0, at), line_end, number.substr(at))) ==
              PrivacyRule::kSwedishNumber);
      }
    }
    for (std::size_t at = 1; at < 11; ++at) {
      INFO("parted at " << at);
      CHECK(rule_met_by(broken(std::string("01818100031").substr(0, at), line_end,
                               std::string("01818100031").substr(at))) == PrivacyRule::kNorwegianNumber);
      CHECK(rule_met_by(broken(std::string("131052-308T").substr(0, at), line_end,
                               std::string("131052-308T").substr(at))) == PrivacyRule::kFinnishCode);
    }
    CHECK(rule_met_by(broken("19811218", line_end, "-9876")) == PrivacyRule::kSwedishNumber);
    CHECK(rule_met_by(broken("811218-98", line_end, "76")) == PrivacyRule::kSwedishNumber);
    CHECK(rule_met_by(broken("81-12-18", line_end, "9876")) == PrivacyRule::kSwedishNumber);
  }
  CHECK(rule_met_by("811218\n9876\n811218\n9876") == PrivacyRule::kSwedishNumber);  // one after the other
  CHECK(rule_met_by("- 811218\n- 9876") == PrivacyRule::kSwedishNumber);
}

TEST_CASE("a Danish number that a line's end parts is refused with its dash and asked about without") {
  for (const std::string& line_end : kLineEnds) {
    INFO("length of the line's end: " << line_end.size());
    CHECK(rule_met_by(broken("010190-", line_end, "1234")) == PrivacyRule::kDanishNumber);
    CHECK(rule_met_by(broken("010190", line_end, "-1234")) == PrivacyRule::kDanishNumber);
    CHECK(rule_met_by(broken("010190", line_end, "1234")) == PrivacyRule::kUndelimitedDanish);
  }
  CHECK_FALSE(rule_met_by("010190\n1234", TextKind::kMark).has_value());
  CHECK_FALSE(rule_met_by("010190\n1234 tabletter").has_value());
  CHECK_FALSE(rule_met_by("010190\n1234\n5678").has_value());
}

TEST_CASE("a telephone number that a line's end parts is refused") {
  for (const std::string& line_end : kLineEnds) {
    INFO("length of the line's end: " << line_end.size());
    CHECK(rule_met_by(broken("070-123", line_end, "45 67")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("070", line_end, "1234567")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("070 123", line_end, "45 67")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("07012", line_end, "34567")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("+46", line_end, "701234567")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("+46 70", line_end, "123 45 67")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("08-465", line_end, "004 07")) == PrivacyRule::kTelephone);
    CHECK(rule_met_by(broken("tlf. 22 00", line_end, "00 07")) == PrivacyRule::kTelephone);
  }
}

TEST_CASE("a mail address that a line's end parts is refused") {
  for (const std::string& line_end : kLineEnds) {
    INFO("length of the line's end: " << line_end.size());
    CHECK(rule_met_by(broken("a@", line_end, "b.se")) == PrivacyRule::kEmail);
    CHECK(rule_met_by(broken("anna.berg", line_end, "@example.org")) == PrivacyRule::kEmail);
    CHECK(rule_met_by(broken("anna@example", line_end, ".org")) == PrivacyRule::kEmail);
  }
  CHECK_FALSE(rule_met_by("@en.kanal\n@en.annan").has_value());
  CHECK_FALSE(rule_met_by("3 @\n20 mg. Nytt").has_value());
}

TEST_CASE("numbers one a line aren't put together") {
  for (const std::string text : {"10\n20\n30",
                                 "10\n20\n30\n40\n50",
                                 "22\n59\n13\n01",
                                 "Pris:\n200\n1500\n12000\n45000",
                                 "Prägling:\n512\n3601\n054\n14200",
                                 "M367\nV 3601\nRP 10 325",
                                 "20 mg\n40 mg\n80 mg",
                                 "070\n123\n4567",
                                 "010\n325\n204\n512",
                                 "Doser: 20 40\n60 80",
                                 "1\t20\t200\n2\t40\t400\n3\t80\t800",
                                 "2024\n2025\n2026",
                                 "12.06.25\n1430",
                                 "08 12 2025\n50 tabletter",
                                 "0830\n1630",
                                 "Ring 112\n30 tabletter",
                                 "Ring 1177\n10 000 kr",
                                 "Giftinformation 010-456 67 00\n12 tabletter",
                                 "1. 12 mg\n2. 24 mg\n3. 120512",
                                 "Lot 123456\n\n\n7890",
                                 "811218\n9875",
                                 "+10\n+20\n+30 grader",
                                 "0,104\n0,208\n0,312",
                                 "2024-06-01\n2024-06-30",
                                 "12:30\n14:45\n16:00"}) {
    INFO(text);
    CHECK_FALSE(rule_met_by(text).has_value());
  }
}

TEST_CASE("digits that are drawn otherwise are digits") {
  const std::vector<std::vector<std::string>> drawn{{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"},
                                                    {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"},
                                                    {"⓪", "①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"},
                                                    {"⓿", "❶", "❷", "❸", "❹", "❺", "❻", "❼", "❽", "❾"},
                                                    {"🄋", "➀", "➁", "➂", "➃", "➄", "➅", "➆", "➇", "➈"},
                                                    {"🄌", "➊", "➋", "➌", "➍", "➎", "➏", "➐", "➑", "➒"},
                                                    {"⓪", "⑴", "⑵", "⑶", "⑷", "⑸", "⑹", "⑺", "⑻", "⑼"},
                                                    {"🄀", "⒈", "⒉", "⒊", "⒋", "⒌", "⒍", "⒎", "⒏", "⒐"},
                                                    {"⓪", "⓵", "⓶", "⓷", "⓸", "⓹", "⓺", "⓻", "⓼", "⓽"},
                                                    {"🄁", "🄂", "🄃", "🄄", "🄅", "🄆", "🄇", "🄈", "🄉", "🄊"},
                                                    {"𝟎", "𝟏", "𝟐", "𝟑", "𝟒", "𝟓", "𝟔", "𝟕", "𝟖", "𝟗"},
                                                    {"𝟶", "𝟷", "𝟸", "𝟹", "𝟺", "𝟻", "𝟼", "𝟽", "𝟾", "𝟿"}};
  for (const auto& digits : drawn) {
    std::string number;
    for (const char c : std::string("8112189876"))
      number += digits[static_cast<std::size_t>(c - '0')];
    INFO(number);
    CHECK(rule_met_by("Hos " + number) == PrivacyRule::kSwedishNumber);
    std::string all;
    for (const std::string& digit : digits)
      all += digit;
    CHECK(admission::normal_text(all).value() == U"0123456789");
  }
  for (const std::string text :
       {"10⁶ per m³, CO₂, H₂O, 5 µg/m³", "Lund¹, Malmö² och Ystad³", "① heroin ② kokain"}) {
    INFO(text);
    CHECK_FALSE(rule_met_by(text).has_value());
  }
}

TEST_CASE("a range of dates is no number of a person") {
  for (const std::string text :
       {"12.06.25-19.06.25", "12.06.25 - 19.06.25", "12/06/25-19/06/25", "12.06.25–19.06.25",
        "01.06.25-08.06.25", "12.06.25-19.06", "01/06/25-08/06/25", "01/06/25-28/06", "25.06.12-25.06.19",
        "12-06-25 - 19-06-25", "28.12.25 – 03.01.26", "12.06.25\n-19.06.25", "01/06/2025-08/06/2025"}) {
    INFO(text);
    CHECK_FALSE(rule_met_by("Perioden " + text + " i länet").has_value());
  }
  // Every week of some years, in whole dates.
  for (int year = 20; year < 30; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= 21; ++day) {
        const auto date = [&](int which) {
          const auto two = [](int value) {
            return std::string(value < 10 ? "0" : "") + std::to_string(value);
          };
          return two(which) + "." + two(month) + "." + two(year);
        };
        const std::string text = date(day) + "-" + date(day + 7);
        INFO(text);
        CHECK_FALSE(rule_met_by(text).has_value());
      }
    }
  }
}

TEST_CASE("a number whose serial is written like a part of a date is refused by its check digit") {
  for (const std::string text :
       {"81.12.18-98.76", "81-12-18 - 98 76", "811218-98.76", "81.12.18-98.76.05", "81/12/18-98/76",
        "81.12.18-9876", "701063-23.91", "12.12.12-12.12"}) {  // 121212-1212 could be a range; it checks
    INFO(text);
    CHECK(rule_met_by(text) == PrivacyRule::kSwedishNumber);
  }
  CHECK(rule_met_by("01.01.90-12 34") == PrivacyRule::kDanishNumber);
  CHECK(rule_met_by("01.01.90-1206") == PrivacyRule::kDanishNumber);
  CHECK(rule_met_by("010190-12.06") == PrivacyRule::kDanishNumber);
}
