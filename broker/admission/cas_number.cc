#include "broker/admission/cas_number.h"

#include <cstddef>

namespace gjallar::admission {

bool is_cas_number(std::string_view text) noexcept {
  const std::size_t size = text.size();
  if (size < 7 || size > 12 || text[size - 2] != '-' || text[size - 5] != '-' || text.front() == '0')
    return false;
  int sum = 0;
  int place = 0;
  for (std::size_t i = size - 1; i-- > 0;) {
    if (i == size - 2 || i == size - 5) continue;
    if (text[i] < '0' || text[i] > '9') return false;
    sum += ++place * (text[i] - '0');
  }
  return text.back() == static_cast<char>('0' + sum % 10);
}

}  // namespace gjallar::admission
