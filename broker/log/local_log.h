#pragma once

#include <filesystem>
#include <memory>

#include "broker/core/clock.h"
#include "broker/core/random.h"
#include "broker/log/event_log.h"

namespace gjallar::log {

/// Where failures are injected by tests: called at each write, on the appender's thread; an error makes the
/// write fail with it.
using WriteFault = std::function<core::Result<void>()>;

struct LocalLogOptions {
  std::filesystem::path directory;  ///< the RocksDB folder; created if missing
  FoldFactory folds;
  const core::Clock* clock = nullptr;  ///< must outlive the log
  core::Random* random = nullptr;      ///< must outlive the log
  bool read_only = false;              ///< for verify and tools: no appender, no lock
  WriteFault write_fault;              ///< tests only: fails before anything reaches the disk
  WriteFault write_fault_after;        ///< tests only: fails though everything is on the disk
};

/// Opens the log on its embedded RocksDB and starts the appender. A new folder gets a log id, a secret and a
/// LOG_OPENED event. Errors: DATA_CORRUPT with the engine's words and file (a flipped bit is refused, never
/// dropped), UNAVAILABLE if another broker holds the folder, UNSUPPORTED if a newer version wrote it,
/// NOT_FOUND if it is to be read only and isn't there.
[[nodiscard]] core::Result<std::unique_ptr<EventLog>> open_local_log(LocalLogOptions options);

struct VerifyReport {
  bool intact = false;
  std::uint64_t events = 0;
  Head head;
  core::Seq first_bad_seq = 0;  ///< 0: none, or the storage engine's finding, which no seq can be given for
  std::string finding;          ///< what is wrong, or the engine's words with the file
};
/// Checks chain, seqs, hashes and payload digests from `from_seq` (0: 1) to the head, then the engine's files
/// on the disk. Calls `yield` after every kBulkSliceRecords events if it is set.
[[nodiscard]] VerifyReport verify(const LogSnapshot& snapshot, core::Seq from_seq = 0,
                                  const std::function<void()>& yield = {});
/// What a caller may have verified from; INVALID_ARGUMENT naming from_seq beyond the head.
[[nodiscard]] core::Result<void> check_from_seq(const LogSnapshot& snapshot, core::Seq from_seq);

}  // namespace gjallar::log
