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
  /// What two texts say together.
  QuasiIdentifier& operator|=(const QuasiIdentifier& other) noexcept {
    age_or_sex = age_or_sex || other.age_or_sex;
    place = place || other.place;
    date = date || other.date;
    institution = institution || other.institution;
    relation = relation || other.relation;
    return *this;
  }
};

/// Looks at one text, in Swedish, Norwegian, Danish, Finnish and English at once. Pure.
[[nodiscard]] QuasiIdentifier quasi_identifier_in(const Reading& reading);
/// Its `age_or_sex` alone, which costs less: most texts have none.
[[nodiscard]] bool age_or_sex_in(const Reading& reading);

}  // namespace gjallar::admission
