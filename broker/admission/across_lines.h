#pragma once

#include <cstddef>
#include <string>

#include "broker/admission/reading.h"

namespace gjallar::admission {

/// What stands on both sides of a line break that parts two runs with digits, at most so much as a number
/// needs: put together again, it is read by the rules for one line.
struct Joint {
  std::u32string before;
  std::u32string after;
  /// Numbers stand one a line (a third comes before or after, or a dash begins the line): a list more likely
  /// than a broken number.
  bool column = false;
  [[nodiscard]] std::u32string closed() const { return before + after; }
  [[nodiscard]] std::u32string with(char32_t between) const { return before + between + after; }
};

/// How many digits stand near the break before atom `i`, which tells cheaply whether there can be a number.
[[nodiscard]] std::size_t digits_around_break(const Reading& reading, std::size_t i);
/// The joint before atom `i`, whose gap is a line break. Pure.
[[nodiscard]] Joint joint_before(const Reading& reading, std::size_t i);

}  // namespace gjallar::admission
