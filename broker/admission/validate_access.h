#pragma once

#include <google/protobuf/repeated_field.h>

#include "broker/core/result.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/directory.pb.h"

/// The form of what changes tokens and contacts. Pure. Errors name the request's field and never hold what
/// was sent.
namespace gjallar::admission {

/// Contacts that one service may have.
inline constexpr int kContactsMax = 8;

/// INVALID_ARGUMENT, naming "token_id", unless it is 16 digits of lower-case hex.
[[nodiscard]] core::Result<void> check_token_id(const std::string& token_id);
[[nodiscard]] core::Result<void> check_issue_token(const gjallar::v1::IssueToken& issue);
/// The overlap is at most domain::kTokenOverlapMax.
[[nodiscard]] core::Result<void> check_rotate_token(const gjallar::v1::RotateToken& rotate);
[[nodiscard]] core::Result<void> check_revoke_token(const gjallar::v1::RevokeToken& revoke);
[[nodiscard]] core::Result<void> check_note_contacts(const gjallar::v1::NoteContacts& note);

using Contacts = google::protobuf::RepeatedPtrField<gjallar::v1::Contact>;
/// At most kContactsMax; each a telephone number in the form of ITU-T E.164 ("+46 8 123 45 67": a plus sign
/// and 7 to 15 digits, with spaces or hyphens between) or a mail address, one no more than once.
[[nodiscard]] core::Result<void> check_contacts(const Contacts& contacts);
/// The number without what stands between its digits; anything else as it is.
[[nodiscard]] std::string plain_contact(const gjallar::v1::Contact& contact);

}  // namespace gjallar::admission
