#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gjallar/v1/operator_service.grpc.pb.h"
#include "gjallar/v1/view_service.grpc.pb.h"
#include "subscribers/client/publisher.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/play/fleet.h"
#include "tools/gjallar/play/scenario.h"

namespace gjallar::tool {

/// Where the scenario is played.
struct Stage {
  std::string grpc;     ///< HOST:PORT
  std::string http;     ///< HOST:PORT
  std::string dev_dir;  ///< the broker's folder of development credentials
  std::string go_on;    ///< file for the commands to go on by hand; empty: none
};

/// Plays a scenario against a broker as its publishers and services would, and keeps the books on what
/// arrived. One use.
class Player {
 public:
  Player(const Globals& globals, Scenario scenario, Stage stage);
  /// Plays everything. The value is false if a concerned service lacks something; the list of it has then
  /// been printed.
  [[nodiscard]] core::Result<bool> play();

 private:
  core::Result<void> load_tokens();
  [[nodiscard]] core::Result<client::ConnectionOptions> credentials(const std::string& principal) const;
  core::Result<client::Publisher*> publisher(const std::string& principal);
  core::Result<void> register_services();
  core::Result<void> connect(const ScenarioService& service);
  core::Result<void> carry_out(const ScenarioStep& step, std::size_t index);
  /// The command must have met the error that the step names.
  core::Result<void> check_refused(const ScenarioStep& step, std::size_t index,
                                   const core::Result<gjallar::v1::CommandOutcome>& outcome);
  core::Result<void> wait_expired(const ScenarioStep& step);
  /// Who has an alert and who hasn't, in one line.
  core::Result<void> show_delivery(const ScenarioStep& step);
  /// Waits until the broker has asked for a call to a service that lacks the alert.
  core::Result<void> wait_called(const ScenarioStep& step);
  /// Fills in what the report of a call is about.
  core::Result<void> complete_report(gjallar::v1::Command& command);
  core::Result<gjallar::v1::GetDeliveryResponse> delivery_of(const std::string& alert_id,
                                                             std::uint64_t version = 0);
  /// Prints one event of the scenario, and in short what the log holds between the last one and it.
  core::Result<void> report(std::uint64_t seq, const std::string& what, const gjallar::v1::Alert* alert,
                            std::size_t concerned, std::chrono::steady_clock::time_point published,
                            const std::string& say);
  /// Prints the events after the last printed one and before `next` (0: all), a dim line each: notices, which
  /// concern a few only. Not as JSON.
  core::Result<void> print_between(std::uint64_t next);
  /// The seqs that concerned a service between two seqs, by the broker's log.
  core::Result<std::vector<std::uint64_t>> concerned_seqs(const std::string& service_id, std::uint64_t from,
                                                          std::uint64_t to);
  /// How many services not connected yet an event concerned.
  core::Result<std::size_t> concerned_but_offline(std::uint64_t seq);
  core::Result<bool> check_everything();
  core::Result<bool> check_ledger();
  void print_services() const;
  /// Says that all is well; the commands to go on by hand go to the stage's file.
  core::Result<void> tell_how_to_go_on() const;

  const Globals& globals_;
  const Scenario scenario_;
  const Stage stage_;
  const std::string run_id_;
  std::map<std::string, std::string> tokens_;
  std::map<std::string, std::unique_ptr<client::Publisher>> publishers_;
  std::shared_ptr<client::Connection> operator_connection_;
  std::unique_ptr<gjallar::v1::OperatorService::Stub> operators_;
  std::unique_ptr<gjallar::v1::ViewService::Stub> views_;
  std::map<std::string, std::string> alert_ids_;  ///< scenario name → alert id
  std::map<std::string, std::size_t> events_of_service_;
  std::uint64_t moved_seq_ = 0;     ///< of the revision that moved an alert
  std::uint64_t last_printed_ = 0;  ///< the highest seq that has a line
  Fleet fleet_;
};

}  // namespace gjallar::tool
