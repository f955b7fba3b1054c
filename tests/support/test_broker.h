// A broker without edges: log, folds, directory and admission on one temporary folder, with a clock that
// stands still and random numbers from a seed.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "broker/admission/admission.h"
#include "broker/core/clock.h"
#include "broker/core/random.h"
#include "broker/domain/role.h"
#include "broker/log/local_log.h"
#include "broker/projections/live_directory.h"
#include "broker/projections/live_tokens.h"
#include "gjallar/v1/alert.pb.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/directory.pb.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::testing {

/// One thread at a time, except `fail_writes` and what its parts allow.
struct TestBroker {
  explicit TestBroker(std::uint64_t seed = 1);
  ~TestBroker();
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  /// Closes the log and opens it again on the same folder.
  void reopen();
  /// Closes the log; `open` opens it again.
  void close();
  void open();

  /// Submits and waits for the answer.
  core::Result<v1::CommandOutcome> submit_and_wait(const domain::Principal& principal,
                                                   const v1::Command& command, const std::string& key = {},
                                                   admission::Sender sender = admission::Sender::kPerson,
                                                   const std::string& asked = {});
  /// Submits and waits; the command must be accepted.
  v1::CommandOutcome must(const domain::Principal& principal, const v1::Command& command);
  /// Issues by police; the alert's id. Must be accepted.
  std::string issue(const v1::AlertContent& content);
  /// Registers by the operator; the service's number. Must be accepted.
  core::ServiceNumber add(const v1::Service& service);

  TemporaryDirectory folder;
  core::ManualClock clock;
  core::SeededRandom random;
  /// Near-duplicates aren't looked for unless a test sets this and opens again: most issue the same over and
  /// over.
  std::chrono::hours duplicates_within{0};
  domain::RoleCatalogue roles;
  std::shared_ptr<projections::LiveDirectory> directory;
  std::shared_ptr<projections::LiveTokens> tokens;
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<admission::Admission> admission;
  /// Called on the appender's thread with what is about to be written; as `listener`.
  std::function<void(const log::CommittedGroup&)> preparer;
  /// Called on the appender's thread after the directory was published; set before the first command, kept
  /// over reopen.
  std::function<void(const log::CommittedGroup&, const log::Head&)> listener;
  /// While true, every write of the log fails as a full disk would.
  std::atomic<bool> fail_writes{false};
};

}  // namespace gjallar::testing
