// Numbers of persons, made and recognised by rules of their own. See personal_texts.h.
#pragma once

#include <cstdint>
#include <string>

#include "broker/core/random.h"

namespace gjallar::testing {

/// Digits alone; twelve with the century.
[[nodiscard]] std::string make_swedish(core::Random& random, bool coordination, bool century);
/// `remainder` 0: the rule of 1964; 1 to 3: of 2032.
[[nodiscard]] std::string make_norwegian(core::Random& random, bool d_number, int remainder);
[[nodiscard]] std::string make_danish(core::Random& random);
/// Eleven characters, with its sign.
[[nodiscard]] std::string make_finnish(core::Random& random);

/// Whether digits pass as a number of some country: ten or twelve as a Swedish one, eleven as a Norwegian
/// one, ten as a date.
[[nodiscard]] bool passes_as_a_number(const std::string& digits);
/// A number below `limit`.
[[nodiscard]] int below(core::Random& random, int limit);

}  // namespace gjallar::testing
