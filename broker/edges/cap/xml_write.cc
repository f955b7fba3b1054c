#include <libxml/xmlsave.h>

#include "broker/admission/utf8.h"
#include "broker/edges/cap/xml.h"

namespace gjallar::edges::cap {
namespace {

const xmlChar* chars(const char* text) noexcept {
  return reinterpret_cast<const xmlChar*>(text);
}

/// XML 1.0, 2.2.
bool is_xml_character(char32_t c) noexcept {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::string xml_text(std::string_view text) {
  const auto points = admission::decode_utf8(text);
  std::string out;
  if (!points) return "\xEF\xBF\xBD";
  for (const char32_t c : *points)
    append_utf8(out, is_xml_character(c) ? c : U'\xFFFD');
  return out;
}

void indent(xmlNode* node, int depth) {
  const auto space = [depth](int more) {
    return xmlNewText(chars(("\n" + std::string(static_cast<std::size_t>(depth + more) * 2, ' ')).c_str()));
  };
  bool elements = false;
  for (xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) continue;
    elements = true;
    xmlAddPrevSibling(child, space(1));
    indent(child, depth + 1);
  }
  if (elements) xmlAddChild(node, space(0));
}

}  // namespace

void indent(xmlDoc& document) {
  if (xmlNode* const root = xmlDocGetRootElement(&document)) indent(root, 0);
}

xmlNode* add_element(xmlNode* parent, const char* name) {
  return xmlNewChild(parent, parent->ns, chars(name), nullptr);
}

xmlNode* add_element(xmlNode* parent, const char* name, std::string_view text) {
  const std::string clean = xml_text(text);
  return xmlNewTextChild(parent, parent->ns, chars(name), chars(clean.c_str()));
}

std::string to_bytes(xmlDoc& document) {
  xmlChar* bytes = nullptr;
  int size = 0;
  xmlDocDumpMemoryEnc(&document, &bytes, &size, "UTF-8");
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  xmlFree(bytes);
  return out;
}

}  // namespace gjallar::edges::cap
