#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <utility>

namespace gjallar::core {

/// Counts its owners in itself, in four bytes: for what there are very many of. Owners are `Owned` pointers
/// alone, on any thread; the last one destroys it.
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  virtual ~Counted() = default;

  /// One more owner, unless the last one has let go of it already. Only while something else keeps its
  /// destructor from ending.
  [[nodiscard]] bool own_if_alive() const noexcept {
    std::uint32_t owners = owners_.load(std::memory_order_relaxed);
    while (owners != 0 && !owners_.compare_exchange_weak(owners, owners + 1, std::memory_order_relaxed)) {
    }
    return owners != 0;
  }

 private:
  friend void intrusive_ptr_add_ref(const Counted* counted) noexcept {
    counted->owners_.fetch_add(1, std::memory_order_relaxed);
  }
  friend void intrusive_ptr_release(const Counted* counted) noexcept {
    if (counted->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete counted;
  }

  mutable std::atomic<std::uint32_t> owners_{0};
};

template <typename T>
using Owned = boost::intrusive_ptr<T>;

template <typename T, typename... Arguments>
[[nodiscard]] Owned<T> make_owned(Arguments&&... arguments) {
  return Owned<T>(new T(std::forward<Arguments>(arguments)...));
}

/// nullptr if its last owner has let go of it; as Counted::own_if_alive.
template <typename T>
[[nodiscard]] Owned<T> owned_if_alive(T* counted) noexcept {
  return counted != nullptr && counted->own_if_alive() ? Owned<T>(counted, false) : nullptr;
}

}  // namespace gjallar::core
