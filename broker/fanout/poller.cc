#include "broker/fanout/poller.h"

#include <sys/epoll.h>

#include <boost/asio/post.hpp>
#include <system_error>

namespace gjallar::fanout {
namespace {

int make_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

struct Poller::Batch {
  std::array<epoll_event, kBatch> events{};
  std::size_t next = 0;
  std::size_t count = 0;
};

Poller::Poller(boost::asio::io_context& context)
    : epoll_(context, make_epoll()), batch_(std::make_unique<Batch>()) {}

Poller::~Poller() = default;

void Poller::start() {
  wait();
}

bool Poller::add(int descriptor, Pollable& pollable) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &pollable;
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Poller::remove(int descriptor, Pollable& pollable) noexcept {
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (std::size_t i = batch_->next; i < batch_->count; ++i) {
    if (batch_->events[i].data.ptr == &pollable) batch_->events[i].data.ptr = nullptr;
  }
}

void Poller::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& failed) {
                      if (!failed) dispatch();
                    });
}

void Poller::dispatch() {
  const int count = ::epoll_wait(epoll_.native_handle(), batch_->events.data(), kBatch, 0);
  batch_->count = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (batch_->next = 0; batch_->next < batch_->count;) {
    auto* const pollable = static_cast<Pollable*>(batch_->events[batch_->next++].data.ptr);
    if (pollable != nullptr) pollable->on_ready();
  }
  const bool full = batch_->count == kBatch;
  batch_->count = 0;
  // More may wait: after what else the shard has to do.
  if (full) {
    boost::asio::post(epoll_.get_executor(), [this] { dispatch(); });
  } else {
    wait();
  }
}

}  // namespace gjallar::fanout
