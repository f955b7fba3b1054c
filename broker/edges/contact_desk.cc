#include "broker/edges/contact_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "broker/admission/validate_access.h"
#include "broker/core/identity.h"
#include "broker/domain/role.h"

namespace gjallar::edges {
namespace {

core::Error contacts_denied(const char* action, const char* message) {
  return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, action, message, "Ask an operator.");
}

bool may_read_contacts(const domain::Principal& caller, const domain::Directory& directory) {
  if (caller.rights.operate) return true;
  if (!caller.service) return false;
  const v1::DirectoryEntry* const own = directory.find(caller.service->value());
  if (own == nullptr || !own->enabled()) return false;
  const auto& roles = own->service().roles();
  return std::find(roles.begin(), roles.end(), domain::kEscalatorRole) != roles.end();
}

}  // namespace

void ContactDesk::set(const domain::Principal& caller, const v1::SetContactsRequest& request,
                      BulkReader& writer, Done done) {
  if (!caller.rights.operate)
    return done(contacts_denied("set_contacts", "This principal may not set contacts."));
  if (const auto fit = admission::check_contacts(request.contacts()); !fit) return done(fit.error());
  v1::Command command;
  v1::NoteContacts& note = *command.mutable_note_contacts();
  note.set_service_id(request.service_id());
  security::ContactStore::Contacts contacts;
  for (const v1::Contact& given : request.contacts()) {
    v1::Contact& contact = *contacts.add_contacts();
    contact.set_way(given.way());
    contact.set_value(admission::plain_contact(given));
    contact.set_on_call(given.on_call());
    if (given.on_call()) note.set_has_on_call(true);
  }
  // Only a registered id may become the name of a file.
  if (contacts.contacts().empty() && directory_.now()->find(request.service_id()) != nullptr) {
    const auto held = store_.get(request.service_id());
    note.set_none_as_before(held && held.value().contacts().empty());
  }
  admission_.submit(
      caller, std::move(command), request.idempotency_key(),
      [this, &writer, service_id = request.service_id(), contacts = std::move(contacts),
       name = caller.name.value(), done](core::Result<v1::CommandOutcome> outcome) {
        if (!outcome) return done(outcome.error());
        const auto queued = writer.run([this, service_id, contacts, name, done, outcome = *outcome] {
          const auto noted = core::parse_cursor(outcome.cursor());
          if (const auto kept = store_.put(service_id, noted.value_or(core::Cursor()), contacts); !kept)
            return done(kept.error());
          spdlog::info("audit: {} set the contacts of {}", name, service_id);
          v1::SetContactsResponse response;
          *response.mutable_outcome() = outcome;
          done(std::move(response));
        });
        if (!queued) done(queued.error());
      },
      admission::Sender::kPerson, admission::asked_for(request));
}

core::Result<v1::GetContactsResponse> ContactDesk::get(const domain::Principal& caller,
                                                       const v1::GetContactsRequest& request) const {
  const auto directory = directory_.now();
  const v1::DirectoryEntry* const entry = directory->find(request.service_id());
  if (!may_read_contacts(caller, *directory)) {
    if (entry != nullptr)
      spdlog::warn("audit: {} was refused the contacts of {}", caller.name.value(), request.service_id());
    return contacts_denied("get_contacts",
                           "Contacts are for operators and for services with the role escalator.");
  }
  if (entry == nullptr) {
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "service_id", "No service with this id is registered.",
                            "Look the service up in the directory.");
  }
  spdlog::info("audit: {} read the contacts of {}", caller.name.value(), request.service_id());
  return store_.get(request.service_id());
}

}  // namespace gjallar::edges
