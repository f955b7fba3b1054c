// What a refusal must look like.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "broker/core/result.h"

namespace gjallar::testing {

/// The result is a refusal with this code, at this field, and says in a sentence each what is wrong and what
/// to do.
template <typename Value>
void check_refused(const core::Result<Value>& result, core::Code code, const std::string& field) {
  REQUIRE(result.has_error());
  const core::Error error = result.error();
  INFO(core::to_text(error));
  CHECK(core::code_name(error.code) == core::code_name(code));
  CHECK(error.field == field);
  CHECK_FALSE(error.message.empty());
  CHECK_FALSE(error.advice.empty());
}

}  // namespace gjallar::testing
