#include "broker/core/random.h"

#include <openssl/rand.h>

#include <stdexcept>

namespace gjallar::core {

Digest Random::bytes32() {
  Digest out{};
  fill(out.data(), out.size());
  return out;
}

std::uint64_t Random::uniform64() {
  std::uint64_t value = 0;
  fill(reinterpret_cast<std::uint8_t*>(&value), sizeof value);
  return value;
}

void SystemRandom::fill(std::uint8_t* out, std::size_t size) {
  if (RAND_bytes(out, static_cast<int>(size)) != 1) throw std::runtime_error("no random bytes from OpenSSL");
}

void SeededRandom::fill(std::uint8_t* out, std::size_t size) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<std::uint8_t>(engine_() >> 32);
}

}  // namespace gjallar::core
