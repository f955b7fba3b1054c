#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gjallar::bench {

using Clock = std::chrono::steady_clock;

/// The value below which `share` of the samples lie (nearest rank); 0 if there are none.
[[nodiscard]] double percentile(std::vector<double> samples, double share);
[[nodiscard]] double median(std::vector<double> samples);

/// What was measured, by name.
using Figures = std::vector<std::pair<std::string, double>>;

/// A median and the interval in which it lies with 95 % (bootstrap: 2,000 resamples, always the same).
struct Interval {
  double median = 0, low = 0, high = 0;
};
/// The median of the ratios of each round's figure to the other's of the same round.
[[nodiscard]] Interval median_ratio(const std::vector<double>& over, const std::vector<double>& under);

/// As figures: NAME, NAME_low, NAME_high.
[[nodiscard]] Figures with_interval(const std::string& name, const Interval& interval);

[[nodiscard]] double seconds_since(Clock::time_point start);
/// Nanoseconds of the steady clock, the same in all processes of the machine.
[[nodiscard]] std::int64_t steady_ns();

/// What a result was measured on: processor, cores, kernel, versions of the libraries.
[[nodiscard]] std::string machine_line();

/// One line of a benchmark's table, and of its JSON.
struct Row {
  std::string name;
  Figures figures;
};
/// Prints a table for people (a figure that has FIGURE_low and FIGURE_high behind it with its interval) and
/// one line of JSON a row: {"bench":…,"row":…,FIGURE:VALUE,…}.
void print_rows(const std::string& bench, const std::vector<Row>& rows);

/// True if the words hold `--quick`: small enough to keep the benchmark alive in continuous integration.
[[nodiscard]] bool is_quick(int argc, char** argv);
/// The numbers behind the word `--name` ("--subscribers 1000,5000"), or `otherwise`. Throws unless they are
/// positive numbers with commas between them.
[[nodiscard]] std::vector<int> numbers_of(int argc, char** argv, std::string_view name,
                                          std::vector<int> otherwise);
[[nodiscard]] int number_of(int argc, char** argv, std::string_view name, int otherwise);

/// A folder that goes with the object. On the disk of the working directory, not in memory.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gjallar::bench
