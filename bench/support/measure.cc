#include "bench/support/measure.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/common.h>
#include <rocksdb/version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <grpcpp/grpcpp.h>
#include <algorithm>
#include <boost/version.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace gjallar::bench {

double percentile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const double rank = std::ceil(share * static_cast<double>(samples.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return samples[std::min(index, samples.size() - 1)];
}

double median(std::vector<double> samples) {
  return percentile(std::move(samples), 0.5);
}

Interval median_ratio(const std::vector<double>& over, const std::vector<double>& under) {
  constexpr int kResamples = 2'000;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(over.size(), under.size()); ++i)
    ratios.push_back(over[i] / under[i]);
  if (ratios.empty()) return {};
  std::minstd_rand random(7);
  std::vector<double> medians;
  for (int i = 0; i < kResamples; ++i) {
    std::vector<double> resample;
    for (std::size_t j = 0; j < ratios.size(); ++j)
      resample.push_back(ratios[random() % ratios.size()]);
    medians.push_back(median(std::move(resample)));
  }
  return {median(ratios), percentile(medians, 0.025), percentile(medians, 0.975)};
}

Figures with_interval(const std::string& name, const Interval& interval) {
  return {{name, interval.median}, {name + "_low", interval.low}, {name + "_high", interval.high}};
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::int64_t steady_ns() {
  return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

std::string machine_line() {
  std::string processor = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) {
      processor = line.substr(line.find(':') + 2);
      break;
    }
  }
  utsname name{};
  uname(&name);
  return fmt::format("{}, {} cores, Linux {}, RocksDB {}.{}.{}, gRPC {}, Boost {}.{}, Protocol Buffers {}.{}",
                     processor, std::thread::hardware_concurrency(), name.release, ROCKSDB_MAJOR,
                     ROCKSDB_MINOR, ROCKSDB_PATCH, grpc::Version(), BOOST_VERSION / 100000,
                     BOOST_VERSION / 100 % 1000, GOOGLE_PROTOBUF_VERSION / 1000000,
                     GOOGLE_PROTOBUF_VERSION / 1000 % 1000);
}

void print_rows(const std::string& bench, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    fmt::print("{:<44}", row.name);
    for (std::size_t i = 0; i < row.figures.size(); ++i) {
      fmt::print("  {} {:.4g}", row.figures[i].first, row.figures[i].second);
      if (i + 2 < row.figures.size() && row.figures[i + 1].first == row.figures[i].first + "_low") {
        fmt::print(" ({:.4g}–{:.4g})", row.figures[i + 1].second, row.figures[i + 2].second);
        i += 2;
      }
    }
    fmt::print("\n");
  }
  for (const Row& row : rows) {
    fmt::print("{{\"bench\":\"{}\",\"row\":\"{}\"", bench, row.name);
    for (const auto& [figure, value] : row.figures)
      fmt::print(",\"{}\":{:.6g}", figure, value);
    fmt::print("}}\n");
  }
  std::cout.flush();
}

bool is_quick(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](std::string_view word) { return word == "--quick"; });
}

std::vector<int> numbers_of(int argc, char** argv, std::string_view name, std::vector<int> otherwise) {
  char** const end = argv + argc;
  char** const found = std::find_if(argv + 1, end, [name](std::string_view word) { return word == name; });
  if (found == end) return otherwise;
  std::vector<int> numbers;
  std::istringstream words(found + 1 == end ? "" : found[1]);
  for (std::string word; std::getline(words, word, ',');) {
    const int number = std::atoi(word.c_str());
    if (number <= 0) throw std::runtime_error(std::string(name) + " takes positive numbers");
    numbers.push_back(number);
  }
  if (numbers.empty()) throw std::runtime_error(std::string(name) + " takes a number");
  return numbers;
}

int number_of(int argc, char** argv, std::string_view name, int otherwise) {
  return numbers_of(argc, argv, name, {otherwise}).front();
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::current_path() / "build/scratch-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder can be made under build/");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gjallar::bench
