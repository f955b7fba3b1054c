// gjallar service contacts
#include <fmt/format.h>

#include "broker/core/digest.h"
#include "broker/core/random.h"
#include "tools/gjallar/directory_calls.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Directory = v1::DirectoryService;

core::Result<v1::GetContactsResponse> contacts_of(const Globals& globals, const std::string& service_id) {
  v1::GetContactsRequest request;
  request.set_service_id(service_id);
  return call<Directory::Stub, v1::GetContactsRequest, v1::GetContactsResponse>(
      globals, &Directory::Stub::GetContacts, &Directory::NewStub, request);
}

int show_contacts(const Globals& globals, const std::string& service_id) {
  const auto response = contacts_of(globals, service_id);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
    return kExitDone;
  }
  if (response->contacts().empty()) {
    fmt::print("{} has no contacts: give it some by --telephone and --mail\n", service_id);
    return kExitDone;
  }
  Table table({"WAY", "VALUE", "ON CALL"});
  for (const v1::Contact& contact : response->contacts())
    table.add({contact.way(), contact.value(), contact.on_call() ? "yes" : "no"});
  table.print(globals.colour);
  return kExitDone;
}

void add_contacts(const ContactWords& words, v1::SetContactsRequest& request) {
  const auto add = [&](const char* way, const std::string& value) {
    v1::Contact& contact = *request.add_contacts();
    contact.set_way(way);
    contact.set_value(value);
    contact.set_on_call(words.on_call);
  };
  for (const std::string& telephone : words.telephones)
    add("telephone", telephone);
  for (const std::string& mail : words.mails)
    add("mail", mail);
}

}  // namespace

int show_or_set_contacts(const Globals& globals, const ContactWords& words) {
  const bool given = !words.telephones.empty() || !words.mails.empty() || !words.file.empty();
  if (!given && !words.remove_all) return show_contacts(globals, words.service_id);
  v1::SetContactsRequest request;
  request.set_service_id(words.service_id);
  request.set_idempotency_key(words.idempotency_key);
  if (words.idempotency_key.empty()) {
    core::SystemRandom random;
    request.set_idempotency_key(core::to_hex(core::as_view(random.bytes32())).substr(0, 32));
  }
  if (words.add) {
    const auto present = contacts_of(globals, words.service_id);
    if (!present) return fail(globals, present.error());
    *request.mutable_contacts() = present->contacts();
  }
  if (!words.file.empty()) {
    v1::GetContactsResponse of_file;
    if (const auto read = read_json(words.file, of_file); !read) return fail(globals, read.error());
    request.mutable_contacts()->MergeFrom(of_file.contacts());
  }
  add_contacts(words, request);
  const auto response = call<Directory::Stub, v1::SetContactsRequest, v1::SetContactsResponse>(
      globals, &Directory::Stub::SetContacts, &Directory::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(response->outcome());
  } else {
    fmt::print("{}  {} contacts  version {}  seq {}\n", words.service_id, request.contacts_size(),
               response->outcome().version(), response->outcome().seq());
  }
  return kExitDone;
}

}  // namespace gjallar::tool
