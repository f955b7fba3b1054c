#include "tools/gjallar/play/player.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <thread>

#include "broker/core/identity.h"
#include "broker/core/random.h"
#include "broker/domain/wording.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Clock = std::chrono::steady_clock;

/// How long a step may take: a broker that is restarted under it included.
constexpr std::chrono::seconds kCommandPatience{60};
constexpr std::chrono::milliseconds kCommandPause{100};

std::string random_run_id() {
  core::SystemRandom random;
  return core::to_hex(core::as_view(random.bytes32())).substr(0, 12);
}

/// Repeats a read-only call while the broker can't be reached.
template <typename Call>
core::Result<void> patiently(Call&& call) {
  const auto give_up = Clock::now() + kCommandPatience;
  for (;;) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + kCommandPatience);
    const grpc::Status status = call(context);
    if (status.ok()) return {};
    core::Error error = client::error_of(status);
    if (error.code != v1::ERROR_CODE_UNAVAILABLE || Clock::now() > give_up) return error;
    std::this_thread::sleep_for(kCommandPause);
  }
}

/// Opening hours on one day of the week only, which is neither today nor tomorrow anywhere.
void close_for_now(v1::Service& service) {
  constexpr long kDaysOfWeek = 7, kThursday = 4, kDaysOff = 3;  // 1 January 1970 was a Thursday
  constexpr std::uint32_t kOpens = 8 * 60, kCloses = 16 * 60;
  const auto days =
      std::chrono::duration_cast<std::chrono::hours>(std::chrono::system_clock::now().time_since_epoch())
          .count() /
      24;
  v1::OpeningHours& hours = *service.add_opening_hours();
  hours.set_weekday(static_cast<std::uint32_t>((days + kThursday - 1 + kDaysOff) % kDaysOfWeek + 1));
  hours.set_opens_minute(kOpens);
  hours.set_closes_minute(kCloses);
}

/// What is missing, and who is to be called.
std::string chased_by(const v1::Escalation& escalation) {
  std::string words = plain_name(v1::EscalationStep_Name(escalation.step()), "ESCALATION_STEP_") + ":";
  for (const v1::EscalatedService& service : escalation.services())
    words += " " + service.service_id();
  return words;
}

std::string duration_text(Clock::duration duration) {
  const double milliseconds = std::chrono::duration<double, std::milli>(duration).count();
  return milliseconds < 1000 ? fmt::format("{:.1f} ms", milliseconds)
                             : fmt::format("{:.2f} s", milliseconds / 1000);
}

}  // namespace

Player::Player(const Globals& globals, Scenario scenario, Stage stage)
    : globals_(globals), scenario_(std::move(scenario)), stage_(std::move(stage)), run_id_(random_run_id()) {}

core::Result<void> Player::load_tokens() {
  auto text = client::read_file(stage_.dev_dir + "/tokens.json", "dev-dir");
  if (!text) return text.error();
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(*text, error);
  if (error || !value.is_object()) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "dev-dir", "tokens.json isn't a JSON object.",
                            "Give the dev folder that gjallard --dev wrote.");
  }
  for (const auto& [principal, token] : value.get_object()) {
    if (token.is_string()) tokens_[std::string(principal)] = std::string(token.get_string());
  }
  return {};
}

core::Result<client::ConnectionOptions> Player::credentials(const std::string& principal) const {
  const auto token = tokens_.find(principal);
  if (token == tokens_.end()) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "as",
                            "The broker has no principal '" + principal + "'.", "Use one of tokens.json.");
  }
  client::ConnectionOptions options;
  options.endpoint = stage_.grpc;
  options.ca_file = stage_.dev_dir + "/ca.pem";
  options.cert_file = stage_.dev_dir + "/" + principal + ".pem";
  options.key_file = stage_.dev_dir + "/" + principal + ".key";
  return options;
}

core::Result<client::Publisher*> Player::publisher(const std::string& principal) {
  auto& slot = publishers_[principal];
  if (!slot) {
    const auto options = credentials(principal);
    if (!options) return options.error();
    auto connection = client::Connection::open(*options);
    if (!connection) return connection.error();
    slot = std::make_unique<client::Publisher>(*connection, kCommandPatience);
  }
  return slot.get();
}

core::Result<bool> Player::play() {
  GJALLAR_TRY(load_tokens());
  const auto options = credentials("operator");
  if (!options) return options.error();
  auto connection = client::Connection::open(*options);
  if (!connection) return connection.error();
  operator_connection_ = *connection;
  operators_ = v1::OperatorService::NewStub(operator_connection_->channel());
  views_ = v1::ViewService::NewStub(operator_connection_->channel());

  if (!globals_.json) fmt::print("{}\n", scenario_.title);
  GJALLAR_TRY(register_services());
  std::size_t online = 0;
  for (const auto& service : scenario_.services) {
    if (service.late) continue;
    GJALLAR_TRY(connect(service));
    ++online;
  }
  if (!globals_.json) {
    fmt::print("{} of {} services are connected, half over WebSocket, half over gRPC\n\n", online,
               scenario_.services.size());
    fmt::print("{:>4}  {:<10} {:<17} {:<24} {:>8} {:>5} {:>9} {:>9}  {}\n", "SEQ", "EVENT", "ALERT", "LEVEL",
               "CONCERNS", "HAVE", "FIRST", "LAST", "WHAT");
    std::cout.flush();
  }
  for (std::size_t i = 0; i < scenario_.steps.size(); ++i) {
    const ScenarioStep& step = scenario_.steps[i];
    if (step.command) GJALLAR_TRY(carry_out(step, i));
    if (!step.wait_expired.empty()) GJALLAR_TRY(wait_expired(step));
    if (!step.delivery.empty()) GJALLAR_TRY(show_delivery(step));
    if (!step.wait_called.empty()) GJALLAR_TRY(wait_called(step));
    if (!step.connect.empty()) {
      for (const auto& service : scenario_.services) {
        if (service.service.service_id() != step.connect) continue;
        GJALLAR_TRY(connect(service));
        const std::size_t events = fleet_.logbooks()[step.connect].first_seen.size();
        if (!globals_.json) fmt::print("{:>4}  {} and gets {} events\n", "", step.say, events);
      }
    }
  }
  GJALLAR_TRY(print_between(0));
  const auto complete = check_everything();
  if (!complete) return complete.error();
  // What nobody got can't be in the ledger either: the list of it has been printed.
  const auto ledger = *complete ? check_ledger() : core::Result<bool>(false);
  if (!ledger) return ledger.error();
  print_services();
  fleet_.stop();
  if (*ledger) GJALLAR_TRY(tell_how_to_go_on());
  return *ledger;
}

core::Result<void> Player::register_services() {
  auto registrar = publisher("operator");
  if (!registrar) return registrar.error();
  for (const auto& service : scenario_.services) {
    v1::Command command;
    *command.mutable_register_service()->mutable_service() = service.service;
    if (service.closed) close_for_now(*command.mutable_register_service()->mutable_service());
    const auto outcome = (*registrar)->send(command, run_id_ + "-service-" + service.service.service_id());
    if (!outcome && outcome.error().code != v1::ERROR_CODE_ALREADY_EXISTS) return outcome.error();
  }
  return {};
}

core::Result<void> Player::connect(const ScenarioService& service) {
  const std::string& id = service.service.service_id();
  auto options = credentials(id);
  if (!options) return options.error();
  client::SubscriptionOptions subscription;
  subscription.connection = *options;
  if (service.over_websocket) {
    subscription.connection.endpoint = stage_.http;
    subscription.connection.token = tokens_.at(id);
  }
  subscription.client_id = "demo";
  subscription.after_seq = 0;
  fleet_.connect(id, service.over_websocket, std::move(subscription));
  const bool up =
      fleet_.wait(kCommandPatience, [&](const auto& logbooks) { return logbooks.at(id).connected; });
  if (!up) {
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, id, "The service could not connect and catch up.",
                            "Look into the broker's log.");
  }
  return {};
}

core::Result<void> Player::carry_out(const ScenarioStep& step, std::size_t index) {
  v1::Command command = *step.command;
  if (command.has_conclude() && !command.conclude().superseded_by().empty()) {
    const auto successor = alert_ids_.find(command.conclude().superseded_by());
    if (successor != alert_ids_.end()) command.mutable_conclude()->set_superseded_by(successor->second);
  }
  if (command.has_report()) {
    // Nothing to fill in: a report has no id yet, and its broker sets when it expires.
  } else if (command.has_issue()) {
    if (step.expires_in_s) {
      *command.mutable_issue()->mutable_content()->mutable_expires() =
          core::to_timestamp(core::SystemClock().wall() + std::chrono::seconds(*step.expires_in_s));
    }
  } else {
    const auto id = alert_ids_.find(step.name);
    if (id == alert_ids_.end()) {
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "steps[" + std::to_string(index) + "].name",
                              "No alert of this name was issued before.", "Issue it in an earlier step.");
    }
    const auto* field = command.GetReflection()->GetOneofFieldDescriptor(
        command, v1::Command::descriptor()->FindOneofByName("command"));
    google::protobuf::Message* inner = command.GetReflection()->MutableMessage(&command, field);
    inner->GetReflection()->SetString(inner, inner->GetDescriptor()->FindFieldByName("alert_id"), id->second);
    if (command.has_report_escalation()) GJALLAR_TRY(complete_report(command));
  }
  auto sender = publisher(step.as);
  if (!sender) return sender.error();
  const auto published = Clock::now();
  const auto outcome = (*sender)->send(command, run_id_ + "-step-" + std::to_string(index));
  if (!step.refused.empty()) return check_refused(step, index, outcome);
  if (!outcome) {
    core::Error error = outcome.error();
    error.field = "steps[" + std::to_string(index) + "]." + error.field;
    return error;
  }
  std::uint64_t seq = outcome->seq();
  if (command.has_issue() || command.has_report()) {
    alert_ids_[step.name] = outcome->alert_id();
    // Notices to some may have come after the event that everybody concerned waits for.
    const auto delivery = delivery_of(outcome->alert_id(), 1);
    if (!delivery) return delivery.error();
    seq = delivery->seq();
  }
  if (command.has_revise() && moved_seq_ == 0) {
    for (const auto& path : command.revise().update_mask().paths()) {
      if (path == "audience") moved_seq_ = seq;
    }
  }
  const auto offline = concerned_but_offline(seq);
  if (!offline) return offline.error();
  const std::size_t expected = outcome->services_concerned() - *offline;
  fleet_.wait(kCommandPatience, [&](const auto& logbooks) {
    std::size_t have = 0;
    for (const auto& [service, logbook] : logbooks)
      have += logbook.first_seen.count(seq);
    return have >= expected;
  });
  v1::GetAlertRequest request;
  request.set_alert_id(outcome->alert_id());
  v1::GetAlertResponse response;
  GJALLAR_TRY(patiently(
      [&](grpc::ClientContext& context) { return views_->GetAlert(&context, request, &response); }));
  const auto* field = command.GetReflection()->GetOneofFieldDescriptor(
      command, v1::Command::descriptor()->FindOneofByName("command"));
  return report(seq, field->name(), &response.alert(), outcome->services_concerned(), published, step.say);
}

core::Result<void> Player::check_refused(const ScenarioStep& step, std::size_t index,
                                         const core::Result<v1::CommandOutcome>& outcome) {
  const std::string code(outcome ? "nothing" : core::code_name(outcome.error().code));
  if (code != step.refused) {
    return core::make_error(v1::ERROR_CODE_INTERNAL, "steps[" + std::to_string(index) + "].refused",
                            "The command met " + code + " and not " + step.refused + ".",
                            "Look into the broker's log.");
  }
  const core::Error& error = outcome.error();
  if (globals_.json) {
    const boost::json::object line{{"refused", code}, {"field", error.field}, {"say", step.say}};
    std::cout << boost::json::serialize(line) << std::endl;
  } else {
    fmt::print("{:>4}  {:<10} {}: {}: {}\n", "–", "refused", step.say, error.field, error.message);
    std::cout.flush();
  }
  return {};
}

core::Result<void> Player::wait_expired(const ScenarioStep& step) {
  const std::string& id = alert_ids_[step.wait_expired];
  const auto give_up = Clock::now() + kCommandPatience;
  std::uint64_t seq = 0;
  v1::GetAlertResponse alert;
  do {  // the broker's clock decides; ask it until it says so
    v1::GetAlertRequest request;
    request.set_alert_id(id);
    GJALLAR_TRY(
        patiently([&](grpc::ClientContext& context) { return views_->GetAlert(&context, request, &alert); }));
    if (alert.alert().phase() == v1::PHASE_EXPIRED) seq = alert.seq();
    if (seq == 0) std::this_thread::sleep_for(kCommandPause);
  } while (seq == 0 && Clock::now() < give_up);
  if (seq == 0) {
    return core::make_error(v1::ERROR_CODE_INTERNAL, step.wait_expired, "The alert didn't expire in time.",
                            "Look into the broker's log.");
  }
  const auto delivery = delivery_of(id);
  if (!delivery) return delivery.error();
  const auto concerned = static_cast<std::size_t>(delivery->services_size());
  fleet_.wait(kCommandPatience, [&](const auto& logbooks) {
    std::size_t have = 0;
    for (const auto& [service, logbook] : logbooks)
      have += logbook.first_seen.count(seq);
    return have >= concerned;
  });
  const auto expires = core::from_timestamp(alert.alert().content().expires());
  // The moment it was due, on the steady clock: what the receipts are measured from.
  const auto due =
      Clock::now() - std::chrono::duration_cast<Clock::duration>(core::SystemClock().wall() - expires);
  return report(seq, "expired", &alert.alert(), concerned, due, step.say);
}

core::Result<v1::GetDeliveryResponse> Player::delivery_of(const std::string& alert_id,
                                                          std::uint64_t version) {
  v1::GetDeliveryRequest request;
  request.set_alert_id(alert_id);
  request.set_version(version);
  v1::GetDeliveryResponse delivery;
  GJALLAR_TRY(patiently(
      [&](grpc::ClientContext& context) { return views_->GetDelivery(&context, request, &delivery); }));
  return delivery;
}

core::Result<void> Player::print_between(std::uint64_t next) {
  if (globals_.json || last_printed_ == 0) return {};
  std::vector<v1::Event> events;
  GJALLAR_TRY(patiently([&](grpc::ClientContext& context) {
    events.clear();
    v1::ReplayRequest request;
    request.mutable_from()->set_seq(last_printed_ + 1);
    if (next != 0) request.mutable_to()->set_seq(next - 1);
    const auto stream = operators_->Replay(&context, request);
    v1::ReplayResponse step;
    while (stream->Read(&step)) {
      if (step.has_event()) events.push_back(step.event());
    }
    return stream->Finish();
  }));
  for (const v1::Event& event : events) {
    const bool notice = event.payload().has_notice();
    const bool escalated = !notice && event.payload().has_escalation();
    const std::string kind =
        notice      ? plain_name(v1::NoticeKind_Name(event.payload().notice().kind()), "NOTICE_KIND_")
        : escalated ? chased_by(event.payload().escalation())
                    : "";
    const std::string subject = notice ? core::reference_of(core::AlertId(event.subject()))
                                : event.payload().has_alert() ? event.payload().alert().reference()
                                                              : event.subject();
    fmt::print("{}{:>4}  {:<10} {:<17} {}{}\n", globals_.colour ? "\033[2m" : "", event.seq(),
               notice      ? "notice"
               : escalated ? "escalated"
                           : event_label(event.type()),
               subject, kind, globals_.colour ? "\033[0m" : "");
    last_printed_ = std::max(last_printed_, event.seq());
  }
  return {};
}

core::Result<void> Player::report(std::uint64_t seq, const std::string& what, const v1::Alert* alert,
                                  std::size_t concerned, Clock::time_point published,
                                  const std::string& say) {
  if (seq > last_printed_ + 1) GJALLAR_TRY(print_between(seq));
  const auto times = fleet_.times_of(seq);
  const std::string first = times.empty() ? "–" : duration_text(times.front() - published);
  const std::string last = times.empty() ? "–" : duration_text(times.back() - published);
  last_printed_ = std::max(last_printed_, seq);
  if (globals_.json) {
    boost::json::object line{
        {"seq", seq},           {"event", what}, {"alert", alert->reference()}, {"concerns", concerned},
        {"have", times.size()}, {"say", say}};
    if (!times.empty()) {
      line["first_us"] =
          std::chrono::duration_cast<std::chrono::microseconds>(times.front() - published).count();
      line["last_us"] =
          std::chrono::duration_cast<std::chrono::microseconds>(times.back() - published).count();
    }
    std::cout << boost::json::serialize(line) << std::endl;
    return {};
  }
  const std::string_view mark = domain::bracketed_mark(alert->content().status(), domain::Language::kEnglish);
  const std::string_view word = what == "report_escalation" ? "called" : std::string_view(what);
  fmt::print("{:>4}  {:<10} {:<17} {} {:>8} {:>5} {:>9} {:>9}  {}{}\n", seq, word, alert->reference(),
             padded(grade_label(*alert, globals_.colour), 24), concerned, times.size(), first, last, mark,
             say);
  std::cout.flush();
  return {};
}

}  // namespace gjallar::tool
