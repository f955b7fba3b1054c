#include "broker/domain/short_text.h"

#include <catch2/catch.hpp>
#include <random>

#include "broker/core/limits.h"
#include "broker/core/utf8.h"
#include "broker/domain/wording.h"
#include "tests/support/sample_alerts.h"

namespace gjallar::domain {
namespace {

v1::Alert sample_alert(v1::Status status = v1::STATUS_ACTUAL) {
  v1::Alert alert;
  alert.set_reference("GJ-K7Q2-M3ZT-B81X");
  *alert.mutable_content() = testing::sample_content();
  alert.mutable_content()->set_status(status);
  return alert;
}

TEST_CASE("a message holds 160 characters of the GSM alphabet, 80 of its extension, 70 code units else") {
  CHECK(sms_size(std::string(160, 'a')).fits());
  CHECK_FALSE(sms_size(std::string(161, 'a')).fits());
  CHECK(sms_size("åäöÅÄÖæøÆØéÉ£$¥èùìòÇñüà§¿¡ΔΦΓΛΩΠΨΣΘΞ@_\n\r").gsm);
  CHECK(sms_size("€").units == 2);
  CHECK(sms_size(std::string(80, '[')).fits());
  CHECK_FALSE(sms_size(std::string(81, '[')).fits());
  const SmsSize sami = sms_size("Kárášjohka");
  CHECK_FALSE(sami.gsm);
  CHECK(sami.units == 10);
  CHECK(sami.units_max == 70);
  CHECK(sms_size("😀").units == 2);
}

TEST_CASE("an SMS that isn't written is derived: reference and headline, cut at a word") {
  v1::Alert alert = sample_alert();
  CHECK(sms_text(alert, "sv") == "GJ-K7Q2-M3ZT-B81X Heroin med ovanligt hög renhet");
  std::string headline;
  while (headline.size() < 150)
    headline += "Ord ";
  alert.mutable_content()->mutable_texts(0)->set_headline(headline);
  const std::string cut = sms_text(alert, "sv");
  CHECK(sms_size(cut).fits());
  CHECK(cut.substr(cut.size() - 6) == "Ord...");
  alert.mutable_content()->mutable_texts(0)->set_sms("Kort och gott.");
  CHECK(sms_text(alert, "sv") == "Kort och gott.");
}

TEST_CASE("typographic marks don't cost an SMS its alphabet") {
  v1::Alert alert = sample_alert();
  alert.mutable_content()->mutable_texts(0)->set_headline("“Oxy” – inte oxikodon…");
  CHECK(sms_text(alert, "sv") == "GJ-K7Q2-M3ZT-B81X \"Oxy\" - inte oxikodon...");
}

TEST_CASE("a text without a headline says what kind of alert it is, and of what") {
  v1::Alert alert = sample_alert();
  alert.mutable_content()->mutable_texts(0)->clear_headline();
  CHECK(sms_text(alert, "sv") == "GJ-K7Q2-M3ZT-B81X Hög styrka: heroin, Stockholms län");
}

TEST_CASE("a summary that isn't written is the first three sentences of the description") {
  v1::Alert alert = sample_alert();
  CHECK(summary_text(alert, "sv") == "Ett parti heroin med hög renhet har påträffats.");
  alert.mutable_content()->mutable_texts(0)->set_description("En. Två 2.5 g! Tre? Fyra.");
  CHECK(summary_text(alert, "sv") == "En. Två 2.5 g! Tre?");
  alert.mutable_content()->mutable_texts(0)->clear_description();
  CHECK(summary_text(alert, "sv") == "Heroin med ovanligt hög renhet");
  alert.mutable_content()->mutable_texts(0)->set_summary("Egen sammanfattning.");
  CHECK(summary_text(alert, "sv") == "Egen sammanfattning.");
}

TEST_CASE("an exercise and a test are marked in every length, in the language of the text") {
  struct Row {
    const char* language;
    const char* exercise;
    const char* test;
  };
  for (const Row& row : {Row{"sv", "ÖVNING", "TEST"},
                         {"nb", "ØVELSE", "TEST"},
                         {"nn", "ØVELSE", "TEST"},
                         {"da", "ØVELSE", "TEST"},
                         {"fi", "HARJOITUS", "TESTI"},
                         {"en-GB", "EXERCISE", "TEST"},
                         {"se", "EXERCISE", "TEST"}}) {
    for (const bool own : {false, true}) {
      v1::Alert alert = sample_alert(v1::STATUS_EXERCISE);
      v1::TextBlock& text = *alert.mutable_content()->mutable_texts(0);
      text.set_language(row.language);
      if (own) text.set_sms("Own text."), text.set_summary("Own summary.");
      const std::string mark = std::string(row.exercise) + " ";
      CHECK(sms_text(alert, row.language).rfind(mark, 0) == 0);
      CHECK(summary_text(alert, row.language).rfind(mark, 0) == 0);
      CHECK(full_text(alert, row.language).rfind(mark, 0) == 0);
      alert.mutable_content()->set_status(v1::STATUS_TEST);
      CHECK(sms_text(alert, row.language).rfind(std::string(row.test) + " ", 0) == 0);
      alert.mutable_content()->set_status(v1::STATUS_ACTUAL);
      CHECK(sms_text(alert, row.language).find(row.exercise) == std::string::npos);
    }
  }
  CHECK(marked(v1::STATUS_EXERCISE, "sv", "ÖVNING: naloxon") == "ÖVNING: naloxon");
}

TEST_CASE("a message about the network and a draft are marked in every length too") {
  struct Row {
    v1::Status status;
    const char* language;
    const char* mark;
  };
  for (const Row& row : {Row{v1::STATUS_SYSTEM, "sv", "SYSTEM "},
                         {v1::STATUS_SYSTEM, "fi", "JÄRJESTELMÄ "},
                         {v1::STATUS_DRAFT, "sv", "UTKAST "},
                         {v1::STATUS_DRAFT, "da", "UDKAST "},
                         {v1::STATUS_DRAFT, "en", "DRAFT "}}) {
    v1::Alert alert = sample_alert(row.status);
    alert.mutable_content()->mutable_texts(0)->set_language(row.language);
    CHECK(sms_text(alert, row.language).rfind(row.mark, 0) == 0);
    CHECK(summary_text(alert, row.language).rfind(row.mark, 0) == 0);
    CHECK(full_text(alert, row.language).rfind(row.mark, 0) == 0);
  }
}

TEST_CASE("a role's own instruction comes before everything but the headline") {
  v1::Alert alert = sample_alert();
  v1::RoleInstruction* own = alert.mutable_content()->mutable_texts(0)->add_role_instructions();
  own->set_role("ambulance");
  own->set_instruction("Dubbel dos naloxon.");
  const std::string shown = full_text(alert, "sv", "ambulance");
  CHECK(shown.find("Dubbel dos") < shown.find("Ett parti"));
  const std::string to_others = full_text(alert, "sv", "laro");
  CHECK(to_others.find("Dubbel dos") > to_others.find("Ha naloxon"));
}

TEST_CASE("the language that is asked for, its nearest relative, or the first") {
  v1::AlertContent content = testing::sample_content();
  content.add_texts()->set_language("en-GB");
  CHECK(text_in(content, "sv").language() == "sv");
  CHECK(text_in(content, "en").language() == "en-GB");
  CHECK(text_in(content, "fi").language() == "sv");
  CHECK(text_in(content, "").language() == "sv");
}

TEST_CASE("whatever a text holds, its SMS is one message, marked if it must be") {
  std::mt19937_64 engine(7);
  const std::u32string alphabet = U"abc åäöøÆ€[]^č…“”😀中.,\n-ABC";
  for (int round = 0; round < 500; ++round) {
    v1::Alert alert = sample_alert(round % 2 == 0 ? v1::STATUS_EXERCISE : v1::STATUS_ACTUAL);
    v1::TextBlock& text = *alert.mutable_content()->mutable_texts(0);
    std::u32string random;
    const std::size_t length = engine() % 300;
    const std::size_t letters = 3 + engine() % (alphabet.size() - 3);
    while (random.size() < length)
      random.push_back(alphabet[engine() % letters]);
    (round % 3 == 0 ? text.mutable_sms() : text.mutable_headline())->assign(core::encode_utf8(random));
    const std::string sms = sms_text(alert, "sv");
    INFO(sms);
    REQUIRE(sms_size(sms).fits());
    REQUIRE_FALSE(sms.empty());
    if (round % 2 == 0) REQUIRE(sms.rfind("ÖVNING", 0) == 0);
    const auto summary = core::decode_utf8(summary_text(alert, "sv"));
    REQUIRE(summary.has_value());
    REQUIRE(summary->size() <= core::limits::kSummaryLengthMax);
  }
}

}  // namespace
}  // namespace gjallar::domain
