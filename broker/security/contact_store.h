#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "broker/core/identity.h"
#include "broker/core/result.h"
#include "gjallar/v1/directory_service.pb.h"

namespace gjallar::security {

/// Whom to call at a service: outside the log, one file a service in a folder that only its owner may enter,
/// replaced atomically and synced, so that nothing of what stood before is left in the folder. Any thread;
/// calls wait for the disk.
class ContactStore {
 public:
  using Contacts = gjallar::v1::GetContactsResponse;

  /// Makes the folder if it is missing. UNAVAILABLE.
  [[nodiscard]] static core::Result<std::unique_ptr<ContactStore>> open(std::filesystem::path folder);

  /// Keeps the contacts that the event at `noted` announced. Nothing happens if those of a later event of the
  /// same log stand there: a repeat that comes late takes nothing back. `service_id` is one of the directory.
  /// UNAVAILABLE: what stood before still does.
  [[nodiscard]] core::Result<void> put(const std::string& service_id, const core::Cursor& noted,
                                       const Contacts& contacts);
  /// A service's contacts; empty if it has none. DATA_CORRUPT, UNAVAILABLE; never with anything of them.
  [[nodiscard]] core::Result<Contacts> get(const std::string& service_id) const;

 private:
  struct Kept {
    core::LogId log_id;
    core::Seq seq = 0;
    Contacts contacts;
  };
  explicit ContactStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] core::Result<Kept> read(const std::string& service_id) const;

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
};

}  // namespace gjallar::security
