#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gjallar/v1/directory_service.grpc.pb.h"
#include "subscribers/client/connection.h"
#include "subscribers/client/publisher.h"
#include "tools/gjallar/command_line.h"

namespace gjallar::tool {

/// The directory's calls over one connection. One thread; calls block.
class DirectoryCalls {
 public:
  [[nodiscard]] static core::Result<std::unique_ptr<DirectoryCalls>> open(const Globals& globals);

  [[nodiscard]] core::Result<gjallar::v1::DirectoryEntry> get(const std::string& service_id);
  /// All services, disabled ones too.
  [[nodiscard]] core::Result<std::vector<gjallar::v1::DirectoryEntry>> list();
  /// Whether the broker would take the service as it is; nothing is written. The error's field begins with
  /// `entry`.
  [[nodiscard]] core::Result<void> check(const gjallar::v1::Service& service, const std::string& entry);
  /// Carries out a command, repeating it under its key while the broker can't be reached.
  [[nodiscard]] core::Result<gjallar::v1::CommandOutcome> send(const gjallar::v1::Command& command,
                                                               const std::string& idempotency_key);

 private:
  explicit DirectoryCalls(std::shared_ptr<client::Connection> connection);

  std::shared_ptr<client::Connection> connection_;
  client::Publisher publisher_;
  std::unique_ptr<gjallar::v1::DirectoryService::Stub> stub_;
};

/// `gjallar service apply FILE`: makes the directory as the file says. `preview`: shows what it would do.
int apply_services(const Globals& globals, const std::string& file, bool preview, bool disable_missing,
                   const std::string& reason);

/// `gjallar service contacts`: shows or replaces a service's contacts.
struct ContactWords {
  std::string service_id, file, idempotency_key;
  std::vector<std::string> telephones, mails;
  bool on_call = false, add = false, remove_all = false;
};
int show_or_set_contacts(const Globals& globals, const ContactWords& words);

}  // namespace gjallar::tool
