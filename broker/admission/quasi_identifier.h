#pragma once

#include <string>

#include "broker/admission/reading.h"

namespace gjallar::admission {

/// What a text says that may together point at a person though nothing by itself does.
struct QuasiIdentifier {
  bool age_or_sex = false;
  bool place = false;        ///< a kommun
  bool date = false;         ///< a day
  bool institution = false;  ///< a hospital, a prison, a school
  bool relation = false;     ///< a mother, a neighbour
  /// Age or sex with two of the others: the sender is asked.
  [[nodiscard]] bool asks() const noexcept {
    return age_or_sex && int{place} + int{date} + int{institution} + int{relation} >= 2;
  }
  /// "age or sex with a place and a date".
  [[nodiscard]] std::string words() const;
};

/// Looks at one text, in Swedish, Norwegian, Danish, Finnish and English at once. The rest is only
/// looked for where an age or a sex is. Pure.
[[nodiscard]] QuasiIdentifier quasi_identifier_in(const Reading& reading);

}  // namespace gjallar::admission
