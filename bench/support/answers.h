#pragma once

#include <string>

namespace gjallar::bench {

/// What a client hears from a kind of server until it is subscribed.
struct Answers {
  std::string subscribed;  ///< once this has come it is
  std::string begins;  ///< what the answer to the greeting begins with, or it is a refusal; empty: anything
  std::string before_tls;  ///< what the server's plain words before TLS end in; empty: it has none
};

}  // namespace gjallar::bench
