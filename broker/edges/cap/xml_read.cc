#include <fmt/format.h>
#include <libxml/SAX2.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <mutex>
#include <optional>
#include <utility>

#include "broker/core/limits.h"
#include "broker/edges/cap/xml.h"

namespace gjallar::edges::cap {
namespace {

namespace limits = core::limits;

struct FreeContext {
  void operator()(xmlParserCtxt* context) const noexcept { xmlFreeParserCtxt(context); }
};

/// What watches over one reading.
struct Guard {
  std::optional<core::Error> error;  ///< the first
  std::size_t elements = 0;
  int depth = 0;
};

Guard& guard_of(void* context) {
  return *static_cast<Guard*>(static_cast<xmlParserCtxt*>(context)->_private);
}

void stop(void* context, core::Code code, std::string_view message, std::string advice) {
  auto* const parser = static_cast<xmlParserCtxt*>(context);
  Guard& guard = guard_of(context);
  if (!guard.error)
    guard.error =
        error_at(Place{"document", xmlSAX2GetLineNumber(context)}, code, message, std::move(advice));
  xmlStopParser(parser);
}

void on_document_type(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  stop(context, v1::ERROR_CODE_INVALID_ARGUMENT, "The document has a document type (DTD), which isn't read.",
       "Send it without <!DOCTYPE …> and without entities of its own.");
}

void on_element(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri, int namespaces,
                const xmlChar** namespace_list, int attributes, int defaulted, const xmlChar** list) {
  Guard& guard = guard_of(context);
  if (++guard.elements > limits::kCapElementsMax) {
    return stop(context, v1::ERROR_CODE_TOO_LARGE, "The document has too many elements.",
                fmt::format("Send at most {}.", limits::kCapElementsMax));
  }
  if (++guard.depth > limits::kCapDepthMax) {
    return stop(context, v1::ERROR_CODE_TOO_LARGE, "Elements lie too deep in each other.",
                fmt::format("Nest at most {} of them.", limits::kCapDepthMax));
  }
  xmlSAX2StartElementNs(context, name, prefix, uri, namespaces, namespace_list, attributes, defaulted, list);
}

void on_end(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri) {
  --guard_of(context).depth;
  xmlSAX2EndElementNs(context, name, prefix, uri);
}

/// libxml2's own words may hold what was sent: only the line is taken over.
void on_fault(void* data, xmlErrorPtr fault) {
  auto* const guard = static_cast<Guard*>(data);
  if (guard->error || fault == nullptr || fault->level < XML_ERR_ERROR) return;
  const Place place{"document", fault->line};
  const bool entity = fault->code == XML_ERR_UNDECLARED_ENTITY || fault->code == XML_WAR_UNDECLARED_ENTITY;
  guard->error =
      entity ? error_at(place, v1::ERROR_CODE_INVALID_ARGUMENT, "An entity is used that XML doesn't know.",
                        "Write the character itself, or as &#…;.")
             : error_at(place, v1::ERROR_CODE_INVALID_ARGUMENT, "The document isn't well-formed XML.",
                        "Have your system write it with an XML library, in UTF-8.");
}

void initialise_once() {
  static std::once_flag once;
  std::call_once(once, [] { xmlInitParser(); });
}

std::string_view view(const xmlChar* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

int is_within(void* wanted, xmlNode* node, xmlNode* parent) {
  // Attributes and namespaces are asked about with their element as `parent`.
  for (const xmlNode* at = node->type == XML_NAMESPACE_DECL ? parent : node; at != nullptr; at = at->parent) {
    if (at == wanted) return 1;
  }
  return 0;
}

}  // namespace

core::Error error_at(const Place& place, core::Code code, std::string_view message, std::string advice) {
  return core::make_error(code, place.element, fmt::format("Line {}: {}", place.line, message),
                          std::move(advice));
}

core::Result<XmlDocument> parse_xml(std::string_view bytes) {
  initialise_once();
  if (bytes.size() > limits::kCommandBytesMax) {
    return core::make_error(v1::ERROR_CODE_TOO_LARGE, "document",
                            fmt::format("The document has {} bytes.", bytes.size()),
                            fmt::format("Shorten it to at most {}.", limits::kCommandBytesMax));
  }
  const std::unique_ptr<xmlParserCtxt, FreeContext> parser(xmlNewParserCtxt());
  if (!parser)
    return core::make_error(v1::ERROR_CODE_OVERLOADED, "", "There is no memory left.", "Try later.");
  Guard guard;
  parser->_private = &guard;
  parser->sax->internalSubset = on_document_type;
  parser->sax->startElementNs = on_element;
  parser->sax->endElementNs = on_end;
  xmlSetStructuredErrorFunc(&guard, on_fault);
  XmlDocument document(xmlCtxtReadMemory(parser.get(), bytes.data(), static_cast<int>(bytes.size()), nullptr,
                                         nullptr, XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES));
  xmlSetStructuredErrorFunc(nullptr, nullptr);
  if (guard.error) return std::move(*guard.error);
  const xmlNode* const root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr || parser->wellFormed == 0) {
    return error_at(Place{"document", 1}, v1::ERROR_CODE_INVALID_ARGUMENT, "This is no XML document.",
                    "Send a CAP 1.2 message.");
  }
  return document;
}

std::string_view local_name(const xmlNode& node) noexcept {
  return view(node.name);
}

std::string_view namespace_of(const xmlNode& node) noexcept {
  return node.ns == nullptr ? std::string_view() : view(node.ns->href);
}

std::vector<const xmlNode*> child_elements(const xmlNode& node) {
  std::vector<const xmlNode*> out;
  for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) out.push_back(child);
  }
  return out;
}

std::string text_of(const xmlNode& node) {
  xmlChar* const text = xmlNodeGetContent(&node);
  std::string out(view(text));
  xmlFree(text);
  return out;
}

std::string word_of(const xmlNode& node) {
  std::string out;
  bool space = false;
  for (const char c : text_of(node)) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = !out.empty();
    } else {
      if (space) out += ' ';
      space = false;
      out += c;
    }
  }
  return out;
}

std::string canonical(const xmlNode& node) {
  xmlOutputBuffer* const buffer = xmlAllocOutputBuffer(nullptr);
  if (buffer == nullptr) return {};
  auto* const wanted = const_cast<xmlNode*>(&node);  // libxml2 takes no const; nothing is changed
  std::string out;
  if (xmlC14NExecute(node.doc, is_within, wanted, XML_C14N_EXCLUSIVE_1_0, nullptr, 0, buffer) >= 0)
    out = std::string(view(xmlOutputBufferGetContent(buffer)).substr(0, xmlOutputBufferGetSize(buffer)));
  xmlOutputBufferClose(buffer);
  return out;
}

}  // namespace gjallar::edges::cap
