#include "broker/admission/across_lines.h"

#include <algorithm>
#include <string_view>

#include "broker/admission/characters.h"

namespace gjallar::admission {
namespace {

/// A UUID, and "tlf" with three words to a number.
constexpr std::size_t kSideMax = 48;
/// The longest side of a number, with its separators.
constexpr std::size_t kNumberSideMax = 20;

std::u32string_view end_of_line_before(std::u32string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && end - begin < kSideMax && text[begin - 1] != U'\n')
    --begin;
  // A run that is cut off would be read as another.
  while (begin > 0 && begin < end && text[begin - 1] != U'\n' && text[begin - 1] != U' ')
    ++begin;
  return text.substr(begin, end - begin);
}

std::u32string_view beginning_of_line(std::u32string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && end - begin < kSideMax && text[end] != U'\n')
    ++end;
  while (end > begin && end < text.size() && text[end] != U'\n' && text[end] != U' ')
    --end;
  return text.substr(begin, end - begin);
}

}  // namespace

std::size_t digits_around_break(const Reading& reading, std::size_t i) {
  const std::u32string_view text = reading.text;
  const std::size_t end = reading.atoms[i - 1].end;
  const std::size_t begin = reading.atoms[i].begin;
  std::size_t count = 0;
  for (std::size_t at = end; at > 0 && end - at < kNumberSideMax && text[at - 1] != U'\n'; --at)
    count += is_digit(text[at - 1]) ? 1U : 0U;
  for (std::size_t at = begin; at < text.size() && at - begin < kNumberSideMax && text[at] != U'\n'; ++at)
    count += is_digit(text[at]) ? 1U : 0U;
  return count;
}

Joint joint_before(const Reading& reading, std::size_t i) {
  const std::u32string_view text = reading.text;
  const std::size_t end = reading.atoms[i - 1].end;
  const std::size_t begin = reading.atoms[i].begin;
  const std::u32string_view between = text.substr(end, begin - end);
  Joint joint;
  joint.before = end_of_line_before(text, end);
  joint.after = beginning_of_line(text, begin);
  joint.column = reading.gap(i - 1) == Gap::kLine || reading.gap(i + 1) == Gap::kLine ||
                 between.find(U'-') != std::u32string_view::npos;
  return joint;
}

}  // namespace gjallar::admission
