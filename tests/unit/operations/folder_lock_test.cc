#include "broker/operations/folder_lock.h"

#include <pthread.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/temporary_directory.h"

namespace gjallar::operations {
namespace {

using std::chrono::milliseconds;

core::Result<std::optional<FolderLock>> lock(const testing::TemporaryDirectory& folder, milliseconds wait,
                                             const std::function<void()>& waiting = {}) {
  return FolderLock::take(folder.path(), wait, waiting);
}

}  // namespace

TEST_CASE("a folder is one owner's until it lets go") {
  const testing::TemporaryDirectory folder;
  {
    const auto first = lock(folder, milliseconds(0));
    REQUIRE(first.has_value());
    REQUIRE(first->has_value());
    const auto second = lock(folder, milliseconds(0));
    REQUIRE(second.has_error());
    CHECK(second.error().code == v1::ERROR_CODE_UNAVAILABLE);
    CHECK(second.error().field == "data_dir");
    CHECK(second.error().message.find(folder.path().string()) != std::string::npos);
    CHECK(second.error().advice.find("--wait-for-lock") != std::string::npos);
  }
  CHECK(lock(folder, milliseconds(0))->has_value());
}

TEST_CASE("whoever waits has the folder once its owner lets go") {
  const testing::TemporaryDirectory folder;
  auto first = lock(folder, milliseconds(0));
  REQUIRE(first->has_value());
  int told = 0;
  // The one who has it lets go as soon as it hears that somebody waits.
  const auto second = lock(folder, std::chrono::minutes(1), [&] {
    ++told;
    first->reset();
  });
  REQUIRE(second.has_value());
  CHECK(second->has_value());
  CHECK(told == 1);
}

TEST_CASE("a wait for the folder ends with its time") {
  const testing::TemporaryDirectory folder;
  const auto first = lock(folder, milliseconds(0));
  int told = 0;
  const auto second = lock(folder, milliseconds(120), [&] { ++told; });
  REQUIRE(second.has_error());
  CHECK(told == 1);
}

TEST_CASE("a wait for the folder ends when the process is asked to stop") {
  const testing::TemporaryDirectory folder;
  const auto first = lock(folder, milliseconds(0));
  sigset_t stopping;
  sigset_t before;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stopping, &before);
  const auto second = lock(folder, std::chrono::minutes(5), [] { pthread_kill(pthread_self(), SIGTERM); });
  int taken = 0;
  sigwait(&stopping, &taken);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(taken == SIGTERM);
  REQUIRE(second.has_value());
  CHECK_FALSE(second->has_value());
}

TEST_CASE("a folder that can't be locked is named") {
  const auto failed = FolderLock::take("/proc/nowhere", milliseconds(0), {});
  REQUIRE(failed.has_error());
  CHECK(failed.error().message.find("/proc/nowhere") != std::string::npos);
}

}  // namespace gjallar::operations
