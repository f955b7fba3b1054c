#pragma once

#include <functional>
#include <memory>
#include <string>

#include "broker/admission/admission.h"
#include "broker/core/clock.h"
#include "broker/core/random.h"
#include "broker/domain/role.h"
#include "broker/log/local_log.h"
#include "broker/projections/live_directory.h"

namespace gjallar::bench {

/// A publisher who may issue everywhere, in process.
[[nodiscard]] domain::Principal bench_police();

/// The broker's log with all its folds and its door, in process and without edges.
struct World {
  explicit World(const std::string& folder);
  ~World();
  /// Issues `count` alerts by `publishers` threads, each waiting for its answer; alerts a second.
  double issue(int publishers, int count);

  /// Called on the appender's thread with what is about to be written; as `listener`.
  std::function<void(const log::CommittedGroup&)> preparer;
  /// Called on the appender's thread after the directory was published; set before the first command.
  std::function<void(const log::CommittedGroup&, const log::Head&)> listener;
  core::SystemClock clock;
  core::SystemRandom random;
  domain::RoleCatalogue roles;
  std::shared_ptr<projections::LiveDirectory> directory;
  std::unique_ptr<log::EventLog> log;
  std::unique_ptr<admission::Admission> admission;
};

}  // namespace gjallar::bench
