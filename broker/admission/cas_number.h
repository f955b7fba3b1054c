#pragma once

#include <string_view>

namespace gjallar::admission {

/// True for a CAS registry number: two to seven digits without leading zero, two digits, and a check digit,
/// joined by hyphens
/// ("437-38-7"). The check digit is the sum of the other digits, each times its place from the right,
/// modulo 10.
[[nodiscard]] bool is_cas_number(std::string_view text) noexcept;

}  // namespace gjallar::admission
