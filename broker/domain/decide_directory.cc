#include <fmt/format.h>

#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/authority.h"
#include "broker/domain/decide_parts.h"

namespace gjallar::domain {
namespace {

core::Result<void> check_directory_right(const Principal& principal, std::string_view command) {
  if (principal.rights.operate || principal.rights.assess) return {};
  return permission_denied(std::string(command), "This principal may not change the directory.",
                           "Ask an operator to do it.");
}

core::Error no_such_service(std::string field) {
  return core::make_error(v1::ERROR_CODE_NOT_FOUND, std::move(field),
                          "No service with this id is registered.",
                          "Look the service up in the directory, or register it.");
}

/// An event that makes the directory hold `entry`; it concerns that service alone.
NewEvent directory_event(v1::EventType type, v1::DirectoryEntry entry, std::string reason = {}) {
  NewEvent event;
  event.type = type;
  event.subject_kind = SubjectKind::kService;
  event.subject = entry.service().service_id();
  event.version = entry.version();
  event.reach.after = match_keys_naming({event.subject});
  *event.payload.mutable_service() = std::move(entry);
  event.payload.set_reason(std::move(reason));
  return event;
}

v1::DirectoryEntry next_version(const v1::DirectoryEntry& entry, core::WallTime now) {
  v1::DirectoryEntry next = entry;
  next.set_version(entry.version() + 1);
  *next.mutable_changed() = core::to_timestamp(now);
  return next;
}

}  // namespace

Decision decide_register(const Principal& principal, const v1::RegisterService& command,
                         const Situation& situation) {
  GJALLAR_TRY(check_directory_right(principal, "register_service"));
  const Directory& directory = *situation.directory;
  if (directory.find(command.service().service_id()) != nullptr) {
    return core::make_error(v1::ERROR_CODE_ALREADY_EXISTS, "register_service.service.service_id",
                            "A service with this id is registered already.",
                            "Change that service, or register this one under another id.");
  }
  if (directory.next_number() >= core::limits::kServicesMax) {
    return core::make_error(
        v1::ERROR_CODE_TOO_LARGE, "register_service.service",
        fmt::format("The directory holds at most {} services.", core::limits::kServicesMax),
        "Change a registered service instead of registering another.");
  }
  v1::DirectoryEntry entry;
  *entry.mutable_service() = command.service();
  entry.mutable_service()->DiscardUnknownFields();  // nobody has checked them
  entry.set_number(directory.next_number());
  entry.set_enabled(true);
  entry.set_version(1);
  *entry.mutable_registered() = core::to_timestamp(situation.now);
  *entry.mutable_changed() = entry.registered();
  return only(directory_event(v1::EVENT_TYPE_SERVICE_REGISTERED, std::move(entry)));
}

Decision decide_change(const Principal& principal, const v1::ChangeService& command,
                       const Situation& situation) {
  GJALLAR_TRY(check_directory_right(principal, "change_service"));
  const v1::DirectoryEntry* const before = situation.directory->find(command.service().service_id());
  if (before == nullptr) return no_such_service("change_service.service.service_id");
  if (!before->enabled()) {
    return core::make_error(v1::ERROR_CODE_SERVICE_DISABLED, "change_service.service.service_id",
                            "The service is disabled.", "Register the service under a new id.");
  }
  GJALLAR_TRY(check_version(command.expected_version(), before->version(), "change_service"));
  v1::Service known = command.service();
  known.DiscardUnknownFields();
  if (known.SerializeAsString() == before->service().SerializeAsString()) {
    return nothing_to_change("change_service.service");
  }
  v1::DirectoryEntry after = next_version(*before, situation.now);
  *after.mutable_service() = std::move(known);
  return only(directory_event(v1::EVENT_TYPE_SERVICE_CHANGED, std::move(after)));
}

Decision decide_disable(const Principal& principal, const v1::DisableService& command,
                        const Situation& situation) {
  GJALLAR_TRY(check_directory_right(principal, "disable_service"));
  const v1::DirectoryEntry* const before = situation.directory->find(command.service_id());
  if (before == nullptr) return no_such_service("disable_service.service_id");
  if (!before->enabled()) return nothing_to_change("disable_service.service_id");
  v1::DirectoryEntry after = next_version(*before, situation.now);
  after.set_enabled(false);
  return only(directory_event(v1::EVENT_TYPE_SERVICE_DISABLED, std::move(after), command.reason()));
}

Decision decide_note_contacts(const Principal& principal, const v1::NoteContacts& command,
                              const Situation& situation) {
  if (!principal.rights.operate) {
    return permission_denied("note_contacts", "This principal may not set contacts.",
                             "Ask an operator to do it.");
  }
  const v1::DirectoryEntry* const before = situation.directory->find(command.service_id());
  if (before == nullptr) return no_such_service("service_id");
  if (command.none_as_before() && !before->has_on_call()) return nothing_to_change("contacts");
  // A disabled service's contacts may still be changed: it goes on hearing of what it holds.
  v1::DirectoryEntry after = next_version(*before, situation.now);
  after.set_has_on_call(command.has_on_call());
  return only(directory_event(v1::EVENT_TYPE_SERVICE_CONTACTS_CHANGED, std::move(after)));
}

}  // namespace gjallar::domain
