#include "broker/domain/substances.h"

#include <catch2/catch.hpp>
#include <set>

namespace gjallar::domain {
namespace {

std::string_view name_of(std::string_view text) {
  const KnownSubstance* const found = find_substance(text);
  return found == nullptr ? std::string_view("-") : found->name;
}

v1::Substance substance(const std::string& name, const std::string& cas = {}) {
  v1::Substance out;
  out.set_name(name);
  out.set_cas_number(cas);
  return out;
}

bool same(const v1::Substance& a, const v1::Substance& b) {
  const auto left = substance_keys(a);
  const auto right = substance_keys(b);
  return std::any_of(left.begin(), left.end(), [&right](const std::string& key) {
    return std::find(right.begin(), right.end(), key) != right.end();
  });
}

TEST_CASE("the table knows the substances of the field, each name once") {
  CHECK(known_substances().size() >= 150);
  std::set<std::string_view> names;
  for (const KnownSubstance& known : known_substances()) {
    INFO(known.name);
    CHECK(names.insert(known.name).second);
    CHECK(find_substance(known.name) == &known);
  }
}

TEST_CASE("a substance is found by names in five languages, street names and CAS numbers") {
  CHECK(name_of("amfetamin") == "amphetamine");
  CHECK(name_of("amfetamiini") == "amphetamine");
  CHECK(name_of("tjack") == "amphetamine");
  CHECK(name_of("heroiini") == "heroin");
  CHECK(name_of("oksykodon") == "oxycodone");
  CHECK(name_of("oxikodon") == "oxycodone");
  CHECK(name_of("lustgas") == "nitrous oxide");
  CHECK(name_of("lystgass") == "nitrous oxide");
  CHECK(name_of("lattergas") == "nitrous oxide");
  CHECK(name_of("ilokaasu") == "nitrous oxide");
  CHECK(name_of("14680-51-4") == "metonitazene");
  CHECK(name_of("53-21-4") == "cocaine");
  CHECK(name_of("something else") == "-");
  CHECK(name_of("") == "-");
}

TEST_CASE("case, diacritics, hyphens and spaces don't tell names apart") {
  CHECK(name_of("2CB") == "2C-B");
  CHECK(name_of("u 47700") == "U-47700");
  CHECK(name_of("1,4 bdo") == "1,4-BDO");
  CHECK(name_of("GRÄS") == "cannabis");
  CHECK(name_of("gras") == "cannabis");
  CHECK(name_of("α-PVP") == "alpha-PVP");
  CHECK(name_of("Träsprit") == "methanol");
  CHECK(folded_name("Ærø-Ångström č") == "aeroangstromc");
}

TEST_CASE("two substances are the same by CAS number, else by the table, else by their names") {
  CHECK(same(substance("white powder", "53-21-4"), substance("kokain")));
  CHECK(same(substance("metonitazen"), substance("Metonitazene", "14680-51-4")));
  CHECK_FALSE(same(substance("metonitazene"), substance("protonitazene")));
  CHECK(same(substance("N-ethyl-x"), substance("n ethyl X")));
  CHECK_FALSE(same(substance("unheard of"), substance("heard of")));
  // An unknown CAS number doesn't hide a known name.
  CHECK(same(substance("heroin", "7732-18-5"), substance("heroin")));
  CHECK(same(substance("one name", "7732-18-5"), substance("another", "7732-18-5")));
  // What a CAS number says goes before the name.
  CHECK_FALSE(same(substance("heroin", "437-38-7"), substance("heroin")));
  // Names in other scripts aren't all the same nothing.
  CHECK_FALSE(same(substance("героин"), substance("кокаин")));
  CHECK(substance_keys(substance("!!!")).empty());
}

TEST_CASE("what runs short counts as the substance of a shortage") {
  v1::AlertContent content;
  content.mutable_shortage()->set_product("Naloxon nässpray");
  CHECK(substance_keys(content) == substance_keys("naloxone"));
}

}  // namespace
}  // namespace gjallar::domain
