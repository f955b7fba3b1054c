#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every string of a command, by its kind. A field that nobody has put into the table is read as prose, by
/// all the rules; a test fails until it is there. Pure.
namespace gjallar::admission {

enum class TextKind : std::uint8_t {
  kProse,    ///< free text: all rules, those that ask too
  kName,     ///< a name of a substance, a product, a service, a method: the rules that refuse
  kLink,     ///< a URI or a file's name: the rules that refuse, behind its escapes
  kContact,  ///< how to reach an organisation: the numbers of persons, not telephone and mail
  kMark,     ///< lots, markings, ids of others: a grammar of its own, and the numbers with a check digit
  kTyped     ///< a code, a word of a list, an id: its own check is narrower than any rule
};

/// What the table says of a field by its full name ("gjallar.v1.TextBlock.headline"); nothing if it isn't
/// there.
[[nodiscard]] std::optional<TextKind> listed_kind(std::string_view full_name);

/// One step down into a message: the field, and which of them (-1: it isn't repeated).
struct Step {
  const google::protobuf::FieldDescriptor* field = nullptr;
  int index = -1;
};
using Where = std::vector<Step>;

/// "issue.content.texts[0].headline"
[[nodiscard]] std::string path_of(const Where& where);

using VisitText = std::function<void(const Where& where, TextKind kind, const std::string& text)>;
/// Visits every string that is set in a message and all it holds, in the order of their numbers. `where` is
/// good during the call.
void for_each_text(const google::protobuf::Message& message, const VisitText& visit);

/// Puts another text in a string's place; empty clears it. `where` came from a message of the same form.
void set_text(google::protobuf::Message& message, const Where& where, const std::string& text);

}  // namespace gjallar::admission
