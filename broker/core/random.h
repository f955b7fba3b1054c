#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

#include "broker/core/digest.h"

namespace gjallar::core {

/// Where random bytes come from; injected, so that one seed reproduces a whole run. Any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::uint8_t* out, std::size_t size) = 0;

  [[nodiscard]] Digest bytes32();
  [[nodiscard]] std::uint64_t uniform64();
};

/// The operating system's, through OpenSSL.
class SystemRandom final : public Random {
 public:
  void fill(std::uint8_t* out, std::size_t size) override;
};

/// Reproducible from a seed; for tests and golden data only.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::uint8_t* out, std::size_t size) override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace gjallar::core
