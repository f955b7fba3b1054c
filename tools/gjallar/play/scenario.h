#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/core/result.h"
#include "gjallar/v1/command.pb.h"
#include "gjallar/v1/directory.pb.h"

namespace gjallar::tool {

/// A service of the scenario and how it connects.
struct ScenarioService {
  gjallar::v1::Service service;
  bool over_websocket = false;
  bool late = false;    ///< connects only when a step says so
  bool closed = false;  ///< registered with opening hours that don't hold now, nor in the next hours
};

/// One step: a command, a service that comes online, a look at the ledger, or waiting: until an alert has
/// expired, or until a service is called about one.
struct ScenarioStep {
  std::string as;    ///< the principal
  std::string name;  ///< the scenario's own name of the alert
  std::string say;   ///< one line for people
  std::optional<gjallar::v1::Command> command;
  std::string refused;               ///< the code of the error that the command must meet; empty: none
  std::optional<long> expires_in_s;  ///< for issue: expiry relative to the moment of issuing
  std::string connect;
  std::string wait_expired;
  std::string delivery;     ///< the name of an alert: say who has it
  std::string wait_called;  ///< a service that is to be called about the alert `name`
};

/// A story to play through the public interface; tools/scenario/README.md has the file's form.
struct Scenario {
  std::string title;
  std::vector<ScenarioService> services;
  std::vector<ScenarioStep> steps;
};

/// INVALID_ARGUMENT names the part that doesn't fit.
[[nodiscard]] core::Result<Scenario> load_scenario(const std::string& path);

}  // namespace gjallar::tool
