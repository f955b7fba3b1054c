#include "broker/domain/principal.h"

namespace gjallar::domain {

const Principal& broker_principal() {
  // A colon can't occur in the name of a caller, so no policy can pose as the broker.
  static const Principal broker = [] {
    Principal principal;
    principal.name = core::PrincipalName("gjallar:broker");
    return principal;
  }();
  return broker;
}

}  // namespace gjallar::domain
