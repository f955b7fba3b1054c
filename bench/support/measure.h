#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace gjallar::bench {

using Clock = std::chrono::steady_clock;

/// The value below which `share` of the samples lie (nearest rank); 0 if there are none.
[[nodiscard]] double percentile(std::vector<double> samples, double share);
[[nodiscard]] double median(std::vector<double> samples);
[[nodiscard]] double seconds_since(Clock::time_point start);

/// What a result was measured on: processor, cores, kernel, versions of the libraries.
[[nodiscard]] std::string machine_line();

/// One line of a benchmark's table, and of its JSON.
struct Row {
  std::string name;
  std::vector<std::pair<std::string, double>> figures;
};
/// Prints a table for people and one line of JSON a row: {"bench":…,"row":…,FIGURE:VALUE,…}.
void print_rows(const std::string& bench, const std::vector<Row>& rows);

/// True if the words hold `--quick`: small enough to keep the benchmark alive in continuous integration.
[[nodiscard]] bool is_quick(int argc, char** argv);

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
