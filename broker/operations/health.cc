#include "broker/operations/health.h"

namespace gjallar::operations {

std::string_view phase_name(Phase phase) noexcept {
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kReady:
      return "ready";
    case Phase::kDraining:
      return "draining";
    case Phase::kFailed:
      break;
  }
  return "failed";
}

}  // namespace gjallar::operations
