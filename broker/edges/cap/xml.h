#pragma once

#include <libxml/tree.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/result.h"

/// XML by libxml2: reading what strangers send, and building what is sent out. Any thread, a document by one
/// at a time.
namespace gjallar::edges::cap {

struct FreeDocument {
  void operator()(xmlDoc* document) const noexcept { xmlFreeDoc(document); }
};
using XmlDocument = std::unique_ptr<xmlDoc, FreeDocument>;

/// Where something stands in a document that was sent: "alert/info[2]/urgency", and the line.
struct Place {
  std::string element;
  long line = 0;
};

/// An error whose field is the element and whose message begins with the line.
[[nodiscard]] core::Error error_at(const Place& place, core::Code code, std::string_view message,
                                   std::string advice);

/// Reads a document with nothing of XML that reaches beyond it: no document type, no entities of its own, no
/// network; at most kCommandBytesMax bytes, kCapElementsMax elements, kCapDepthMax levels. Errors name line
/// and element and repeat nothing that was sent.
[[nodiscard]] core::Result<XmlDocument> parse_xml(std::string_view bytes);

// --- reading ---
[[nodiscard]] std::string_view local_name(const xmlNode& node) noexcept;
[[nodiscard]] std::string_view namespace_of(const xmlNode& node) noexcept;
[[nodiscard]] std::vector<const xmlNode*> child_elements(const xmlNode& node);
/// All text in it, character for character.
[[nodiscard]] std::string text_of(const xmlNode& node);
/// Without white space at its ends, and on one line.
[[nodiscard]] std::string word_of(const xmlNode& node);
/// The element as Exclusive Canonical XML without comments, so that it stands for itself elsewhere.
[[nodiscard]] std::string canonical(const xmlNode& node);

// --- writing ---
/// Appends an element of the parent's namespace with a text; what XML can't say becomes U+FFFD.
xmlNode* add_element(xmlNode* parent, const char* name, std::string_view text);
/// Appends an element of the parent's namespace without content.
xmlNode* add_element(xmlNode* parent, const char* name);
/// Puts white space between the elements. Before signing.
void indent(xmlDoc& document);
/// The document in UTF-8.
[[nodiscard]] std::string to_bytes(xmlDoc& document);

}  // namespace gjallar::edges::cap
