#pragma once

#include <cstdint>
#include <string_view>

namespace gjallar::admission {

/// What one word says by itself; bits.
enum WordKind : std::uint16_t {
  kNoKind = 0,
  kAgeOrSex = 1,      ///< "kvinne", "girl", "tonåring", "hon"
  kMaybeMan = 2,      ///< "man": a man, or Swedish for "one"
  kPlural = 4,        ///< "män", "women": of persons if they are few
  kRelation = 8,      ///< "syster", "neighbour"
  kMaybeFar = 16,     ///< "far": a father, or English
  kInstitution = 32,  ///< "lasarettet", "prison"
  kMonth = 64,        ///< "juni", "kesäkuuta"
  kDay = 128,         ///< "lördag", "igår", "yesterday"
  kYears = 256,       ///< after a number it is an age: "år", "vuotias"
  kMaybeYears = 512,  ///< likewise, if nothing follows that makes it a duration: "years"
  kBeforeMan = 1024,  ///< what stands before "man" if it is one: "en", "äldre", "unknown"
  kFew = 2048,        ///< "två", "kaksi": persons that can be counted
  kTelephone = 4096,  ///< after it a number is a telephone's: "tlf", "ring"
  kUnit = 8192,       ///< what a number before it counts: "mg", "kronor"
  kAtSign = 16384     ///< an at-sign may be spelled so: "at", "snabel"
};

inline constexpr std::size_t kWordLengthMax = 20;

/// The kinds of a word in small letters, at least one letter. Any thread.
[[nodiscard]] std::uint16_t kinds_of(std::u32string_view word) noexcept;

}  // namespace gjallar::admission
