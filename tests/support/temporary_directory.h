// A folder of its own for one test, removed with it.
#pragma once

#include <filesystem>

namespace gjallar::testing {

class TemporaryDirectory {
 public:
  /// A new, empty folder below the system's folder for temporary files.
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gjallar::testing
