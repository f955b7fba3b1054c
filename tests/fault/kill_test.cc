// kill -9 in the middle of publishing, fifty times on one folder.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/support/log_fixture.h"

extern char** environ;

using gjallar::log::AppendStatus;
using gjallar::testing::append;
using gjallar::testing::counting_folds;
using gjallar::testing::decide_events;
using gjallar::testing::request;
using gjallar::testing::TemporaryDirectory;
namespace core = gjallar::core;
namespace log_ns = gjallar::log;

namespace {

constexpr int kKills = 50;
constexpr std::uint32_t kPublishers = 8;
constexpr int kReportDescriptor = 9;
constexpr const char* kFolderVariable = "GJALLAR_KILL_TEST_FOLDER";
constexpr const char* kNextVariable = "GJALLAR_KILL_TEST_NEXT";
constexpr const char* kChildCase = "publishers append until they are stopped";

/// What a publisher reports once it was told "committed"; smaller than a pipe's atomic write.
struct Acknowledged {
  std::uint32_t publisher;
  std::uint32_t index;
  std::uint64_t last_seq;
};

using NextIndexes = std::array<std::uint32_t, kPublishers>;

std::string subject_of(std::uint32_t publisher, std::uint32_t index) {
  return "p" + std::to_string(publisher) + "-" + std::to_string(index);
}
/// Some commands yield several events: they are there together or not at all.
int events_of(std::uint32_t index) {
  return 1 + static_cast<int>(index % 3);
}

std::unique_ptr<log_ns::EventLog> open_log(const std::filesystem::path& directory) {
  static core::SystemClock clock;
  static core::SystemRandom random;
  log_ns::LocalLogOptions options;
  options.directory = directory;
  options.folds = counting_folds();
  options.clock = &clock;
  options.random = &random;
  auto log = log_ns::open_local_log(std::move(options));
  if (!log) throw std::runtime_error(core::to_text(log.error()));
  return std::move(*log);
}

/// One publisher: sends its commands one after another from `next` on until `go_on` says no. A command that
/// wasn't acknowledged before is sent again with its key, as gjallar-feed would.
void publish(log_ns::EventLog& log, std::uint32_t publisher, std::uint32_t next,
             const std::function<bool(const Acknowledged&)>& go_on) {
  for (auto index = next;; ++index) {
    const auto subject = subject_of(publisher, index);
    const auto outcome =
        append(log, request(decide_events(subject, events_of(index)), subject, subject)).get();
    if (outcome.status != AppendStatus::kCommitted && outcome.status != AppendStatus::kDuplicate) return;
    if (!go_on(Acknowledged{publisher, index, outcome.committed.last_seq})) return;
  }
}

std::string to_list(const NextIndexes& next) {
  std::string text;
  for (const auto index : next)
    text += std::to_string(index) + " ";
  return text;
}

/// Where a child would leave temporary folders.
std::filesystem::path scratch_of(const std::filesystem::path& directory) {
  return directory.parent_path() / "tmp";
}

struct Child {
  pid_t process = -1;
  int reports = -1;
};

Child start_child(const std::filesystem::path& directory, const NextIndexes& next) {
  int ends[2] = {-1, -1};
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], kReportDescriptor);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> variables{std::string(kFolderVariable) + "=" + directory.string(),
                                     std::string(kNextVariable) + "=" + to_list(next),
                                     "TMPDIR=" + scratch_of(directory).string()};
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  std::vector<char*> environment;
  for (auto& variable : variables)
    environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string program = "/proc/self/exe";
  std::string test_case = kChildCase;
  std::array<char*, 3> arguments{program.data(), test_case.data(), nullptr};
  Child child;
  REQUIRE(posix_spawn(&child.process, program.c_str(), &actions, nullptr, arguments.data(),
                      environment.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  child.reports = ends[0];
  return child;
}

/// Reads reports until `until` (or the end if it is nothing).
void collect(int reports, std::optional<core::SteadyTime> until, std::vector<Acknowledged>& acknowledged) {
  while (true) {
    int wait_ms = -1;
    if (until) {
      const auto left = *until - std::chrono::steady_clock::now();
      if (left <= left.zero()) return;
      wait_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
    }
    pollfd ready{reports, POLLIN, 0};
    if (poll(&ready, 1, wait_ms) <= 0) continue;
    Acknowledged one{};
    if (read(reports, &one, sizeof one) != static_cast<ssize_t>(sizeof one)) return;  // the end
    acknowledged.push_back(one);
  }
}

/// All that is known of the folder.
struct Ledger {
  std::map<std::string, std::vector<core::Seq>> seqs;  ///< by subject, as found in the log
  core::Seq checked = 0;
  NextIndexes next{};
};

void check_folder(const std::filesystem::path& directory, const std::vector<Acknowledged>& acknowledged,
                  Ledger& ledger) {
  const auto log = open_log(directory);
  const auto snapshot = log->snapshot();
  const auto report = log_ns::verify(*snapshot, ledger.checked + 1);
  INFO(report.finding);
  REQUIRE(report.intact);
  std::map<std::string, std::uint64_t> grown;
  REQUIRE(snapshot
              ->for_each(ledger.checked + 1, snapshot->head().seq,
                         [&](const log_ns::CommittedEvent& event) {
                           const auto& header = event.record.header;
                           auto& seqs = ledger.seqs[header.subject];
                           if (header.subject_kind == gjallar::domain::SubjectKind::kAlert) {
                             seqs.push_back(header.seq);
                             grown[header.subject] = seqs.size();
                             REQUIRE(header.version == seqs.size());
                           }
                           return true;
                         })
              .has_value());
  for (const auto& [subject, count] : grown) {
    const auto index = static_cast<std::uint32_t>(std::stoul(subject.substr(subject.find('-') + 1)));
    REQUIRE(count == static_cast<std::uint64_t>(events_of(index)));  // whole, and once
    REQUIRE(ledger.seqs[subject].back() - ledger.seqs[subject].front() + 1 == count);
    REQUIRE(gjallar::testing::count_of(snapshot->rows(), subject) == count);
  }
  for (const auto& one : acknowledged) {
    const auto& seqs = ledger.seqs[subject_of(one.publisher, one.index)];
    REQUIRE_FALSE(seqs.empty());
    REQUIRE(seqs.back() == one.last_seq);
    ledger.next[one.publisher] = std::max(ledger.next[one.publisher], one.index + 1);
  }
  ledger.checked = snapshot->head().seq;
}

}  // namespace

// Also the program that is killed: started again with a folder to work on, it publishes until the end.
TEST_CASE("publishers append until they are stopped") {
  const char* folder = std::getenv(kFolderVariable);
  const bool child = folder != nullptr;
  std::optional<TemporaryDirectory> own;  // the parent's: nobody would remove that of a child that is killed
  if (!child) own.emplace();
  const auto log = open_log(child ? std::filesystem::path(folder) : own->path() / "log");
  NextIndexes next{};
  if (const char* list = std::getenv(kNextVariable); child && list != nullptr) {
    std::istringstream in(list);
    for (auto& index : next)
      in >> index;
  }
  std::atomic<std::uint64_t> events{0};
  const auto go_on = [&](const Acknowledged& one) {
    events += static_cast<std::uint64_t>(events_of(one.index));
    if (!child) return one.index < 20;
    return write(kReportDescriptor, &one, sizeof one) == static_cast<ssize_t>(sizeof one);
  };
  std::vector<std::thread> publishers;
  for (std::uint32_t publisher = 0; publisher < kPublishers; ++publisher) {
    publishers.emplace_back([&, publisher] { publish(*log, publisher, next[publisher], go_on); });
  }
  for (auto& publisher : publishers)
    publisher.join();
  if (child) return;
  CHECK(log->head().seq == 1 + events);
  CHECK(log_ns::verify(*log->snapshot()).intact);
}

TEST_CASE(
    "kill -9 at random moments: what was acknowledged is there exactly once, the rest whole or not at all") {
  const TemporaryDirectory folder;
  const auto directory = folder.path() / "log";
  std::filesystem::create_directory(scratch_of(directory));
  Ledger ledger;
  std::mt19937 random(std::random_device{}());
  std::size_t all_acknowledged = 0;
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    const Child child = start_child(directory, ledger.next);
    std::vector<Acknowledged> acknowledged;
    // Some are killed while they still open the folder, most in the middle of writing.
    const bool at_start = random() % 5 == 0;
    if (!at_start) {
      pollfd ready{child.reports, POLLIN, 0};
      REQUIRE(poll(&ready, 1, 60'000) == 1);  // it has begun
    }
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 60'000);
    collect(child.reports, moment, acknowledged);
    REQUIRE(kill(child.process, SIGKILL) == 0);
    int status = 0;
    REQUIRE(waitpid(child.process, &status, 0) == child.process);
    REQUIRE(WIFSIGNALED(status));
    collect(child.reports, std::nullopt, acknowledged);
    close(child.reports);
    CAPTURE(kill_number, acknowledged.size());
    all_acknowledged += acknowledged.size();
    check_folder(directory, acknowledged, ledger);
  }
  CHECK(all_acknowledged > kKills);
  const auto log = open_log(directory);
  const auto report = log_ns::verify(*log->snapshot());
  CHECK(report.intact);
  CHECK(report.events == log->head().seq);
  CHECK(log->rebuild().value().differences == 0);
  CHECK(std::filesystem::is_empty(scratch_of(directory)));  // the killed leave nothing behind elsewhere
}
