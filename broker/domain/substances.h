#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gjallar/v1/alert.pb.h"

/// Which substances are the same: by CAS registry number, else by a table of names, spellings and street
/// names in Swedish, Norwegian, Danish, Finnish and English (broker/domain/substances.csv).
namespace gjallar::domain {

/// One row of the table. All views point into static storage and live for ever.
struct KnownSubstance {
  std::string_view name;         ///< the international name, in lower case
  std::string_view cas_numbers;  ///< joined by "|": the base first, then salts; empty if none is certain
  std::string_view other_names;  ///< joined by "|"
};

/// All rows, by name.
[[nodiscard]] std::span<const KnownSubstance> known_substances() noexcept;

/// A name as it is compared: lower-case letters and digits, without diacritics, hyphens, spaces and other
/// marks ("Metylendioximetamfetamin (MDMA)" and "2C-B" → "metylendioximetamfetaminmdma", "2cb").
[[nodiscard]] std::string folded_name(std::string_view name);

/// The row with this CAS number, or with a name that folds to the same; nullptr if there is none. Any thread.
[[nodiscard]] const KnownSubstance* find_substance(std::string_view name_or_cas);

/// By what a substance is found: two substances are the same if they have a key in common. The row's name if
/// the table knows its CAS number; else its CAS number, and the row of its name or the folded name. Keys hold
/// no zero byte.
[[nodiscard]] std::vector<std::string> substance_keys(const gjallar::v1::Substance& substance);
/// Likewise for what somebody looks for: a name or a CAS number.
[[nodiscard]] std::vector<std::string> substance_keys(std::string_view name_or_cas);
/// Of all an alert's substances, and of what runs short; sorted, each once.
[[nodiscard]] std::vector<std::string> substance_keys(const gjallar::v1::AlertContent& content);

}  // namespace gjallar::domain
