// Data folders that earlier versions wrote, and the page that describes them.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "broker/log/local_log.h"
#include "broker/projections/escalations.h"
#include "broker/projections/folds.h"
#include "broker/projections/live_directory.h"
#include "tests/support/golden_log.h"
#include "tests/support/temporary_directory.h"

using gjallar::testing::golden_folder;
using gjallar::testing::TemporaryDirectory;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;
namespace fs = std::filesystem;
namespace v1 = gjallar::v1;

namespace {

/// The newest broker on a copy of a folder.
struct Opened {
  explicit Opened(const fs::path& original) {
    fs::copy(original, folder.path() / "log", fs::copy_options::recursive);
    log_ns::LocalLogOptions options;
    options.directory = folder.path() / "log";
    options.folds = gjallar::projections::fold_factory(directory);
    options.clock = &clock;
    options.random = &random;
    log = log_ns::open_local_log(std::move(options)).value();
  }
  TemporaryDirectory folder;
  core::SystemClock clock;
  core::SystemRandom random;
  std::shared_ptr<gjallar::projections::LiveDirectory> directory =
      std::make_shared<gjallar::projections::LiveDirectory>();
  std::unique_ptr<log_ns::EventLog> log;
};

/// The hex that a page's code spans and blocks hold, joined in order.
std::string hex_of_page(const fs::path& file) {
  std::ifstream in(file);
  std::string out;
  bool block = false;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("```", 0) == 0) {
      block = !block;
      continue;
    }
    bool code = block;
    std::string span;
    const auto keep = [&] {
      const bool hex = !span.empty() && span.find_first_not_of("0123456789abcdef ") == std::string::npos;
      for (const char c : span) {
        if (hex && c != ' ') out += c;
      }
      span.clear();
    };
    for (const char c : line) {
      if (c == '`') {
        keep();
        code = !code;
      } else if (code) {
        span += c;
      }
    }
    keep();
  }
  return out;
}

}  // namespace

TEST_CASE("a folder of format 1 opens, verifies and folds to the very rows it holds") {
  // GJALLAR_GOLDEN_OUT=FOLDER writes a new one, once, when a format is begun.
  if (const char* out = std::getenv("GJALLAR_GOLDEN_OUT")) gjallar::testing::write_golden_folder(out);
  const Opened opened(golden_folder(1));
  const auto report = log_ns::verify(*opened.log->snapshot());
  INFO(report.finding);
  CHECK(report.intact);
  CHECK(report.events == 15);
  CHECK(core::to_hex(core::as_view(report.head.hash)) ==
        "3cb9d4c4b4c62837e2f7829dca556db4aa2fcb9c512785d11cc712fc300acadd");
  CHECK(opened.log->id().value() == "7KRJEEZ9DCRTJRQ4");
  const auto rebuilt = opened.log->rebuild().value();
  CHECK(rebuilt.events == 15);
  CHECK(rebuilt.differences == 0);
}

TEST_CASE("a folder of format 1 with escalations is folded anew: each step stands with its own version") {
  namespace projections = gjallar::projections;
  const std::string both = "01a20396-a359-7754-9d86-9ec2008d15d1";  // retracted, and escalated once more
  const std::string once = "01a20396-a71e-7f9e-b006-5df9bbfd8c25";
  const auto folder = gjallar::testing::source_root() / "tests" / "golden" / "log-v1-escalated";
  {
    // Whoever only reads leaves it as it is, and sees the latest of each.
    const TemporaryDirectory copy;
    fs::copy(folder, copy.path() / "log", fs::copy_options::recursive);
    log_ns::LocalLogOptions options;
    core::SystemClock clock;
    core::SystemRandom random;
    options.directory = copy.path() / "log";
    options.clock = &clock;
    options.random = &random;
    options.read_only = true;
    const auto log = log_ns::open_local_log(std::move(options)).value();
    CHECK(projections::escalations_of(*log->snapshot(), both).value().size() == 4);
    CHECK(log->snapshot()->rows().get(log_ns::Column::kMeta, "format").value() == std::string("\0\0\0\1", 4));
  }
  const Opened opened(folder);
  CHECK(log_ns::verify(*opened.log->snapshot()).intact);
  CHECK(opened.log->snapshot()->rows().get(log_ns::Column::kMeta, "format").value() ==
        std::string("\0\0\0\2", 4));
  int first = 0;
  int second = 0;
  int with_outcome = 0;
  for (const auto& step : projections::escalations_of(*opened.log->snapshot(), both).value()) {
    if (step.row.version() == 1) ++first;
    if (step.row.version() == 2) ++second;
    if (step.row.outcome() == v1::ESCALATION_OUTCOME_NO_ANSWER && step.row.version() == 1) ++with_outcome;
  }
  CHECK(first == 4);
  CHECK(second == 4);
  CHECK(with_outcome == 1);
  CHECK(projections::escalations_of(*opened.log->snapshot(), once).value().size() == 2);
  CHECK(opened.log->rebuild().value().differences == 0);
}

TEST_CASE("a folder of format 2 opens, verifies and folds to the very rows it holds") {
  namespace projections = gjallar::projections;
  const Opened opened(golden_folder(2));
  const auto snapshot = opened.log->snapshot();
  const auto report = log_ns::verify(*snapshot);
  INFO(report.finding);
  CHECK(report.intact);
  CHECK(report.events == 17);
  CHECK(snapshot->rows().get(log_ns::Column::kMeta, "format").value() == std::string("\0\0\0\2", 4));
  const std::string alert = snapshot->read(6).value().record.header.subject;
  std::vector<core::Version> versions;
  for (const auto& step : projections::escalations_of(*snapshot, alert).value())
    versions.push_back(step.row.version());
  CHECK(versions == std::vector<core::Version>{1, 4});
  CHECK(opened.log->rebuild().value().differences == 0);
}

TEST_CASE("the present version writes the golden history, and reads it back whole") {
  const TemporaryDirectory folder;
  gjallar::testing::write_golden_folder(folder.path() / "log");
  const Opened fresh(folder.path() / "log");
  const auto report = log_ns::verify(*fresh.log->snapshot());
  CHECK(report.intact);
  CHECK(report.events == 17);
  CHECK(fresh.log->rebuild().value().differences == 0);
}

TEST_CASE("the worked example of docs/log-format.md is what the golden folder holds") {
  const Opened opened(golden_folder(1));
  const auto page = hex_of_page(gjallar::testing::source_root() / "docs" / "log-format.md");
  const auto snapshot = opened.log->snapshot();
  for (const core::Seq seq : {1U, 6U}) {
    CAPTURE(seq);
    const auto event = snapshot->read(seq).value();
    CHECK(page.find(core::to_hex(log_ns::encode_header(event.record.header))) != std::string::npos);
    CHECK(page.find(core::to_hex(core::as_view(event.record.hash))) != std::string::npos);
  }
  const auto first = snapshot->read(1).value();
  CHECK(page.find(core::to_hex(log_ns::encode_payload(*first.record.payload))) != std::string::npos);
  const auto head = snapshot->rows().get(log_ns::Column::kMeta, "head").value();
  CHECK(page.find(core::to_hex(*head)) != std::string::npos);
}
