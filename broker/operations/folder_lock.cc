#include "broker/operations/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace gjallar::operations {
namespace {

/// How often a lock is tried while somebody else has it.
constexpr std::chrono::milliseconds kLockTryInterval{50};
constexpr int kLockFileMode = 0600;
/// Descriptors are closed in their order when a process is killed: one this high goes after the listeners'
/// sockets, so that whoever waits for the folder finds the addresses free.
constexpr int kHighDescriptorMax = 8'191;

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

core::Error lock_failed(const std::filesystem::path& file) {
  return core::make_error(
      v1::ERROR_CODE_UNAVAILABLE, "data_dir",
      fmt::format("The file {} can't be locked: {}.", file.string(), std::strerror(errno)),
      "Give a data folder on a local disk that the broker may write to.");
}

/// The id that the holder wrote; empty if it can't be read.
std::string holder_of(int descriptor) {
  std::array<char, 24> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  std::string digits;
  for (ssize_t i = 0;
       i < size && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i)
    digits.push_back(text[static_cast<std::size_t>(i)]);
  return digits;
}

core::Error held_by_another(const std::filesystem::path& folder, int descriptor,
                            std::chrono::milliseconds waited) {
  const std::string holder = holder_of(descriptor);
  return core::make_error(
      v1::ERROR_CODE_UNAVAILABLE, "data_dir",
      fmt::format("Another broker{} holds the data folder {}{}.",
                  holder.empty() ? "" : fmt::format(" (process {})", holder), folder.string(),
                  waited.count() == 0 ? "" : fmt::format(", still after {} s", waited.count() / 1'000)),
      "Stop it, give this one a data folder of its own, or have it wait: --wait-for-lock SECONDS.");
}

/// A stop that was asked for and not yet seen to: main blocks these signals until the broker runs.
bool asked_to_stop() {
  sigset_t pending;
  sigemptyset(&pending);
  return sigpending(&pending) == 0 &&
         (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

bool try_lock(int descriptor) {
  int result = 0;
  do {
    result = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

void pause_for(std::chrono::milliseconds time) {
  timespec rest{};
  rest.tv_nsec = static_cast<long>(std::chrono::nanoseconds(time).count());
  (void)::nanosleep(&rest, nullptr);
}

/// The same file under a number that is closed late; as it was if there is none.
int moved_up(int descriptor) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < 64) return descriptor;
  const int high = static_cast<int>(std::min<rlim_t>(files.rlim_cur - 1, kHighDescriptorMax));
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, high);
  if (copy < 0) return descriptor;
  ::close(descriptor);
  return copy;
}

}  // namespace

core::Result<std::optional<FolderLock>> FolderLock::take(const std::filesystem::path& folder,
                                                         std::chrono::milliseconds wait,
                                                         const std::function<void()>& waiting) {
  const std::filesystem::path file = folder / "lock";
  Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLockFileMode));
  if (descriptor.get() < 0) return lock_failed(file);
  const auto give_up = std::chrono::steady_clock::now() + wait;
  bool told = false;
  while (!try_lock(descriptor.get())) {
    if (errno != EWOULDBLOCK) return lock_failed(file);
    if (std::chrono::steady_clock::now() >= give_up) return held_by_another(folder, descriptor.get(), wait);
    if (!std::exchange(told, true) && waiting) waiting();
    if (asked_to_stop()) return std::optional<FolderLock>();
    pause_for(kLockTryInterval);
  }
  const std::string id = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor.get(), 0) != 0 ||
      ::pwrite(descriptor.get(), id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
    // A full disk: the lock holds without the word for people.
  }
  return std::optional<FolderLock>(FolderLock(moved_up(descriptor.release())));
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace gjallar::operations
