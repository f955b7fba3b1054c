#include "tests/support/personal_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "broker/core/clock.h"
#include "broker/core/identity.h"
#include "tests/support/personal_numbers.h"

namespace gjallar::testing {
namespace {

/// Sentences of five languages around a value.
const std::vector<std::string> kSentences{
    "Patienten {} avled efter att ha tagit tabletterna.",
    "Uppgiften kommer från {}, som köpte pulvret i går.",
    "Enligt journalen ({}) gavs 0,4 mg naloxon två gånger.",
    "Beslaget gjordes hos {}; 74 % renhet uppmättes.",
    "Frågor besvaras av handläggaren: {}. Sprid inte vidare.",
    "Pasienten {} ble funnet livløs.",
    "Opplysningene gjelder {}, innlagt med overdose.",
    "Beslaget ble gjort hos {} på Grønland.",
    "Meldt av mor til {}. Tablettene er blå.",
    "Saken gjelder «{}» og to andre.",
    "Patienten {} blev indlagt på skadestuen.",
    "Pillerne blev købt af {} i sidste uge.",
    "Oplyst af {}: stærkt pulver i omløb.",
    "Journalnummer/{}/: to poser hvidt pulver.",
    "Potilas {} menehtyi yliannostukseen.",
    "Tiedot koskevat henkilöä {}, joka osti jauheen.",
    "Lisätietoja antaa {}. Aine on erittäin vahvaa.",
    "Takavarikko tehtiin ({}) eilen illalla.",
    "The patient {} died after two tablets.",
    "Bought by {} outside the station, 20 mg each.",
    "Source: {}\nTreated with naloxone.",
    "\"{}\" was written on the bag.",
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Digits in another script, whose zero this is.
std::string in_digits(const std::string& text, const std::array<std::string, 10>& digits) {
  std::string out;
  for (const char c : text)
    out += c >= '0' && c <= '9' ? digits[static_cast<std::size_t>(c - '0')] : std::string(1, c);
  return out;
}

using Typing = std::function<std::string(const std::string& first, const std::string& second)>;

/// How people type a number in two parts.
const std::vector<Typing>& typings() {
  static const std::array<std::string, 10> kFullWidth{"０", "１", "２", "３", "４",
                                                      "５", "６", "７", "８", "９"};
  static const std::array<std::string, 10> kArabic{"٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩"};
  static const std::array<std::string, 10> kDevanagari{"०", "१", "२", "३", "४", "५", "६", "७", "८", "९"};
  const auto with = [](const std::string& separator) {
    return [separator](const std::string& first, const std::string& second) {
      return first + separator + second;
    };
  };
  static const std::vector<Typing> all{
      with("-"),
      with(" "),
      with("\u00a0"),  // no-break space
      with("\u202f"),  // narrow no-break space
      with("\u2009"),  // thin space
      with(" - "),
      with("\u2013"),   // en dash
      with("\u2011"),   // no-break hyphen
      with("\u2212"),   // minus
      with("\u200b-"),  // zero-width space
      with("-\u00ad"),  // soft hyphen
      with("-\u2060"),  // word joiner
      [](const std::string& first, const std::string& second) {
        return in_digits(first + "-" + second, kFullWidth);
      },
      [](const std::string& first, const std::string& second) {
        return in_digits(first + " " + second, kArabic);
      },
      [](const std::string& first, const std::string& second) {
        return in_digits(first + "－" + second, kDevanagari);
      },
      [](const std::string& first, const std::string& second) {
        return first.substr(0, 2) + "\u200d" + first.substr(2) + "-" + second;  // zero-width joiner inside
      },
  };
  return all;
}

class Collection {
 public:
  explicit Collection(std::uint64_t seed) : random(seed) {}

  void add(const std::string& value, const std::string& rule) {
    const std::string& sentence = kSentences[next_++ % kSentences.size()];
    all.push_back({replaced(sentence, "{}", value), value, rule});
  }

  core::SeededRandom random;
  std::vector<PersonalText> all;

 private:
  std::size_t next_ = 0;
};

void add_numbers(Collection& out) {
  const std::string swedish = "Swedish";
  const std::string norwegian = "Norwegian";
  for (int round = 0; round < 5; ++round) {
    for (const Typing& typed : typings()) {
      const std::string se = make_swedish(out.random, round % 2 == 1, round > 2);
      out.add(typed(se.substr(0, se.size() - 4), se.substr(se.size() - 4)), swedish);
      const std::string no = make_norwegian(out.random, round % 2 == 1, round % 4);
      out.add(typed(no.substr(0, 6), no.substr(6)), norwegian);
      const std::string dk = make_danish(out.random);
      out.add(typed(dk.substr(0, 6), dk.substr(6)), "Danish");
    }
    const std::string se = make_swedish(out.random, false, false);
    out.add(se, swedish);
    out.add(make_swedish(out.random, true, true), swedish);
    out.add(se.substr(0, 6) + "+" + se.substr(6), swedish);
    out.add(se.substr(0, 2) + " " + se.substr(2, 2) + " " + se.substr(4, 2) + "-" + se.substr(6), swedish);
    const std::string no = make_norwegian(out.random, false, round % 4);
    out.add(no, norwegian);
    out.add(no.substr(0, 6) + " " + no.substr(6, 3) + " " + no.substr(9), norwegian);
    out.add(no.substr(0, 2) + "." + no.substr(2, 2) + "." + no.substr(4, 2) + "." + no.substr(6), norwegian);
    const std::string dk = make_danish(out.random);
    out.add(dk.substr(0, 2) + "." + dk.substr(2, 2) + "." + dk.substr(4, 2) + "-" + dk.substr(6), "Danish");
  }
  for (int round = 0; round < 60; ++round) {
    std::string fi = make_finnish(out.random);
    if (round % 5 == 1)
      std::transform(fi.begin(), fi.end(), fi.begin(), [](unsigned char c) { return std::tolower(c); });
    if (round % 5 == 2) fi = replaced(fi, "-", "\u2011");
    if (round % 5 == 3) fi.insert(3, "\u200b");
    out.add(fi, "Finnish");
  }
}

void add_telephones(Collection& out) {
  // Kept for fiction in Sweden; elsewhere numbers that are formed like real ones and end in zeros.
  const std::vector<std::string> formed{
      "070-174 06 {}",
      "070 174 06 {}",
      "07017406{}",
      "070-17406{}",
      "+46 70 174 06 {}",
      "+467017406{}",
      "+46 (0)70 174 06 {}",
      "+46(0)70-17406{}",
      "0046 70 174 06 {}",
      "004670 17406{}",
      "031-390 06 {}",
      "(031) 390 06 {}",
      "031/390 06 {}",
      "08-465 004 {}",
      "08-4650 04{}",
      "+46 8 465 004 {}",
      "0980-319 2{}",
      "040-628 04 {}",
      "22 00 00 {}",
      "+47 22 00 00 {}",
      "+472200 00{}",
      "0047 22 00 00 {}",
      "400 00 0{}",
      "+47 400 00 0{}",
      "+4740000 0{}",
      "tlf. 220000{}",
      "Tlf: 400000{}",
      "mobil 400000{}",
      "+45 20 00 00 {}",
      "20 00 00 {}",
      "+4520 00 00{}",
      "00 45 20 00 00 {}",
      "tel 2000 00{}",
      "ring 200000{}",
      "+358 40 000 00{}",
      "040 000 00{}",
      "040-000 00{}",
      "04000000{}",
      "+358 9 000 00{}",
      "09 000 00{}",
      "(09) 000 00{}",
      "puh. 0400 000 0{}",
      "puh. 09 0000{}",
      "soita 040 000 00{}",
      "+358 (0)40 000 00{}",
      "+46\u00a070\u00a0174\u00a006\u00a0{}",
      "070\u2013174\u200906\u2009{}",
      "０７０-１７４ ０６ {}",
      "+49 30 000000{}",
      "+44 20 0000 00{}",
      "call 070 174 06 {}",
      "phone: +354 000 00{}",
  };
  for (const std::string& form : formed) {
    for (int round = 0; round < 5; ++round)
      out.add(replaced(form, "{}", fmt::format("{:02}", 5 + below(out.random, 45))), "telephone");
  }
}

void add_addresses(Collection& out) {
  const std::vector<std::string> formed{
      "{}@example.org",           "{}.larsen@example.no",
      "{}+lab@mail.example.se",   "<{}@example.fi>",
      "{}＠example.org",          "{}@example\u200b.dk",
      "{}(at)example.org",        "{} (at) example.org",
      "{} [at] example [dot] se", "{} at example dot org",
      "{}@räksmörgås.example",    "{}_2@EXAMPLE.COM",
      "{}(a)example.org",         "{} snabel-a example punkt se",
      "{} {at} example.org",
  };
  const std::vector<std::string> names{"anna", "bjorn", "kari", "søren", "väinö"};
  for (const std::string& form : formed) {
    for (const std::string& name : names)
      out.add(form.substr(0, form.find("{}")) + name + form.substr(form.find("{}") + 2), "e-mail");
  }
}

const std::vector<std::string> kHarmless{
    "Ring 112 vid medvetslöshet, 1177 för råd och Giftinformation på 010-456 67 00.",
    "Giftinformasjonen har telefon 22 59 13 00, fra utlandet +47 22 59 13 00.",
    "Ring 113. Legevakten har 116117 i hele landet.",
    "Giftlinjen svarer på 82 12 12 12, ring 112 ved livsfare.",
    "Myrkytystietokeskus: puh. 0800 147 111, hätätilanteessa soita 112.",
    "Call 112, or the poison centre on +46 10 456 67 00 or 0046 10 456 67 00.",
    "Tabletter märkta OC på ena sidan och 80 på den andra.",
    "2C-B, 2C-E och 25I-NBOMe såldes som LSD på blotter.",
    "U-47700, U-48800 och AH-7921 är opioider.",
    "1,4-BDO och GBL såldes i 50 ml-flaskor, 1,4-butandiol 110-63-4.",
    "MDMA 42542-10-9, fentanyl 437-38-7, heroin 561-27-4, koffein 58-08-2.",
    "Metonitazen 14680-51-4 och isotonitazen 14188-81-9 påvisades med GC-MS.",
    "4-MMC, 3-MMC, 5-MeO-DMT och 6-APB ska inte blandas med alkohol.",
    "Dosen var 10–20 mg, styrkan 80 mg/tablett, vikten 0,104 g.",
    "Från 5 mg/ml till 12,5 mg/ml; 1 000 mg paracetamol; 0.4 mg naloxone.",
    "Doser om 10 20 30 40 mg prövades, sedan 25 50 75 mg.",
    "Priset är 200 kr styck, 12 000 kr för hundra, 1 250 000 kr för partiet.",
    "Pris 1500 NOK per gram, 40 123 456 kroner i alt.",
    "Beslag 12 kg och 3 450 tabletter den 12/6 2024 kl. 14.30–15.00.",
    "Perioden 2024-06-01–2024-06-30, uppdaterad 2024-06-12 14:30.",
    "Mellan 08 12 2025 och 24 12 2025 är mottagningen stängd.",
    "Öppet 08–16 vardagar, 10–14 lördagar.",
    "Öppet 0830-1630, (a) heroin (b) amfetamin; se sid. 12-34.",
    "EAN 7310865004703, ISBN 978-91-7000-150-5, dnr 10.1-12345/2024.",
    "Org.nr 556016-0680, NO 974 767 880, CVR 12345678, Y-tunnus 0245458-3.",
    "Box 1234, 111 22 Stockholm; 0181 Oslo; 2200 København N.",
    "GC-MS m/z 245 146 189, m/z 303.1703, RT 12.34 min, C20H22N4O3.",
    "Koordinaterna är 59.3293, 18.0686.",
    "Version 12.4.1 av metoden; CAS 911-65-9; EU 2023/1322; artikel 13.2.",
    "Tabletter med präglingen \"M367\", \"RP 10 325\", \"IP 204\" och \"54 142\".",
    "Blå tabletter 8 mm, präglade 512 och V 3601.",
    "Märkning: 30/500, TEVA 74, 93-78, E712.",
    "3 @ 20 mg eller 5 @ 10 mg; fråga @handle i kanalen #varning.",
    "Se https://example.org/rapport/2024-06?id=12 för bilder.",
    "Renheten steg från 12 % till 74 % på 6 månader.",
    "Metadon 5 mg/ml, lot på flaskan, utgår 2026-03.",
    "Man bör aldrig använda ensam; ha alltid naloxon till hands.",
    "Personer som nyligen lämnat fängelse har ingen tolerans efter 3–8 dagar.",
    "Kvinnor och män i alla åldrar söker vård på akuten.",
    "Nora, Mark och Berg är kommuner; Lund och Hol likaså.",
    "Varningen gäller Malmö och Lund från den 3 juni.",
    "Tre överdoser i Halden den 3. juni; sykehuset tok imot alle.",
    "The batch was seen in Malmö on 12 June at the hospital.",
    "For 5 år siden ble samme stoff funnet i Oslo 12. juni.",
    "Heroin seized in Malmö on 12 June is unusually strong.",
    "Päihdepalvelut Malmössä varoittavat 12.6.2024 alkaen.",
    "Pulveret er solgt i København, Aarhus og Odense i juni.",
    "Naloxone 1.26 mg/dose nasal spray, 2 doses a pack.",
    "Alfa-PVP, alfa-PHP (\"flakka\") och MDPV i samma påse.",
    "Rör inte pulvret med händerna; 2 mikrogram per ml räcker.",
    "Kl. 08 30 till 16 00 finns personal på plats.",
    "ISO 17025, SS-EN 1822, ASTM D1193-06.",
    "ICD-10 T40.2, T40.6, X42; ATC N02AB03.",
    "Nr 7 av 12; 3 av 10 prover; 1/2 tablett; 2 x 0,5 g.",
    "IP 192.168.10.12 och port 8443.",
};

void add_runs(HarmlessTexts& out, core::Random& random) {
  const std::vector<std::string> around{
      "Parti {} är spärrat.",         "Lot {} inneholder metonitazen.", "Batch {} was tested twice.",
      "Erä {} sisältää fentanyyliä.", "Batchnummer {}: to poser.",      "Ärende {} hos laboratoriet.",
      "Streckkod {} på asken.",       "Sak {} er avsluttet.",           "Prøve {} viste 74 %.",
      "Sample no. {}, GC-MS.",        "Artikelnummer {} återkallas.",   "Præg {} på pillen."};
  for (int i = 0; out.runs_of_digits < 150; ++i) {
    const auto size = static_cast<std::size_t>(6 + i % 7);
    std::string digits;
    while (digits.size() < size)
      digits += static_cast<char>('0' + below(random, 10));
    if (digits[0] == '0') digits[0] = '1';  // a 0 before nine digits is a telephone's
    if (passes_as_a_number(digits)) continue;
    out.texts.push_back(replaced(around[static_cast<std::size_t>(i) % around.size()], "{}", digits));
    ++out.runs_of_digits;
  }
}

void add_ids(HarmlessTexts& out, core::Random& random) {
  const core::WallTime time{std::chrono::microseconds(1'750'000'000'000'000)};
  for (int i = 0; i < 60; ++i) {
    const core::AlertId id = core::new_alert_id(time + std::chrono::seconds(i * 977), random);
    out.texts.push_back(fmt::format("Se varning {} ({}).", core::reference_of(id), id.value()));
    out.texts.push_back(fmt::format("Same batch as {}, {} kr, {} mg.", id.value(),
                                    100'000 + below(random, 900'000), 1 + below(random, 999)));
  }
}

}  // namespace

std::vector<PersonalText> texts_to_refuse(std::uint64_t seed) {
  Collection out(seed);
  add_numbers(out);
  add_telephones(out);
  add_addresses(out);
  return std::move(out.all);
}

HarmlessTexts texts_to_pass(std::uint64_t seed) {
  HarmlessTexts out;
  core::SeededRandom random(seed);
  out.texts = kHarmless;
  add_runs(out, random);
  add_ids(out, random);
  return out;
}

}  // namespace gjallar::testing
