// A log on a temporary folder with two small folds of its own, for tests of the log alone.
#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>

#include "broker/core/clock.h"
#include "broker/core/random.h"
#include "broker/log/local_log.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::testing {

/// Column `view`: subject → how many events it has had (u64). Keeps the same counts in memory, and fails with
/// INTERNAL if the two differ: a fold that wasn't reloaded after its rows were taken back is found out.
/// Refuses the subject "poison" after it has written its row. Column `target`: event n concerns the services
/// 0 to n mod 5 - 1.
[[nodiscard]] log::FoldFactory counting_folds();
/// The count in a row of column `view`; 0 if there is none.
[[nodiscard]] std::uint64_t count_of(const log::RowReader& rows, const std::string& subject);

/// A decide that yields `events` events about `subject`, whose payloads give `text` as the reason.
[[nodiscard]] log::Decide decide_events(const std::string& subject, int events = 1,
                                        const std::string& text = "seen");
/// The same, refused with STALE_VERSION unless the subject has had exactly `expected` events.
[[nodiscard]] log::Decide decide_at_version(const std::string& subject, std::uint64_t expected);
/// A decide that refuses with NOT_FOUND.
[[nodiscard]] log::Decide decide_refusal();

/// Hands a command over; the answer as a future.
[[nodiscard]] std::future<log::AppendOutcome> append(log::EventLog& log, log::AppendRequest request);
/// A request by "police".
[[nodiscard]] log::AppendRequest request(log::Decide decide, const std::string& key = {},
                                         const std::string& command = {});

struct LogFixture {
  LogFixture() { open(); }
  explicit LogFixture(std::uint64_t seed) : random(seed) { open(); }
  ~LogFixture() { close(); }
  LogFixture(const LogFixture&) = delete;
  LogFixture& operator=(const LogFixture&) = delete;

  [[nodiscard]] log::LocalLogOptions options();
  void open();
  void close();
  void reopen();
  /// Appends and waits.
  log::AppendOutcome append(log::Decide decide, const std::string& key = {}, const std::string& command = {});
  [[nodiscard]] std::filesystem::path directory() const { return folder.path() / "log"; }
  [[nodiscard]] std::uint64_t count(const std::string& subject) const;

  TemporaryDirectory folder;
  core::ManualClock clock;
  core::SeededRandom random{1};
  log::WriteFault fault;  ///< read when a write begins; set only while nothing is under way
  log::WriteFault fault_after;
  std::unique_ptr<log::EventLog> log;
};

/// Holds the appender in the middle of a command, so that what is sent meanwhile is decided as one group.
class Gate {
 public:
  /// Sends a command that yields nothing and waits until the appender has begun it.
  explicit Gate(log::EventLog& log);
  ~Gate() { open(); }
  void open();

 private:
  std::promise<void> release_;
  std::future<log::AppendOutcome> held_;
  bool opened_ = false;
};

}  // namespace gjallar::testing
