// The end of a scenario: does every concerned service have everything, by its own logbook and by the broker's
// ledger?
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

#include "broker/core/identity.h"
#include "tools/gjallar/play/player.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kLedgerPatience{20};
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

core::Result<std::vector<std::uint64_t>> Player::concerned_seqs(const std::string& service_id,
                                                                std::uint64_t from, std::uint64_t to) {
  const auto give_up = Clock::now() + std::chrono::seconds(60);
  for (;;) {
    v1::ReplayRequest request;
    if (from != 0) request.mutable_from()->set_seq(from);
    if (to != 0) request.mutable_to()->set_seq(to);
    request.set_service_id(service_id);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + kLedgerPatience);
    const auto stream = operators_->Replay(&context, request);
    std::vector<std::uint64_t> seqs;
    v1::ReplayResponse step;
    while (stream->Read(&step)) {
      if (step.has_event()) seqs.push_back(step.event().seq());
    }
    const grpc::Status status = stream->Finish();
    if (status.ok()) return seqs;
    core::Error error = client::error_of(status);
    if (error.code != v1::ERROR_CODE_UNAVAILABLE || Clock::now() > give_up) return error;
    std::this_thread::sleep_for(kPause);
  }
}

core::Result<std::size_t> Player::concerned_but_offline(std::uint64_t seq) {
  const auto logbooks = fleet_.logbooks();
  std::size_t offline = 0;
  for (const auto& service : scenario_.services) {
    if (logbooks.count(service.service.service_id()) > 0) continue;
    const auto seqs = concerned_seqs(service.service.service_id(), seq, seq);
    if (!seqs) return seqs.error();
    offline += seqs->size();
  }
  return offline;
}

core::Result<bool> Player::check_everything() {
  bool complete = true;
  const auto give_up = Clock::now() + kLedgerPatience;
  for (const auto& service : scenario_.services) {
    const std::string& id = service.service.service_id();
    const auto seqs = concerned_seqs(id, 0, 0);
    if (!seqs) return seqs.error();
    events_of_service_[id] = seqs->size();
    const auto lacks = [&](const std::map<std::string, Logbook>& logbooks) {
      std::vector<std::uint64_t> missing;
      const auto logbook = logbooks.find(id);
      for (const std::uint64_t seq : *seqs) {
        if (logbook == logbooks.end() || logbook->second.first_seen.count(seq) == 0) missing.push_back(seq);
      }
      return missing;
    };
    const bool connected = fleet_.logbooks().count(id) > 0;
    const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(give_up - Clock::now());
    fleet_.wait(connected ? std::max(patience, kPause) : kPause,
                [&](const auto& logbooks) { return lacks(logbooks).empty(); });
    const auto missing = lacks(fleet_.logbooks());
    if (missing.empty()) continue;
    complete = false;
    std::cerr << fmt::format("gjallar: {} has not received seq {}\n", id, fmt::join(missing, ", "));
  }
  return complete;
}

core::Result<bool> Player::check_ledger() {
  bool complete = true;
  const auto give_up = Clock::now() + kLedgerPatience;
  for (const auto& [name, alert_id] : alert_ids_) {
    v1::GetHistoryRequest history_request;
    history_request.set_alert_id(alert_id);
    v1::GetHistoryResponse history;
    grpc::ClientContext history_context;
    const grpc::Status status = views_->GetHistory(&history_context, history_request, &history);
    if (!status.ok()) return client::error_of(status);
    std::uint64_t version = 0;
    for (const auto& event : history.events()) {
      if (event.version() == version) continue;
      version = event.version();
      v1::GetDeliveryRequest request;
      request.set_alert_id(alert_id);
      request.set_version(version);
      v1::GetDeliveryResponse response;
      do {  // receipts are on their way
        grpc::ClientContext context;
        const grpc::Status asked = views_->GetDelivery(&context, request, &response);
        if (!asked.ok()) return client::error_of(asked);
        if (response.not_received() != 0) std::this_thread::sleep_for(kPause);
      } while (response.not_received() != 0 && Clock::now() < give_up);
      for (const auto& service : response.services()) {
        if (service.has_received()) continue;
        complete = false;
        std::cerr << fmt::format("gjallar: by the ledger {} has not received {} version {}\n",
                                 service.service_id(), name, version);
      }
    }
  }
  return complete;
}

void Player::print_services() const {
  if (globals_.json) return;
  fmt::print("\n");
  Table table({"SERVICE", "OVER", "CONCERNED IT", "HAS", "IN FORCE", "RECONNECTS"});
  const auto logbooks = fleet_.logbooks();
  for (const auto& service : scenario_.services) {
    const std::string& id = service.service.service_id();
    const auto found = logbooks.find(id);
    const Logbook logbook = found == logbooks.end() ? Logbook() : found->second;
    table.add({id, service.over_websocket ? "WebSocket" : "gRPC", std::to_string(events_of_service_.at(id)),
               std::to_string(logbook.first_seen.size()), std::to_string(logbook.in_force.size()),
               std::to_string(logbook.reconnects)});
  }
  table.print(globals_.colour);
}

core::Result<void> Player::tell_how_to_go_on() const {
  if (!globals_.json) {
    fmt::print("\nEvery concerned service has everything, by its own logbook and by the broker's ledger.\n");
    std::cout.flush();
  }
  if (stage_.go_on.empty()) return {};
  std::ofstream out(stage_.go_on);
  const std::string& folder = stage_.dev_dir;
  out << fmt::format(
      "To go on by hand, as the operator:\n"
      "  export GJALLAR_ENDPOINT={} GJALLAR_CA={}/ca.pem GJALLAR_CERT={}/operator.pem "
      "GJALLAR_KEY={}/operator.key\n"
      "  build/release/bin/gjallar view --service syringe-exchange-stockholm --as-of {}\n"
      "  build/release/bin/gjallar delivery {}\n",
      stage_.grpc, folder, folder, folder, moved_seq_ > 0 ? moved_seq_ - 1 : 1,
      core::reference_of(core::AlertId(alert_ids_.begin()->second)));
  if (out.flush()) return {};
  return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "go-on", "The file can't be written.",
                          "Give a file in a folder that is there.");
}

}  // namespace gjallar::tool
