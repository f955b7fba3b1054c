#include "broker/edges/http/connections.h"

#include <utility>

namespace gjallar::edges::http {

Connections::Ticket::Ticket(std::shared_ptr<Connections> connections, std::size_t shard,
                            const std::shared_ptr<Closable>& object)
    : connections_(std::move(connections)), shard_(shard), object_(object.get()) {
  connections_->open_[shard_].emplace(object_, object);
  const std::lock_guard lock(connections_->mutex_);
  ++connections_->count_;
}

Connections::Ticket& Connections::Ticket::operator=(Ticket&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  connections_ = std::move(other.connections_);
  shard_ = other.shard_;
  object_ = other.object_;
  return *this;
}

Connections::Ticket::~Ticket() {
  give_back();
}

void Connections::Ticket::give_back() {
  if (!connections_) return;
  connections_->open_[shard_].erase(object_);
  {
    const std::lock_guard lock(connections_->mutex_);
    --connections_->count_;
  }
  connections_->empty_.notify_all();
  connections_.reset();
}

std::size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<std::shared_ptr<Closable>> Connections::open_on(std::size_t shard) const {
  std::vector<std::shared_ptr<Closable>> open;
  for (const auto& entry : open_[shard]) {
    if (auto object = entry.second.lock()) open.push_back(std::move(object));
  }
  return open;
}

void Connections::close_all(std::size_t shard) {
  for (const auto& object : open_on(shard))
    object->close_now();
}

void Connections::end_streams(std::size_t shard) {
  for (const auto& object : open_on(shard))
    object->end_stream();
}

bool Connections::wait_until_empty(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, time, [this] { return count_ == 0; });
}

}  // namespace gjallar::edges::http
