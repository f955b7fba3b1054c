#include "broker/admission/privacy_gate.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/admission/identifiers.h"
#include "broker/core/result.h"

using namespace gjallar;

namespace {

// Numbers of nobody: published test numbers, and Norwegian ones with the month + 80 of synthetic data.
struct Refused {
  std::string text;
  std::string value;  ///< must not be in the error
  std::string rule;
};

const std::vector<Refused> kRefused{
    {"Person 121212-1212 hade tabletterna", "121212-1212", "Swedish"},
    {"Person 121212+1212", "121212+1212", "Swedish"},
    {"Person 1212121212.", "1212121212", "Swedish"},
    {"(191212121212)", "191212121212", "Swedish"},
    {"19121212-1212", "19121212-1212", "Swedish"},
    {"19121212+1212", "19121212+1212", "Swedish"},
    {"samordningsnummer 701063-2391", "701063-2391", "Swedish"},
    {"811218 9876", "811218 9876", "Swedish"},
    {"19811218 9876,", "9876", "Swedish"},
    {"-811218-9876", "811218-9876", "Swedish"},
    {"811218\xe2\x80\x93"
     "9876",
     "9876", "Swedish"},  // en dash
    {"\xe2\x80\x9c"
     "811218-9876\xe2\x80\x9d",
     "811218-9876", "Swedish"},  // typographic quotes
    {"8112\xc2\xad"
     "189876",
     "189876", "Swedish"},  // soft hyphen
    {"linje\n8112189876\nlinje", "8112189876", "Swedish"},
    {"fnr 01810112332", "01810112332", "Norwegian"},
    {"fnr 018101 12332", "12332", "Norwegian"},
    {"D-nummer 41810120035", "41810120035", "Norwegian"},
    {"H-nummer 01410112368", "01410112368", "Norwegian"},
    {"etter 2032: 01810112340 ", "01810112340", "Norwegian"},  // k1 remainder 1
    {"01810112359", "01810112359", "Norwegian"},               // 2
    {"01810112367", "01810112367", "Norwegian"},               // 3
    {"CPR 010190-1234", "010190-1234", "Danish"},
    {"HETU 131052-308T", "131052-308T", "Finnish"},
    {"hetu 131052-308t", "131052-308t", "Finnish"},
    {"010199A9023", "010199A9023", "Finnish"},
    {"290204Y123A", "290204Y123A", "Finnish"},
    {"131052+902Y", "131052+902Y", "Finnish"},
    {"foto_811218-9876.jpg", "811218-9876", "Swedish"},
    {"IMG-811218-9876.jpg", "811218-9876", "Swedish"},
    {"foto_811218-9876_1.jpg", "811218-9876", "Swedish"},
    {"811218-9876-1.jpg", "811218-9876", "Swedish"},
    {"pnr-8112189876", "8112189876", "Swedish"},
    {"811218_9876", "811218_9876", "Swedish"},
    {"811218--9876", "9876", "Swedish"},
    {"811218   9876", "9876", "Swedish"},
    {"811218-\n9876", "9876", "Swedish"},
    {"811218\xc2\xb7"
     "9876",
     "9876", "Swedish"},  // middle dot
    {"811218\xe2\x9e\x96"
     "9876",
     "9876", "Swedish"},  // heavy minus
    {"811218\xcb\x97"
     "9876",
     "9876", "Swedish"},  // modifier minus
    {"811218-98 76", "98 76", "Swedish"},
    {"018101123 32", "018101123 32", "Norwegian"},
    {"01.01.1990-5001", "01.01.1990-5001", "Danish"},
    {"131052-308 T", "308 T", "Finnish"},
    {"skriv till anna@example.org nu", "anna@example.org", "e-mail"},
    {"<a.b+c@mail.example.se>", "mail.example", "e-mail"},
};

const std::vector<std::string> kPasses{
    "",
    "Ett parti heroin med ovanligt hög renhet har påträffats.",
    "Ring 112, 113, 1177 eller 116117. Giftinformation 010-456 67 00, +47 22 59 13 00.",
    "Fentanyl 437-38-7, koffein 58-08-2, etonitazen 911-65-9.",
    "Referens GJ-K7Q2-M3ZT-B81X, ärende 0190b8f0-7c2a-7d3e-9f10-1212121212aa",
    "0190b8f0-7c2a-7d3e-9f10-191212121212",  // a UUID whose last group would be a number
    "811218-9875",                           // wrong check digit
    "811318-9876",                           // no such month
    "556016-0680",                           // a company's number: the month is above 20
    "18810112332 og 01810112333",            // neither checks
    "parti A8112189876B och x8112189876",    // not delimited
    "8112189876-2",                          // part of a longer number
    "å8112189876",
    "50 tabletter à 10 mg den 12 december 2025, cirka 12 000 kr",
    "3 @ 20 mg, @handle",
    "12.5 mg/ml; 2025-06-10T16:45:00Z; 2025-06-10",
    "131052-308S",
};

}  // namespace

TEST_CASE("the gate refuses numbers of persons and e-mail addresses, and never says which") {
  for (const Refused& refused : kRefused) {
    INFO(refused.text);
    const auto result = admission::check_text("issue.content.texts[0].description", refused.text);
    REQUIRE(result.has_error());
    CHECK(result.error().code == v1::ERROR_CODE_PERSONAL_IDENTIFIER);
    CHECK(result.error().field == "issue.content.texts[0].description");
    const std::string told = core::to_text(result.error());
    CHECK(told.find(refused.rule) != std::string::npos);
    CHECK(told.find(refused.value) == std::string::npos);
    CHECK_FALSE(result.error().advice.empty());
  }
}

TEST_CASE("a link is read behind its escapes, for mail and telephones too") {
  const admission::PrivacyRules rules;
  for (const char* link :
       {"https://example.org/811218-9876.jpg", "https://example.org/?id=811218%2D9876",
        "https://example.org/8112189876/x", "mailto:kari.testperson@example.org",
        "mailto:kari.testperson%40example.org", "https://example.org/foto%20010190-1234.jpg"}) {
    INFO(link);
    const auto hit = admission::look_through(link, admission::TextKind::kLink, rules).value();
    REQUIRE(hit.has_value());
    CHECK_FALSE(admission::asks(hit->rule));
  }
  for (const char* link : {"https://example.org/news/2026/06/12", "https://example.org/a%FFb?page=3",
                           "urn:uuid:0190b8f0-7c2a-7d3e-9f10-191212121212", "rapport_2026-06-12.pdf"}) {
    INFO(link);
    CHECK_FALSE(admission::look_through(link, admission::TextKind::kLink, rules).value().has_value());
  }
}

TEST_CASE("the gate lets ordinary texts pass") {
  for (const std::string& text : kPasses) {
    INFO(text);
    CHECK(admission::check_text("text", text).has_value());
  }
}

TEST_CASE("a text that isn't UTF-8 is refused") {
  for (const std::string& text : {std::string("\xff"), std::string("\xc3"), std::string("\xc0\xaf"),
                                  std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80")}) {
    const auto result = admission::check_text("text", text);
    REQUIRE(result.has_error());
    CHECK(result.error().code == v1::ERROR_CODE_INVALID_ARGUMENT);
  }
}

TEST_CASE("a change of any one digit of a checked number is caught or makes another number") {
  // Luhn catches every single wrong digit; so do the Norwegian check digits.
  const std::string swedish = "8112189876";
  for (std::size_t i = 6; i < swedish.size(); ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string other = swedish;
      other[i] = digit;
      CHECK(admission::is_swedish_number(other) == (other == swedish));
    }
  }
  const std::string norwegian = "01810112332";
  for (char digit = '0'; digit <= '9'; ++digit) {
    std::string other = norwegian;
    other[10] = digit;
    CHECK(admission::is_norwegian_number(other) == (other == norwegian));
  }
}
