#include "broker/projections/live_directory.h"

#include <utility>

namespace gjallar::projections {

void LiveDirectory::apply(const v1::DirectoryEntry& entry) {
  head_.apply(entry);
  changed_ = true;
}

void LiveDirectory::replace(domain::Directory directory) {
  const std::lock_guard lock(mutex_);
  head_ = std::move(directory);
  changed_ = true;
}

void LiveDirectory::publish() {
  const std::lock_guard lock(mutex_);  // a rebuild may replace it meanwhile
  if (!changed_) return;
  published_ = std::make_shared<const domain::Directory>(head_);
  changed_ = false;
}

std::shared_ptr<const domain::Directory> LiveDirectory::now() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace gjallar::projections
