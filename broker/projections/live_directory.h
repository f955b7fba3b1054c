#pragma once

#include <memory>
#include <mutex>

#include "broker/domain/directory.h"
#include "broker/log/rows.h"

namespace gjallar::projections {

/// The directory at the head of the log. Written by the live DirectoryFold on the appender's thread; everyone
/// else reads immutable copies.
class LiveDirectory {
 public:
  /// The appender's thread only: the head and the batch so far. Decide and the target fold use it.
  [[nodiscard]] const domain::Directory& at_head() const noexcept { return head_; }
  void apply(const gjallar::v1::DirectoryEntry& entry);
  /// Takes the place of all of it. On the appender's thread, or while nothing is appended.
  void replace(domain::Directory directory);

  /// After a synced group, on the appender's thread, or after a rebuild: makes what changed visible to `now`.
  /// Cheap if nothing did.
  void publish();
  /// As of the last synced group. Any thread; never nullptr.
  [[nodiscard]] std::shared_ptr<const domain::Directory> now() const;

 private:
  domain::Directory head_;
  bool changed_ = true;
  mutable std::mutex mutex_;
  std::shared_ptr<const domain::Directory> published_ = std::make_shared<const domain::Directory>();
};

}  // namespace gjallar::projections
