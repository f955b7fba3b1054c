#include "broker/domain/grade.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"

namespace gjallar::domain {
namespace {

v1::GradeLevel level(v1::Urgency urgency, v1::Severity severity) {
  v1::Grade grade;
  grade.set_urgency(urgency);
  grade.set_severity(severity);
  return level_of(grade);
}

TEST_CASE("urgent is what is grave and soon, and nothing else") {
  for (const v1::Urgency urgency : {v1::URGENCY_IMMEDIATE, v1::URGENCY_EXPECTED}) {
    CHECK(level(urgency, v1::SEVERITY_EXTREME) == v1::GRADE_LEVEL_URGENT);
    CHECK(level(urgency, v1::SEVERITY_SEVERE) == v1::GRADE_LEVEL_URGENT);
    CHECK(level(urgency, v1::SEVERITY_MODERATE) == v1::GRADE_LEVEL_WARNING);
    CHECK(level(urgency, v1::SEVERITY_MINOR) == v1::GRADE_LEVEL_INFORMATION);
    CHECK(level(urgency, v1::SEVERITY_UNKNOWN) == v1::GRADE_LEVEL_INFORMATION);
  }
}

TEST_CASE("what is grave without haste is a warning, unless it is past") {
  for (const v1::Severity severity : {v1::SEVERITY_EXTREME, v1::SEVERITY_SEVERE}) {
    CHECK(level(v1::URGENCY_FUTURE, severity) == v1::GRADE_LEVEL_WARNING);
    CHECK(level(v1::URGENCY_UNKNOWN, severity) == v1::GRADE_LEVEL_WARNING);
    CHECK(level(v1::URGENCY_PAST, severity) == v1::GRADE_LEVEL_INFORMATION);
  }
  CHECK(level(v1::URGENCY_FUTURE, v1::SEVERITY_MODERATE) == v1::GRADE_LEVEL_INFORMATION);
  CHECK(level(v1::URGENCY_PAST, v1::SEVERITY_MODERATE) == v1::GRADE_LEVEL_INFORMATION);
}

TEST_CASE("certainty has no part in the level") {
  v1::Grade grade = testing::sample_grade(v1::GRADE_LEVEL_URGENT);
  for (int certainty = v1::Certainty_MIN; certainty <= v1::Certainty_MAX; ++certainty) {
    grade.set_certainty(static_cast<v1::Certainty>(certainty));
    CHECK(level_of(grade) == v1::GRADE_LEVEL_URGENT);
  }
}

TEST_CASE("the assessed grade counts before the sender's") {
  v1::Alert alert;
  *alert.mutable_content()->mutable_grade() = testing::sample_grade(v1::GRADE_LEVEL_URGENT);
  CHECK(level_of(effective_grade(alert)) == v1::GRADE_LEVEL_URGENT);
  *alert.mutable_assessed_grade() = testing::sample_grade(v1::GRADE_LEVEL_INFORMATION);
  CHECK(level_of(effective_grade(alert)) == v1::GRADE_LEVEL_INFORMATION);
}

TEST_CASE("a sample grade is of the level asked for") {
  for (const v1::GradeLevel wanted :
       {v1::GRADE_LEVEL_INFORMATION, v1::GRADE_LEVEL_WARNING, v1::GRADE_LEVEL_URGENT}) {
    CHECK(level_of(testing::sample_grade(wanted)) == wanted);
  }
}

}  // namespace
}  // namespace gjallar::domain
