#include "broker/core/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gjallar::core {
namespace {

/// Drawn at once for a thread's next small wishes: a draw costs OpenSSL more than the bytes do.
constexpr std::size_t kDrawBytes = 1'024;

void draw(std::uint8_t* out, std::size_t size) {
  if (RAND_bytes(out, static_cast<int>(size)) != 1) throw std::runtime_error("no random bytes from OpenSSL");
}

}  // namespace

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
  // Of this thread alone, and never to be given twice: what was given is wiped. Nothing here forks.
  thread_local std::array<std::uint8_t, kDrawBytes> drawn;
  thread_local std::size_t left = 0;
  if (size > kDrawBytes / 4) return draw(out, size);
  if (size > left) {
    left = 0;
    draw(drawn.data(), drawn.size());
    left = drawn.size();
  }
  std::uint8_t* const given = drawn.data() + (drawn.size() - left);
  std::copy_n(given, size, out);
  OPENSSL_cleanse(given, size);
  left -= size;
}

void SeededRandom::fill(std::uint8_t* out, std::size_t size) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<std::uint8_t>(engine_() >> 32);
}

}  // namespace gjallar::core
