// How much of a random test is run: all of it, or a share where every step takes many times as long.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace gjallar::testing {

/// `full`, or GJALLAR_TEST_PERCENT of it (at least 1): set for the sanitizer builds, not for the others.
inline int rounds(int full) {
  const char* const percent = std::getenv("GJALLAR_TEST_PERCENT");
  if (percent == nullptr) return full;
  return std::max(1, full * std::max(1, std::atoi(percent)) / 100);
}

}  // namespace gjallar::testing
