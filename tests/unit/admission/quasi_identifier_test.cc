#include <catch2/catch.hpp>

#include "broker/admission/normal_text.h"
#include "broker/admission/privacy_gate.h"
#include "broker/admission/quasi_identifier.h"

using namespace gjallar;
using admission::TextKind;

namespace {

admission::QuasiIdentifier quasi_in(const std::string& text) {
  return admission::quasi_identifier_in(admission::read_text(admission::normal_text(text).value()));
}

const std::vector<std::string> kPointing{
    "En 23-årig man avled i Lund den 3 juni.",
    "Mannen, 34 år, vårdades på lasarettet i Ystad.",
    "23-åringen hittades av sin sambo i Malmö.",
    "Kvinna i 40-årsåldern, Östra Göinge, igår.",
    "En flicka från Upplands Väsby togs in på akuten.",
    "Hon låg på universitetssjukhuset sedan 12/6.",
    "Pojkvännen till en tonårstjej, 17 år, i Malmös utkant.",
    "En kvinne i 40-årene ble innlagt på sykehus i Halden.",
    "Mann (34) fra Nord-Odal, funnet 3. juni.",
    "Moren til en gutt på 16 år meldte fra 2024-06-12.",
    "En 19 år gammel jente døde i fengselet i går.",
    "En mand på 34 år blev fundet af sin nabo på skadestuen.",
    "Pigen på 15 år er søster til ham, indlagt 12.6.2024.",
    "34-vuotias nainen kuoli sairaalassa 12.6.2024.",
    "Mies, 34 v, vankilassa eilen.",
    "Nelikymppinen mies löytyi 3. kesäkuuta äitinsä luota.",
    "A 35-year-old woman was found in Malmö on 12 June.",
    "He is 23 years old and was taken to hospital yesterday.",
    "The man's neighbour called; he lives in Halden.",
    "A girl, aged 16, from Stavanger, on June 12th.",
    "In her 40s, from Bergen, in prison.",
    "Två kvinnor togs till sjukhuset i Lund.",
};

const std::vector<std::string> kGeneral{
    "Man bör aldrig använda ensam; i Malmö finns sprutbyte sedan den 3 juni.",
    "Kvinnor och män i Malmö har sökt akuten sedan den 3 juni.",
    "En 23-årig man avled.",
    "En 23-årig man avled i Lund.",
    "Heroin i Lund och Malmö sedan den 3 juni, se sjukhusens råd.",
    "I 10 år har stoffet vært kjent i Oslo; legevakten i Bergen så det 3. juni.",
    "De senaste 5 åren har sjukhuset i Lund sett tre fall den 3 juni.",
    "For 5 år siden, 12. juni, ble det funnet i Halden.",
    "The hospital in Malmö saw 35 cases on 12 June.",
    "As far as we know the clinic in Lund is open on 12 June.",
    "Mark, Nora och Berg: 12 mg till 34 patienter på sjukhuset den 3 juni.",
    "80 mg i lund, nora och mark den 3 juni på sjukhuset.",
};

}  // namespace

TEST_CASE("age or sex with two of place, date, institution and relation asks, in five languages") {
  for (const std::string& text : kPointing) {
    INFO(text);
    const auto hit = admission::look_through(text, TextKind::kProse, {}).value();
    REQUIRE(hit.has_value());
    CHECK(hit->rule == admission::PrivacyRule::kQuasiIdentifier);
    CHECK(hit->words.rfind("age or sex with ", 0) == 0);
  }
}

TEST_CASE("what points at nobody isn't asked about") {
  for (const std::string& text : kGeneral) {
    INFO(text);
    CHECK_FALSE(quasi_in(text).asks());
  }
}

TEST_CASE("a kommun is named by whole capitalised words") {
  const auto place = [](const std::string& rest) { return quasi_in("En kvinna " + rest).place; };
  for (const std::string text :
       {"i Lund", "från Malmös utkant", "i Upplands Väsby", "i Lilla Edet", "i Nord-Odal", "i Os",
        "i Kárášjohka", "i Malmo\xcc\x88", "vid Lund-området"}) {
    INFO(text);
    CHECK(place(text));
  }
  for (const std::string text :
       {"i lund", "i Lundby", "i Upplands", "i mark och nora", "Markus", "i Väsby centrum"}) {
    INFO(text);
    CHECK_FALSE(place(text));
  }
}

TEST_CASE("what is asked is said in words") {
  CHECK(quasi_in("En 23-årig man avled i Lund den 3 juni.").words() == "age or sex with a place and a date");
  CHECK(quasi_in("En 23-årig man, son i Lund, på sjukhuset den 3 juni.").words() ==
        "age or sex with a place, a date, an institution and a relation");
}

TEST_CASE("names of substances and products are never asked about") {
  for (const std::string& text : kPointing) {
    INFO(text);
    CHECK_FALSE(admission::look_through(text, TextKind::kName, {}).value().has_value());
    CHECK_FALSE(admission::look_through(text, TextKind::kMark, {}).value().has_value());
  }
}

TEST_CASE("the fields of one text are read together, and the doubt stands with the age or sex") {
  v1::Command command;
  v1::TextBlock& text = *command.mutable_issue()->mutable_content()->add_texts();
  text.set_headline("23-årig man avled");
  text.set_description("Skedde i Lund den 12 juni på sjukhuset.");
  const auto screening = admission::screen(command, {});
  CHECK_FALSE(screening.refusal.has_value());
  REQUIRE(screening.doubts.size() == 1);
  CHECK(admission::path_of(screening.doubts.front().where) == "issue.content.texts[0].headline");
  CHECK(screening.doubts.front().hit.words == "age or sex with a place, a date and an institution");

  // What another text says, in another language perhaps, is no part of it.
  text.clear_description();
  command.mutable_issue()->mutable_content()->add_texts()->set_description(
      "Skedde i Lund den 12 juni på sjukhuset.");
  CHECK(admission::screen(command, {}).doubts.empty());
}

TEST_CASE("a Finnish day of a month is a day") {
  CHECK(quasi_in("34-vuotias nainen, 12.6., sairaala").asks());
}

TEST_CASE("ages in genitives, in words and in parentheses are ages") {
  for (const std::string text :
       {"34-åringens bror i Lund 3 juni", "34-åriges bror i Lund", "Den 34-årigas syster i Malmö",
        "Flickan (14) i Lund, legevakta", "Sønnen (14) i Halden, legevakta",
        "Patienten (34) i Lund den 3 juni", "En tjugotreårig i Lund den 3 juni",
        "Den tjuetreårige ble innlagt i Halden, legevakta",
        "Den treogtyveårige, indlagt den 3. juni på skadestuen", "Tjugotreåringens bror i Lund",
        "Kolmekymmentävuotias, sairaala, 12.6.2024"}) {
    INFO(text);
    CHECK(quasi_in(text).asks());
  }
  for (const std::string text :
       {"Flerårig satsning i Lund den 3 juni", "Mångåriga kontakter i Lund den 3 juni",
        "Minderåriga i Malmö söker akuten", "Femtonåringar i Lund på sjukhuset den 3 juni",
        "Lund (14), Malmö (3), sjukhus den 3 juni", "Fentanyl (14) i Lund den 3 juni",
        "Patienter (34) på sjukhuset i Lund", "Årliga möten i Lund den 3 juni"}) {
    INFO(text);
    CHECK_FALSE(quasi_in(text).asks());
  }
}

TEST_CASE("an event of CAP and the areas of its info block are read together") {
  v1::Command command;
  v1::CapDetails& cap = *command.mutable_issue()->mutable_content()->mutable_cap();
  v1::CapInfo& info = *cap.add_infos();
  info.set_event("34-årig avled på sjukhuset");
  info.add_parameters()->set_value("heroin");
  info.add_areas()->set_area_desc("Länet");
  info.add_areas()->set_area_desc("Lund");
  const auto screening = admission::screen(command, {});
  CHECK_FALSE(screening.refusal.has_value());
  REQUIRE(screening.doubts.size() == 1);
  CHECK(admission::path_of(screening.doubts.front().where) == "issue.content.cap.infos[0].event");

  // The areas of another info block are no part of it.
  info.clear_areas();
  cap.add_infos()->add_areas()->set_area_desc("Lund");
  CHECK(admission::screen(command, {}).doubts.empty());
}
