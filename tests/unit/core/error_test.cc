#include "broker/core/error.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <set>

#include "broker/core/result.h"

namespace gjallar::core {
namespace {

TEST_CASE("every code has a name of its own, that of the contract in lower case") {
  const auto* const codes = v1::ErrorCode_descriptor();
  std::set<std::string> names;
  for (int i = 0; i < codes->value_count(); ++i) {
    std::string expected = codes->value(i)->name().substr(std::string("ERROR_CODE_").size());
    std::transform(expected.begin(), expected.end(), expected.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const std::string name(code_name(static_cast<Code>(codes->value(i)->number())));
    CHECK(name == expected);
    CHECK(names.insert(name).second);
  }
}

TEST_CASE("an error survives the way through the public message") {
  Error error =
      make_error(v1::ERROR_CODE_STALE_VERSION, "revise.expected_version", "It is stale.", "Read again.");
  error.retry_after = std::chrono::milliseconds(1'250);
  error.current_version = 7;
  const Error back = from_proto(to_proto(error));
  CHECK(back.code == error.code);
  CHECK(back.field == error.field);
  CHECK(back.message == error.message);
  CHECK(back.advice == error.advice);
  CHECK(back.retry_after == error.retry_after);
  CHECK(back.current_version == 7);
  CHECK_FALSE(
      from_proto(to_proto(make_error(v1::ERROR_CODE_INTERNAL, "", "m", "a"))).retry_after.has_value());
}

TEST_CASE("an error reads as one line") {
  CHECK(to_text(make_error(v1::ERROR_CODE_INTERNAL, "content.kind", "Missing.", "Set it.")) ==
        "content.kind: Missing. Set it.");
  CHECK(to_text(make_error(v1::ERROR_CODE_INTERNAL, "", "Missing.", "")) == "Missing.");
}

TEST_CASE("a result holds a value or an error; taking a value that isn't there is a fault of the program") {
  const Result<int> value = 3;
  CHECK(value.value() == 3);
  const Result<int> failed = make_error(v1::ERROR_CODE_NOT_FOUND, "f", "Not there.", "Look.");
  CHECK(failed.error().code == v1::ERROR_CODE_NOT_FOUND);
  CHECK_THROWS_AS(failed.value(), BadResultAccess);
  const auto tried = [&failed]() -> Result<void> {
    GJALLAR_TRY(failed);
    return {};
  };
  CHECK(tried().error().field == "f");
}

}  // namespace
}  // namespace gjallar::core
