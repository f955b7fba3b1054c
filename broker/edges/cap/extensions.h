#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/edges/cap/parameters.h"
#include "broker/edges/cap/xml.h"

/// Elements that CAP doesn't know, as parameters: CAP's schema allows none of them in a message
/// (docs/adr/0007-extensions-as-parameters.md). Pure.
namespace gjallar::edges::cap {

enum class ExtensionOf { kAlert, kInfo, kResource, kArea };
/// In what an element stood.
struct ExtensionPlace {
  ExtensionOf parent = ExtensionOf::kAlert;
  int number = 0;  ///< which resource or area of its info block, from 1; else 0
};

/// "extension", "extension.info", "extension.resource[1]", "extension.area[2]"; without "gjallar:".
[[nodiscard]] std::string extension_name(const ExtensionPlace& place);
/// Whether a parameter's name is kept for extensions.
[[nodiscard]] bool is_extension_name(std::string_view name) noexcept;
/// Nothing if it is none that a broker writes.
[[nodiscard]] std::optional<ExtensionPlace> parse_extension_name(std::string_view name);

/// What a content keeps for the block of a language, which is written with these areas.
[[nodiscard]] std::vector<OwnParameter> extension_parameters(const gjallar::v1::AlertContent& content,
                                                             std::string_view language,
                                                             const std::vector<gjallar::v1::CapArea>& areas);

/// An element as it was read, and where its parameter stands.
struct ReadExtension {
  std::string xml;
  Place place;
};

}  // namespace gjallar::edges::cap
