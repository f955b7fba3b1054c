#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/result.h"

namespace gjallar::admission {

/// What of telephone numbers and addresses may stand in a text, because it belongs to the public: emergency
/// numbers, poison information centres, and what a deployment adds. Immutable; any thread.
class PrivacyRules {
 public:
  /// The defaults: 112, 113, 1177, 116117, and the poison information centres of Sweden, Norway, Denmark and
  /// Finland.
  PrivacyRules();
  /// The defaults and these. INVALID_ARGUMENT, naming `public_numbers[i]` or `public_addresses[i]`, for what
  /// is neither; an address may also be a whole domain ("@example.org").
  [[nodiscard]] static core::Result<PrivacyRules> with(const std::vector<std::string>& public_numbers,
                                                       const std::vector<std::string>& public_addresses);

  /// `digits` as they stand in the text, with "+" before an international number.
  [[nodiscard]] bool is_public_number(std::string_view digits) const;
  /// `address` in small letters.
  [[nodiscard]] bool is_public_address(const std::u32string& address) const;

 private:
  std::set<std::string, std::less<>> numbers_;  ///< digits as dialled within the country
  std::set<std::u32string> addresses_;
};

/// The digits of a telephone number as dialled within its country: +46, +47, +45, +358 and 00 taken off, and
/// the 0 of Sweden and Finland put back. Of other countries and national numbers the digits stay.
[[nodiscard]] std::string national_digits(std::string_view digits);

}  // namespace gjallar::admission
