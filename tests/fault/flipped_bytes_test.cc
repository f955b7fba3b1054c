// What a broker makes of a disk that changed its mind about a bit.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

#include "broker/log/rocks_store.h"
#include "broker/log/wal_check.h"
#include "tests/support/log_fixture.h"

using gjallar::testing::decide_events;
using gjallar::testing::LogFixture;
using gjallar::testing::TemporaryDirectory;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;
namespace fs = std::filesystem;

namespace {

constexpr int kCommands = 80;
constexpr core::Seq kEvents = kCommands + 1;

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

std::string flipped(std::string bytes, std::size_t at, int mask) {
  bytes[at] = static_cast<char>(bytes[at] ^ mask);
  return bytes;
}

/// Files of a folder that end like this and hold something.
std::vector<fs::path> files(const fs::path& directory, const std::string& ending) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto name = entry.path().filename().string();
    if (entry.is_regular_file() && entry.file_size() > 0 && name.size() >= ending.size() &&
        name.compare(name.size() - ending.size(), ending.size(), ending) == 0) {
      found.push_back(entry.path());
    }
  }
  return found;
}

fs::path manifest_of(const fs::path& directory) {
  auto name = read_file(directory / "CURRENT");
  while (!name.empty() && name.back() == '\n')
    name.pop_back();
  return directory / name;
}

/// A folder of kEvents events, all of them acknowledged, as kill -9 leaves it: in the write-ahead log.
struct WrittenFolder {
  WrittenFolder() {
    for (int i = 0; i < kCommands; ++i) {
      const std::string text(static_cast<std::size_t>(20 + i * 12), 'x');
      REQUIRE(fixture.append(decide_events("alert " + std::to_string(i % 7), 1, text)).committed.last_seq >
              0);
    }
    fixture.close();
  }
  /// Has everything moved from the write-ahead log into table files.
  void into_tables() {
    {
      const auto store =
          log_ns::RocksStore::open(fixture.directory(), log_ns::RocksStore::Mode::kReadWrite).value();
      for (int column = 0; column < log_ns::kColumnCount; ++column) {
        REQUIRE(store->db()
                    .Flush(rocksdb::FlushOptions(), store->handle(static_cast<log_ns::Column>(column)))
                    .ok());
      }
    }
    fixture.reopen();
    fixture.close();
  }
  LogFixture fixture;
};

struct Seen {
  bool opened = false;
  log_ns::VerifyReport report;
  std::string words;
  core::Code code{};
};

/// Opens a copy of the folder with one file changed, and verifies it if it opens.
Seen look(WrittenFolder& written, const fs::path& file, const std::string& bytes) {
  const TemporaryDirectory copy;
  const auto directory = copy.path() / "log";
  fs::copy(written.fixture.directory(), directory, fs::copy_options::recursive);
  write_file(directory / file.filename(), bytes);
  auto options = written.fixture.options();
  options.directory = directory;
  Seen seen;
  const auto log = log_ns::open_local_log(std::move(options));
  if (!log) {
    seen.words = log.error().message;
    seen.code = log.error().code;
    return seen;
  }
  seen.opened = true;
  seen.report = log_ns::verify(*(*log)->snapshot());
  seen.words = seen.report.finding;
  return seen;
}

}  // namespace

TEST_CASE("no flipped byte of a write-ahead log or manifest passes the check, and an untouched one does") {
  WrittenFolder written;
  const auto directory = written.fixture.directory();
  auto checked = files(directory, ".log");
  REQUIRE(checked.size() == 1);
  REQUIRE(fs::file_size(checked.front()) > std::uintmax_t{64} * 1024);  // more than two blocks
  checked.push_back(manifest_of(directory));
  for (const auto& file : checked) {
    const auto bytes = read_file(file);
    CHECK(log_ns::check_log_file(file).has_value());
    std::size_t missed = 0;
    std::mt19937 random(7);
    // Every byte of the first and last kilobytes, and every 37th in between.
    for (std::size_t at = 0; at < bytes.size(); at += at < 1'000 || at + 3'000 > bytes.size() ? 1 : 37) {
      std::istringstream damaged(flipped(bytes, at, 1 << random() % 8));
      if (!log_ns::find_damage(damaged)) ++missed;
    }
    CHECK(missed == 0);
  }
}

TEST_CASE("a record type turned into a recyclable one doesn't pass for the end of the log") {
  // RocksDB takes it for a left-over of another file and drops every acknowledged event behind it.
  WrittenFolder written;
  const auto file = files(written.fixture.directory(), ".log").front();
  const auto seen = look(written, file, flipped(read_file(file), 6, 4));
  CHECK_FALSE(seen.opened);
  CHECK(seen.words.find(file.filename().string()) != std::string::npos);
}

TEST_CASE("a flipped byte of the write-ahead log: the broker refuses to start and names the file") {
  WrittenFolder written;
  const auto file = files(written.fixture.directory(), ".log").front();
  const auto bytes = read_file(file);
  std::mt19937 random(11);
  for (int round = 0; round < 25; ++round) {
    const std::size_t at = random() % bytes.size();
    CAPTURE(at);
    const auto seen = look(written, file, flipped(bytes, at, 1 << random() % 8));
    CHECK_FALSE(seen.opened);
    CHECK(seen.code == gjallar::v1::ERROR_CODE_DATA_CORRUPT);
    CHECK(seen.words.find(file.filename().string()) != std::string::npos);
  }
}

TEST_CASE(
    "a flipped byte in the write-ahead log of an open log is found by verify, and an untouched one isn't") {
  WrittenFolder written;
  written.fixture.open();
  CHECK(log_ns::verify(*written.fixture.log->snapshot()).intact);
  const auto append_one = [&written] {
    REQUIRE(written.fixture.append(decide_events("alert", 1, std::string(900, 'x'))).committed.last_seq > 0);
  };
  append_one();
  const auto snapshot = written.fixture.log->snapshot();
  CHECK(log_ns::verify(*snapshot).intact);
  const auto now = files(written.fixture.directory(), ".log");
  fs::path wal = now.front();
  for (const auto& file : now)
    if (fs::file_size(file) > fs::file_size(wal)) wal = file;
  {
    std::fstream file(wal,
                      std::ios::binary | std::ios::in | std::ios::out);  // the file itself, not a new one
    file.seekg(100);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(100);
    file.put(byte);
  }
  append_one();  // appends go on behind it
  const auto report = log_ns::verify(*written.fixture.log->snapshot());
  CHECK_FALSE(report.intact);
  CHECK(report.first_bad_seq == 0);
  CHECK(report.finding.find(wal.filename().string()) != std::string::npos);
}

TEST_CASE("a file cut off at any byte of its last record passes, as one that is being written does") {
  WrittenFolder written;
  const auto bytes = read_file(files(written.fixture.directory(), ".log").front());
  for (std::size_t cut = 1; cut < 900; cut += 7) {
    std::istringstream torn(bytes.substr(0, bytes.size() - cut));
    CHECK_FALSE(log_ns::find_damage(torn).has_value());
  }
  CHECK(log_ns::check_log_file("/nonexistent/000001.log").has_value());  // a flush deleted it meanwhile
}

TEST_CASE("a write-ahead log cut off in its last record opens with everything before it") {
  WrittenFolder written;
  const auto file = files(written.fixture.directory(), ".log").front();
  const auto bytes = read_file(file);
  for (const std::size_t cut : {1U, 7U, 60U, 700U}) {
    CAPTURE(cut);
    const auto seen = look(written, file, bytes.substr(0, bytes.size() - cut));
    CHECK(seen.opened);
    CHECK(seen.report.intact);
    CHECK(seen.report.events == kEvents - 1);
  }
  const auto zeros = look(written, file, bytes.substr(0, bytes.size() - 60) + std::string(60, '\0'));
  CHECK_FALSE(zeros.opened);  // within a record whose length is there: no crash leaves that behind
  const auto padded = look(written, file, bytes + std::string(5'000, '\0'));
  CHECK(padded.opened);
  CHECK(padded.report.events == kEvents);
}

TEST_CASE("a flipped byte of a table file is reported with the file or the seq, or changes nothing") {
  WrittenFolder written;
  written.into_tables();
  const auto tables = files(written.fixture.directory(), ".sst");
  REQUIRE(tables.size() >= 5);
  std::mt19937 random(13);
  int reported = 0;
  int rounds = 0;
  for (const auto& file : tables) {
    const auto bytes = read_file(file);
    for (int round = 0; round < 8; ++round, ++rounds) {
      const std::size_t at = random() % bytes.size();
      CAPTURE(file.filename().string(), at);
      const auto seen = look(written, file, flipped(bytes, at, 1 << random() % 8));
      if (seen.opened && seen.report.intact) {
        CHECK(seen.report.events == kEvents);  // a byte that means nothing
        continue;
      }
      ++reported;
      const bool names_file = seen.words.find(file.filename().string()) != std::string::npos;
      CHECK((names_file || seen.report.first_bad_seq > 0));
      // Where in a slice of hundreds the engine couldn't read on, nobody knows: no seq that is too low.
      if (names_file) CHECK(seen.report.first_bad_seq == 0);
    }
  }
  CHECK(reported > rounds * 3 / 4);
}

TEST_CASE("a table file that can't be opened is named, also where the engine names the manifest instead") {
  WrittenFolder written;
  written.into_tables();
  const auto file = files(written.fixture.directory(), ".sst").front();
  const auto bytes = read_file(file);
  constexpr std::size_t kTail = 1'000;  // of the table's properties, and where its blocks lie
  REQUIRE(bytes.size() > kTail);
  int refused = 0, looked_for = 0;
  for (std::size_t at = bytes.size() - kTail; at < bytes.size(); at += 9) {
    CAPTURE(at);
    const auto seen = look(written, file, flipped(bytes, at, 8));
    if (seen.opened) continue;
    ++refused;
    looked_for += seen.words.find("(table file ") != std::string::npos ? 1 : 0;
    CHECK(seen.code == gjallar::v1::ERROR_CODE_DATA_CORRUPT);
    CHECK(seen.words.find(file.filename().string()) != std::string::npos);
  }
  CHECK(refused > 50);
  CHECK(looked_for > 0);
}

TEST_CASE("a folder that lost its CURRENT file is refused, not begun anew") {
  WrittenFolder written;
  fs::remove(written.fixture.directory() / "CURRENT");
  for (const bool read_only : {false, true}) {
    auto options = written.fixture.options();
    options.read_only = read_only;
    const auto opened = log_ns::open_local_log(std::move(options));
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == gjallar::v1::ERROR_CODE_DATA_CORRUPT);
    CHECK(opened.error().message.find("CURRENT") != std::string::npos);
  }
}
