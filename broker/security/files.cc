#include "broker/security/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gjallar::security {
namespace {

core::Error failed(std::string_view what, const std::filesystem::path& file, int number) {
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "",
                          fmt::format("{} {}: {}.", what, file.string(), std::strerror(number)),
                          "Check the folder, its owner and the free space.");
}

/// A file descriptor that is closed at the end of its life.
struct Descriptor {
  int number = -1;
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

core::Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number < 0) {
    if (errno == ENOENT) {
      return core::make_error(v1::ERROR_CODE_NOT_FOUND, "",
                              fmt::format("There is no file {}.", file.string()), "Check the path.");
    }
    return failed("Can't read", file, errno);
  }
  std::string text;
  char buffer[8192];
  while (true) {
    const ::ssize_t count = ::read(descriptor.number, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("Can't read", file, errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > bytes_max) {
      return core::make_error(v1::ERROR_CODE_TOO_LARGE, "",
                              fmt::format("{} is larger than {} bytes.", file.string(), bytes_max),
                              "Check that it is the right file.");
    }
  }
}

core::Result<void> write_file(const std::filesystem::path& file, std::string_view text, bool for_everyone) {
  const std::filesystem::path beside = file.string() + ".new";
  const ::mode_t mode = for_everyone ? 0644 : 0600;
  {
    const Descriptor descriptor(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (descriptor.number < 0) return failed("Can't write", beside, errno);
    // An older file of this name may have had other permissions.
    if (::fchmod(descriptor.number, mode) != 0 || !write_all(descriptor.number, text) ||
        ::fsync(descriptor.number) != 0) {
      return failed("Can't write", beside, errno);
    }
  }
  if (::rename(beside.c_str(), file.c_str()) != 0) return failed("Can't replace", file, errno);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.number < 0 || ::fsync(descriptor.number) != 0) return failed("Can't sync", folder, errno);
  return {};
}

core::Result<void> make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const bool created = std::filesystem::create_directories(folder, error);
  if (error) return failed("Can't make the folder", folder, error.value());
  if (created) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error) return failed("Can't protect the folder", folder, error.value());
  }
  return {};
}

}  // namespace gjallar::security
