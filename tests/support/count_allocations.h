// Counts this thread's allocations. Replaces operator new: included by one file of a program, at most.
// Sanitizers have their own: there nothing is counted.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GJALLAR_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GJALLAR_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef GJALLAR_COUNTS_ALLOCATIONS
#define GJALLAR_COUNTS_ALLOCATIONS 1
#endif

namespace gjallar::testing {

inline thread_local std::size_t allocations_of_thread = 0;

}  // namespace gjallar::testing

#if GJALLAR_COUNTS_ALLOCATIONS
// Not inlined: the compiler would take a pair that it sees only half of for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++gjallar::testing::allocations_of_thread;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif
