#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

#include "broker/core/result.h"

namespace gjallar::operations {

/// The data folder is this process's alone while it lives: an advisory lock (flock) on the file `lock` in it,
/// which the kernel gives back however the process ends. The file holds the process's id for people.
class FolderLock {
 public:
  /// Waits up to `wait` for whoever holds it; `waiting` is called once when there is somebody to wait for.
  /// Empty if this process was asked to stop (a blocked SIGTERM or SIGINT is pending) meanwhile. UNAVAILABLE
  /// if the time is over, or the file can't be made. The folder exists. Calling thread.
  [[nodiscard]] static core::Result<std::optional<FolderLock>> take(const std::filesystem::path& folder,
                                                                    std::chrono::milliseconds wait,
                                                                    const std::function<void()>& waiting);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace gjallar::operations
