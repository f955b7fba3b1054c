#pragma once

#include <functional>

#include "broker/admission/admission.h"
#include "broker/edges/bulk_reader.h"
#include "broker/projections/live_directory.h"
#include "broker/security/contact_store.h"
#include "gjallar/v1/directory_service.pb.h"

namespace gjallar::edges {

/// Sets and reads services' contacts. The event comes first, then the store; a caller who met a failure in
/// between repeats the call with the same key. Each change is an event, each reading a line of the broker's
/// own log; neither has a value. Any thread.
class ContactDesk {
 public:
  using Done = std::function<void(core::Result<gjallar::v1::SetContactsResponse>)>;

  /// All must outlive it and every answer.
  ContactDesk(admission::Admission& admission, const projections::LiveDirectory& directory,
              security::ContactStore& store)
      : admission_(admission), directory_(directory), store_(store) {}

  /// Replaces a service's contacts; `writer` is where the disk is waited for. `done`: at once if it is
  /// refused at the door, else on the appender's or the writer's thread; it must not block. Errors:
  /// PERMISSION_DENIED, NOT_FOUND, those of form with the field ("contacts[1].value"), UNAVAILABLE.
  void set(const domain::Principal& caller, const gjallar::v1::SetContactsRequest& request,
           BulkReader& writer, Done done);
  /// For who may operate, and for principals of an enabled service with the role "escalator". Waits for the
  /// disk. PERMISSION_DENIED, NOT_FOUND.
  [[nodiscard]] core::Result<gjallar::v1::GetContactsResponse> get(
      const domain::Principal& caller, const gjallar::v1::GetContactsRequest& request) const;

 private:
  admission::Admission& admission_;
  const projections::LiveDirectory& directory_;
  security::ContactStore& store_;
};

}  // namespace gjallar::edges
