// The part of a scenario that follows up: who has an alert and who hasn't, who is called, what becomes of it.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "broker/core/identity.h"
#include "tools/gjallar/delivery_words.h"
#include "tools/gjallar/play/player.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
constexpr std::chrono::seconds kChasePatience{60};
constexpr std::chrono::milliseconds kChasePause{50};

/// Why a service lacks an alert, and what was done about it, in a few words.
std::string lack_of(const v1::ServiceDelivery& service) {
  std::string words = service.service_id();
  if (service.disabled()) {
    words += " (disabled";
  } else if (service.has_closed_until()) {
    words += " (closed until " + opening_label(service, google::protobuf::Timestamp());
  } else {
    words += service.offline() ? " (offline" : " (connected";
  }
  for (const v1::EscalationRecord& record : service.escalations()) {
    words += record.way() == v1::ESCALATION_WAY_CLOSED ? ", the coordinators know" : ", called";
    if (record.outcome() != v1::ESCALATION_OUTCOME_UNSPECIFIED)
      words += ": " + plain_name(v1::EscalationOutcome_Name(record.outcome()), "ESCALATION_OUTCOME_");
  }
  return words + ")";
}

/// Whether the receipt of a connected service is still to come.
bool under_way(const v1::GetDeliveryResponse& delivery) {
  return std::any_of(delivery.services().begin(), delivery.services().end(),
                     [](const auto& service) { return !service.offline() && !service.has_received(); });
}

const v1::EscalationRecord* escalation_of(const v1::GetDeliveryResponse& delivery,
                                          const std::string& service_id) {
  for (const v1::ServiceDelivery& service : delivery.services()) {
    if (service.service_id() == service_id && !service.escalations().empty())
      return &*service.escalations().rbegin();
  }
  return nullptr;
}

}  // namespace

core::Result<void> Player::show_delivery(const ScenarioStep& step) {
  const std::string& id = alert_ids_[step.delivery];
  auto delivery = delivery_of(id);
  const auto give_up = std::chrono::steady_clock::now() + kChasePatience;
  while (delivery && under_way(*delivery) && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kChasePause);
    delivery = delivery_of(id);
  }
  if (!delivery) return delivery.error();
  std::vector<std::string> lacking;
  for (const v1::ServiceDelivery& service : delivery->services()) {
    if (!service.has_received()) lacking.push_back(lack_of(service));
  }
  if (globals_.json) {
    const boost::json::object line{{"ledger", delivery->reference()},
                                   {"concerns", delivery->targeted()},
                                   {"received", delivery->received()},
                                   {"not_received", delivery->not_received()},
                                   {"say", step.say}};
    std::cout << boost::json::serialize(line) << std::endl;
    return {};
  }
  fmt::print("{:>4}  {:<10} {:<17} {}: {} of {} have it{}{}\n", "–", "ledger", delivery->reference(),
             step.say, delivery->received(), delivery->targeted(),
             lacking.empty() ? "" : "; not yet: ", fmt::join(lacking, ", "));
  std::cout.flush();
  return {};
}

core::Result<void> Player::wait_called(const ScenarioStep& step) {
  const auto give_up = std::chrono::steady_clock::now() + kChasePatience;
  const std::string& id = alert_ids_[step.name];
  for (;;) {  // the broker's clock decides; ask it until it says so
    const auto delivery = delivery_of(id);
    if (!delivery) return delivery.error();
    if (escalation_of(*delivery, step.wait_called) != nullptr) break;
    if (std::chrono::steady_clock::now() > give_up) {
      return core::make_error(v1::ERROR_CODE_INTERNAL, step.wait_called,
                              "Nobody was asked to call the service.", "Look into the broker's log.");
    }
    std::this_thread::sleep_for(kChasePause);
  }
  GJALLAR_TRY(print_between(0));
  if (!globals_.json) {
    fmt::print("{:>4}  {:<10} {}\n", "–", "chased", step.say);
    std::cout.flush();
  }
  return {};
}

core::Result<void> Player::complete_report(v1::Command& command) {
  v1::ReportEscalation& report = *command.mutable_report_escalation();
  const auto delivery = delivery_of(report.alert_id());
  if (!delivery) return delivery.error();
  const v1::EscalationRecord* record = escalation_of(*delivery, report.service_id());
  if (record == nullptr) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "service_id",
                            "Nobody was asked to call this service.",
                            "Wait for it in an earlier step (wait_called).");
  }
  report.set_version(record->version());
  report.set_step(record->step());
  return {};
}

}  // namespace gjallar::tool
