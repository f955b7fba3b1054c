// Data folders that earlier versions wrote, and the page that describes them.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

#include "broker/log/local_log.h"
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

TEST_CASE("the present version writes the golden history, and reads it back whole") {
  const TemporaryDirectory folder;
  gjallar::testing::write_golden_folder(folder.path() / "log");
  const Opened fresh(folder.path() / "log");
  const auto report = log_ns::verify(*fresh.log->snapshot());
  CHECK(report.intact);
  CHECK(report.events == 15);
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
