#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

#include <optional>
#include <string>
#include <string_view>

#include "gjallar/v1/alert.pb.h"

/// The words of CAP 1.2 (OASIS, July 2010) beside those of the contract. Pure.
namespace gjallar::edges::cap {

inline constexpr std::string_view kCapNamespace = "urn:oasis:names:tc:emergency:cap:1.2";
inline constexpr std::string_view kSignatureNamespace = "http://www.w3.org/2000/09/xmldsig#";
/// What the valueName of Gjallar's own parameters begins with.
inline constexpr std::string_view kOwn = "gjallar:";
/// A file by the SHA-256 of its bytes (RFC 6920), as an attachment's resource names it.
inline constexpr std::string_view kNamedFile = "ni:///sha-256;";
/// Written for every message but those that brought a restriction of their own.
inline constexpr std::string_view kRestriction =
    "For the registered services of the early-warning network that the alert concerns. Not for publication.";

enum class MessageType { kAlert, kUpdate, kCancel, kAck, kError };
[[nodiscard]] std::string_view message_type_word(MessageType type) noexcept;
[[nodiscard]] std::optional<MessageType> parse_message_type(std::string_view word) noexcept;

/// "STATUS_ACTUAL" as "actual": a value's name without its type's, in lower case with hyphens; empty if it
/// isn't set.
[[nodiscard]] std::string plain_word(const google::protobuf::EnumDescriptor& type, int value);
/// The number of a value by its plain word; nothing if there is none, or it is the unset one.
[[nodiscard]] std::optional<int> parse_plain_word(const google::protobuf::EnumDescriptor& type,
                                                  std::string_view word);

/// "Immediate": an enum value as CAP writes it; empty if it isn't set.
template <typename Enum>
[[nodiscard]] std::string cap_word(Enum value) {
  if (static_cast<int>(value) == 0) return {};
  std::string word = plain_word(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
  if (!word.empty()) word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}
/// Exactly as CAP writes it, letter by letter.
template <typename Enum>
[[nodiscard]] std::optional<Enum> parse_cap_word(std::string_view word) {
  if (word.empty() || word[0] < 'A' || word[0] > 'Z') return std::nullopt;
  std::string lower(word);
  lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
  const auto number = parse_plain_word(*google::protobuf::GetEnumDescriptor<Enum>(), lower);
  if (!number) return std::nullopt;
  return static_cast<Enum>(*number);
}

/// "Immediate Severe Likely".
[[nodiscard]] std::string grade_words(const gjallar::v1::Grade& grade);
[[nodiscard]] std::optional<gjallar::v1::Grade> parse_grade_words(std::string_view words);

/// The valueName of an area's geocode ("SCB-lan", "SCB-kommun", "NO-fylke", "NO-kommune"; "ISO3166-1" for a
/// country), and its value: the code without the country.
[[nodiscard]] std::string_view geocode_name(std::string_view area) noexcept;
[[nodiscard]] std::string geocode_value(std::string_view area);
[[nodiscard]] bool is_known_geocode(std::string_view value_name) noexcept;
/// The area code that a geocode of a known name stands for by its form; the list isn't looked at.
[[nodiscard]] std::string area_of_geocode(std::string_view value_name, std::string_view value);

/// CAP event for a kind of alert: Swedish, Norwegian, Danish, Finnish, else English.
[[nodiscard]] std::string_view default_event(gjallar::v1::AlertKind kind, std::string_view language) noexcept;
/// What every text of an exercise, a test, a draft or a system message begins with ("[ÖVNING] "); empty for
/// actual alerts.
[[nodiscard]] std::string_view marking(gjallar::v1::Status status, std::string_view language) noexcept;

}  // namespace gjallar::edges::cap
