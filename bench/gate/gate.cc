// What the privacy gate costs an alert, in processor time: every string of a command looked through, by the
// size of its texts and by what they hold. The promise: under 20 µs for 2 KiB.
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string>

#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "broker/admission/privacy_gate.h"

namespace {

using namespace gjallar;

constexpr double kPromise = 20.0;  // µs for 2 KiB

/// A description of about `bytes`, from sentences that alerts are made of.
std::string prose(std::size_t bytes, bool doubtful) {
  constexpr std::array<std::string_view, 5> kSentences{
      "Tabletter märkta OC på ena sidan och 80 på den andra innehåller metonitazen i stället för oxikodon. ",
      "Andningen kan stanna inom minuter; ha alltid naloxon till hands och ring 112 vid medvetslöshet. ",
      "Fynden gjordes i Malmö den 12 juni och i Stavanger veckan därpå, styrkan var 1,2 till 4,8 mg. ",
      "Tabletten er grønn, 8 mm, solgt for 200 kr; prøve 20240612 viste 74 % renhet ved GC-MS. ",
      "Do not use alone. Tolerance is gone after three to eight days away from opioids. "};
  std::string text = doubtful ? "En 23-årig man vårdades på sjukhuset i Malmö. " : "";
  for (std::size_t i = 0; text.size() < bytes; ++i)
    text += kSentences[i % kSentences.size()];
  return text;
}

v1::Command alert(std::size_t bytes, bool doubtful) {
  v1::Command command;
  v1::AlertContent& content = *command.mutable_issue()->mutable_content();
  v1::TextBlock& text = *content.add_texts();
  text.set_language("sv");
  text.set_headline("Tabletter sålda som oxikodon innehåller metonitazen");
  text.set_description(prose(bytes, doubtful));
  v1::Substance& substance = *content.add_substances();
  substance.set_name("metonitazen");
  substance.set_cas_number("14680-51-4");
  substance.set_marking("OC/80");
  substance.set_lot("L20240612-7");
  content.mutable_audience()->add_groups()->add_areas("SE-12");
  return command;
}

/// Processor time of this thread, in seconds: what others do on the machine doesn't count.
double processor_seconds() {
  std::timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Microseconds of processor time a command, median of rounds.
double cost(const v1::Command& command, bool quick) {
  const admission::PrivacyRules rules;
  const int count = quick ? 200 : 5'000;
  std::vector<double> rounds;
  std::size_t found = 0;
  for (int round = 0; round < (quick ? 3 : 9); ++round) {
    const double start = processor_seconds();
    for (int i = 0; i < count; ++i)
      found += admission::screen(command, rules).doubts.size();
    rounds.push_back((processor_seconds() - start) * 1e6 / count);
  }
  volatile std::size_t kept = found;
  (void)kept;
  return bench::median(rounds);
}

void run(int argc, char** argv) {
  const bool quick = bench::is_quick(argc, argv);
  std::vector<bench::Row> rows;
  for (const bool doubtful : {false, true}) {
    for (const std::size_t bytes : {256U, 2'048U, 7'000U}) {
      const v1::Command command = alert(bytes, doubtful);
      const double us = cost(command, quick);
      rows.push_back({fmt::format("{} bytes{}", bytes, doubtful ? ", doubtful" : ""),
                      {{"us", us},
                       {"command_bytes", static_cast<double>(command.ByteSizeLong())},
                       {"ns_per_byte", us * 1e3 / static_cast<double>(command.ByteSizeLong())},
                       {"promise_us", bytes == 2'048U ? kPromise : 0}}});
    }
  }
  bench::print_rows("gate", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_benchmark("gate", argc, argv, run);
}
