#pragma once

#include <cstddef>

#include "broker/admission/reading.h"

namespace gjallar::admission {

/// Whether the name of a kommun of Sweden or Norway begins at word `at`: whole capitalised words ("Malmö",
/// "Upplands Väsby", "Nord-Odal"), with or without the s of the genitive. Official names in other languages
/// count too ("Kárášjohka"). The list of areas says which there are. Pure.
/// `small` is the text in small letters.
[[nodiscard]] bool is_place_name(const Reading& reading, std::size_t at);

}  // namespace gjallar::admission
