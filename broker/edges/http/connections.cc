#include "broker/edges/http/connections.h"

#include <utility>

namespace gjallar::edges::http {

void Connections::add(std::size_t shard, Closable& object, std::shared_ptr<const void> owner) {
  Shard& known = shards_[shard];
  object.place_ = static_cast<std::uint32_t>(known.open.size());
  known.open.push_back(&object);
  if (owner) known.owner = std::move(owner);
  const std::lock_guard lock(mutex_);
  ++count_;
}

void Connections::remove(std::size_t shard, Closable& object) noexcept {
  std::shared_ptr<const void> owner;  // goes last
  Shard& known = shards_[shard];
  Closable* const last = known.open.back();
  known.open[object.place_] = last;
  last->place_ = object.place_;
  known.open.pop_back();
  if (known.open.empty()) owner = std::move(known.owner);
  {
    const std::lock_guard lock(mutex_);
    --count_;
  }
  empty_.notify_all();
}

Connections::Ticket::Ticket(std::shared_ptr<Connections> connections, std::size_t shard, Closable& object)
    : connections_(std::move(connections)), shard_(shard), object_(&object) {
  connections_->add(shard_, object, nullptr);
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
  connections_->remove(shard_, *object_);
  connections_.reset();
}

std::size_t Connections::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

Connections::Kept Connections::open_on(std::size_t shard) const {
  Kept open;
  for (Closable* const object : shards_[shard].open) {
    if (auto owner = object->keep()) open.emplace_back(object, std::move(owner));
  }
  return open;
}

void Connections::close_all(std::size_t shard) {
  for (const auto& kept : open_on(shard))
    kept.first->close_now();
}

void Connections::end_streams(std::size_t shard) {
  for (const auto& kept : open_on(shard))
    kept.first->end_stream();
}

bool Connections::wait_until_empty(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, time, [this] { return count_ == 0; });
}

}  // namespace gjallar::edges::http
