#include "broker/admission/privacy_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "broker/admission/normal_text.h"

namespace gjallar::admission {
namespace {

/// Emergency, medical advice and poison information of the Nordic countries.
constexpr std::array<std::string_view, 8> kPublicNumbers{"112",        "113",      "1177",     "116117",
                                                         "0104566700", "22591300", "82121212", "0800147111"};
constexpr std::size_t kPublicDigitsMin = 3;
constexpr std::size_t kPublicDigitsMax = 15;

/// Digits of a number as an operator wrote it; empty if it is none.
std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    } else if (c == '+' && digits.empty()) {
      digits.push_back(c);
    } else if (std::string_view(" -()/.").find(c) == std::string_view::npos) {
      return {};
    }
  }
  const std::size_t count = digits.size() - (digits.rfind('+', 0) == 0 ? 1 : 0);
  return count < kPublicDigitsMin || count > kPublicDigitsMax ? std::string() : digits;
}

core::Error not_allowed(std::string_view key, std::size_t index, std::string message, std::string advice) {
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, fmt::format("{}[{}]", key, index),
                          std::move(message), std::move(advice));
}

}  // namespace

PrivacyRules::PrivacyRules() {
  for (const std::string_view number : kPublicNumbers)
    numbers_.emplace(number);
}

core::Result<PrivacyRules> PrivacyRules::with(const std::vector<std::string>& public_numbers,
                                              const std::vector<std::string>& public_addresses) {
  PrivacyRules rules;
  for (std::size_t i = 0; i < public_numbers.size(); ++i) {
    const std::string digits = digits_of(public_numbers[i]);
    if (digits.empty()) {
      return not_allowed("public_numbers", i, "This is no telephone number.",
                         "Write 3 to 15 digits, with spaces and hyphens as you like.");
    }
    rules.numbers_.insert(national_digits(digits));
  }
  for (std::size_t i = 0; i < public_addresses.size(); ++i) {
    auto address = normal_text(public_addresses[i]);
    const std::size_t at = address ? address->find(U'@') : std::u32string::npos;
    if (at == std::u32string::npos || address->find(U'.', at) == std::u32string::npos ||
        address->find(U' ') != std::u32string::npos) {
      return not_allowed("public_addresses", i, "This is no e-mail address.",
                         "Write one as in info@example.org, or a whole domain as in @example.org.");
    }
    std::transform(address->begin(), address->end(), address->begin(), lower);
    rules.addresses_.insert(std::move(*address));
  }
  return rules;
}

bool PrivacyRules::is_public_number(std::string_view digits) const {
  const std::string national = national_digits(digits);
  if (numbers_.find(national) != numbers_.end()) return true;
  // "+46 1177": a short number has no trunk 0.
  const bool international = national != digits && national.front() == '0';
  return international && numbers_.find(std::string_view(national).substr(1)) != numbers_.end();
}

bool PrivacyRules::is_public_address(const std::u32string& address) const {
  const std::size_t at = address.find(U'@');
  return addresses_.count(address) != 0 ||
         (at != std::u32string::npos && addresses_.count(address.substr(at)) != 0);
}

std::string national_digits(std::string_view digits) {
  std::string_view rest = digits;
  if (rest.substr(0, 1) == "+") {
    rest.remove_prefix(1);
  } else if (rest.substr(0, 2) == "00") {
    rest.remove_prefix(2);
  } else {
    return std::string(digits);
  }
  for (const std::string_view country : {"46", "358"}) {
    if (rest.substr(0, country.size()) != country) continue;
    rest.remove_prefix(country.size());
    return rest.substr(0, 1) == "0" ? std::string(rest) : "0" + std::string(rest);
  }
  for (const std::string_view country : {"45", "47"}) {
    if (rest.substr(0, country.size()) == country) return std::string(rest.substr(country.size()));
  }
  return std::string(digits);
}

}  // namespace gjallar::admission
