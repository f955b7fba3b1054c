#include "tests/support/test_broker.h"

#include <chrono>
#include <future>
#include <stdexcept>

#include "broker/projections/folds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::testing {
namespace {

constexpr std::chrono::seconds kBrokerAnswerWithin{60};

}  // namespace

TestBroker::TestBroker(std::uint64_t seed) : random(seed) {
  open();
}

TestBroker::~TestBroker() {
  close();
}

void TestBroker::reopen() {
  close();
  open();
}

void TestBroker::close() {
  if (log) log->close();
  admission.reset();
  log.reset();
}

void TestBroker::open() {
  directory = std::make_shared<projections::LiveDirectory>();
  tokens = std::make_shared<projections::LiveTokens>();
  log::LocalLogOptions options;
  options.directory = folder.path() / "log";
  options.folds = projections::fold_factory(directory, tokens);
  options.clock = &clock;
  options.random = &random;
  options.write_fault = [this]() -> core::Result<void> {
    if (!fail_writes) return {};
    return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", "No space left on device.", "Free some space.");
  };
  auto opened = log::open_local_log(std::move(options));
  if (!opened) throw std::runtime_error(core::to_text(opened.error()));
  log = std::move(opened.value());
  log->on_prepared([this](const log::CommittedGroup& group) {
    if (preparer) preparer(group);
  });
  log->on_committed([this](const log::CommittedGroup& group, const log::Head& head) {
    directory->publish();
    tokens->publish();
    if (listener) listener(group, head);
  });
  directory->publish();
  admission::AdmissionOptions door;
  door.duplicates_within = duplicates_within;
  admission = std::make_unique<admission::Admission>(*log, *directory, roles, clock, random, door);
}

core::Result<v1::CommandOutcome> TestBroker::submit_and_wait(const domain::Principal& principal,
                                                             const v1::Command& command,
                                                             const std::string& key, admission::Sender sender,
                                                             const std::string& asked) {
  const auto promise = std::make_shared<std::promise<core::Result<v1::CommandOutcome>>>();
  auto answer = promise->get_future();
  admission->submit(
      principal, command, key,
      [promise](core::Result<v1::CommandOutcome> outcome) { promise->set_value(std::move(outcome)); }, sender,
      asked);
  if (answer.wait_for(kBrokerAnswerWithin) != std::future_status::ready)
    throw std::runtime_error("the log doesn't answer");
  return answer.get();
}

v1::CommandOutcome TestBroker::must(const domain::Principal& principal, const v1::Command& command) {
  auto outcome = submit_and_wait(principal, command);
  if (!outcome) throw std::runtime_error("refused: " + core::to_text(outcome.error()));
  return std::move(outcome.value());
}

std::string TestBroker::issue(const v1::AlertContent& content) {
  return must(police(), issue_command(content)).alert_id();
}

core::ServiceNumber TestBroker::add(const v1::Service& service) {
  must(operator_principal(), register_command(service));
  return directory->now()->find(service.service_id())->number();
}

}  // namespace gjallar::testing
