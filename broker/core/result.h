#pragma once

#include <boost/system/result.hpp>
#include <exception>
#include <stdexcept>
#include <string>

#include "broker/core/error.h"

namespace gjallar::core {

/// Thrown only if someone takes the value of a failed Result without looking: a fault of the program.
class BadResultAccess : public std::logic_error {
 public:
  explicit BadResultAccess(const Error& error) : std::logic_error(to_text(error)) {}
};

/// Found by argument-dependent look-up from boost::system::result::value().
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw BadResultAccess(error);
}

/// A value or an Error. Every function that can fail for a reason outside the program returns one.
template <typename T>
using Result = boost::system::result<T, Error>;

}  // namespace gjallar::core

/// Returns the error of `expression` from the enclosing function, or goes on.
#define GJALLAR_TRY(expression)                            \
  do {                                                     \
    if (auto&& gjallar_try = (expression); !gjallar_try) { \
      return gjallar_try.error();                          \
    }                                                      \
  } while (false)
