#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/edges/cap/xml.h"
#include "gjallar/v1/alert.pb.h"

/// The parts of an info block that are elements of elements.
namespace gjallar::edges::cap {

/// What the content keeps for a language; the empty one if nothing.
[[nodiscard]] const gjallar::v1::CapInfo& info_of(const gjallar::v1::AlertContent& content,
                                                  std::string_view language);
/// An eventCode, a parameter, a geocode.
void add_pair(xmlNode* parent, const char* name, std::string_view value_name, std::string_view value);
/// The attachments by the SHA-256 of their files, then the other resources.
void add_resources(xmlNode* info, const gjallar::v1::AlertContent& content, std::string_view language);
/// The areas as sent, as far as they are still the audience's, then those that joined it since.
[[nodiscard]] std::vector<gjallar::v1::CapArea> areas_of_block(const gjallar::v1::AlertContent& content,
                                                               std::string_view language);
void add_area(xmlNode* info, const gjallar::v1::CapArea& area);

/// RFC 6920: "ni:///sha-256;" and the digest in base64url without padding; and back.
[[nodiscard]] std::string named_file(std::string_view digest);
/// The 32 bytes; empty if it is no such name.
[[nodiscard]] std::string digest_of_named_file(std::string_view uri);

}  // namespace gjallar::edges::cap
