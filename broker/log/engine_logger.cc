// Compiled without type information (cmake/parts.cmake), as Debian's RocksDB is: a class derived from one of
// its own can't be linked otherwise.
#include "broker/log/engine_logger.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstdarg>
#include <cstdio>

namespace gjallar::log {
namespace {

class EngineLogger final : public rocksdb::Logger {
 public:
  EngineLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;

  void Logv(const char* format, va_list arguments) override { write(spdlog::level::warn, format, arguments); }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level == rocksdb::InfoLogLevel::HEADER_LEVEL || level < GetInfoLogLevel()) return;
    const bool warning = level == rocksdb::InfoLogLevel::WARN_LEVEL;
    write(warning ? spdlog::level::warn : spdlog::level::err, format, arguments);
  }

 private:
  static void write(spdlog::level::level_enum level, const char* format, va_list arguments) {
    std::array<char, 1024> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    spdlog::log(level, "storage engine: {}", line.data());
  }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> engine_logger() {
  static const std::shared_ptr<rocksdb::Logger> logger(new EngineLogger());
  return logger;
}

}  // namespace gjallar::log
