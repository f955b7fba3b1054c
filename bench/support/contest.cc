#include "bench/support/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "bench/support/usage.h"

namespace gjallar::bench {
namespace {

/// A batch may spare the heads of its messages, no more.
constexpr double kShareOfBytesMin = 0.8;
constexpr std::string_view kMarkHead = "mark-";

Marks next_marks(int count) {
  static int last = 0;
  Marks marks;
  for (int i = 0; i < count; ++i)
    marks.push_back(fmt::format("{}{:06d}", kMarkHead, ++last));
  return marks;
}

struct Figure {
  const char* name;
  std::vector<double> Series::*values;
};
/// What is told of one message, and of many.
const std::vector<Figure> kFigures = {{"first_ms", &Series::first_ms}, {"p50_ms", &Series::p50_ms},
                                      {"p99_ms", &Series::p99_ms},     {"last_ms", &Series::last_ms},
                                      {"skew_ms", &Series::skew_ms},   {"cpu_us", &Series::processor_us}};
const std::vector<Figure> kRatios = {{"first", &Series::first_ms}, {"p50", &Series::p50_ms},
                                     {"p99", &Series::p99_ms},     {"last", &Series::last_ms},
                                     {"skew", &Series::skew_ms},   {"cpu", &Series::processor_us}};
const std::vector<Figure> kBurstFigures = {
    {"per_s", &Series::deliveries_per_s}, {"last_ms", &Series::last_ms}, {"cpu_us", &Series::processor_us}};
const std::vector<Figure> kBurstRatios = {{"per_s", &Series::deliveries_per_s},
                                          {"cpu", &Series::processor_us}};

}  // namespace

int number_in(const std::string& mark) {
  return std::stoi(mark.substr(kMarkHead.size()));
}

void Contest::add(Contestant contestant) {
  contestants_.push_back(std::move(contestant));
  series_.emplace_back();
  message_bytes_.push_back(0);
}

std::vector<Receipt> Contest::turn(std::size_t index, int messages, bool counted) {
  const Contestant& contestant = contestants_[index];
  const Marks marks = next_marks(messages);
  const auto publish = contestant.prepare(marks);
  wait_until_quiet(contestant.processes);
  contestant.readers->arm(marks.back());
  const double processor_before = processor_seconds(contestant.processes);
  const std::int64_t start = steady_ns();
  publish();
  std::vector<Receipt> receipts = contestant.readers->receipts();
  wait_until_quiet(contestant.processes);
  if (!counted) return receipts;

  const double processor = processor_seconds(contestant.processes) - processor_before;
  std::vector<double> latencies;
  std::vector<std::int64_t> arrivals;
  const double least = kShareOfBytesMin * static_cast<double>(message_bytes_[index]) * messages;
  for (const Receipt& receipt : receipts) {
    if (receipt.arrived_ns == 0) throw std::runtime_error("the kernel gave no arrival time");
    if (static_cast<double>(receipt.bytes) < least)
      throw std::runtime_error(contestant.name + " did not deliver all");
    latencies.push_back(static_cast<double>(receipt.read_ns - start) * 1e-6);
    arrivals.push_back(receipt.arrived_ns);
  }
  const auto [earliest, latest] = std::minmax_element(arrivals.begin(), arrivals.end());
  const double deliveries = static_cast<double>(receipts.size()) * messages;
  Series& series = series_[index];
  series.first_ms.push_back(percentile(latencies, 0));
  series.p50_ms.push_back(percentile(latencies, 0.5));
  series.p99_ms.push_back(percentile(latencies, 0.99));
  series.last_ms.push_back(percentile(latencies, 1));
  series.skew_ms.push_back(static_cast<double>(*latest - *earliest) * 1e-6);
  series.processor_us.push_back(processor / deliveries * 1e6);
  series.deliveries_per_s.push_back(deliveries / (series.last_ms.back() * 1e-3));
  return receipts;
}

std::size_t Contest::warm_up(std::size_t contestant) {
  const auto receipts = turn(contestant, 1, false);
  std::size_t bytes = receipts.front().bytes;
  for (const Receipt& receipt : receipts)
    bytes = std::min<std::size_t>(bytes, receipt.bytes);
  message_bytes_[contestant] = bytes;
  return bytes;
}

void Contest::run(int rounds, const std::function<void(std::size_t)>& after) {
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contestants_.size(); ++i) {
      const std::size_t index = (i + static_cast<std::size_t>(round)) % contestants_.size();
      (void)turn(index, messages_, true);
      if (after) after(index);
    }
  }
}

std::vector<Row> Contest::rows(const Figures& first, const Figures& last) const {
  std::vector<Row> rows = figures();
  const std::vector<Row> divided = ratios();
  rows.insert(rows.end(), divided.begin(), divided.end());
  for (Row& row : rows) {
    row.figures.insert(row.figures.begin(), first.begin(), first.end());
    row.figures.insert(row.figures.end(), last.begin(), last.end());
  }
  return rows;
}

std::vector<Row> Contest::figures() const {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < contestants_.size(); ++i) {
    Row row{contestants_[i].name, {}};
    for (const Figure& figure : messages_ > 1 ? kBurstFigures : kFigures)
      row.figures.emplace_back(figure.name, median(series_[i].*figure.values));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> Contest::ratios() const {
  std::vector<Row> rows;
  for (std::size_t i = 1; i < contestants_.size(); ++i) {
    Row row{contestants_[i].name + " ÷ " + contestants_[0].name, {}};
    for (const Figure& figure : messages_ > 1 ? kBurstRatios : kRatios) {
      const Figures ratio =
          with_interval(figure.name, median_ratio(series_[i].*figure.values, series_[0].*figure.values));
      row.figures.insert(row.figures.end(), ratio.begin(), ratio.end());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace gjallar::bench
