#include "bench/support/world.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/support/measure.h"
#include "broker/projections/folds.h"

namespace gjallar::bench {

namespace v1 = gjallar::v1;

domain::Principal bench_police() {
  domain::Principal principal;
  principal.name = core::PrincipalName("police");
  principal.rights.issue = true;
  principal.rights.revise = domain::Scope::kOwn;
  principal.rights.retract = domain::Scope::kOwn;
  return principal;
}

v1::Command issue_command(int number) {
  v1::Command command;
  v1::AlertContent& content = *command.mutable_issue()->mutable_content();
  content.set_status(v1::STATUS_TEST);
  content.set_kind(v1::ALERT_KIND_SEIZURE);
  v1::TextBlock& text = *content.add_texts();
  text.set_language("en");
  text.set_headline("Tablets sold as oxycodone hold a nitazene");
  std::string description = "Measured batch. ";
  while (description.size() < 640)
    description += "Blue round tablets, stronger than they look. ";
  text.set_description(description + (number % 2 == 0 ? "Even." : "Odd."));
  text.set_instruction("Do not use alone. Have naloxone at hand.");
  v1::Substance& substance = *content.add_substances();
  substance.set_name("a nitazene of batch " + std::to_string(number));  // else each is a duplicate of all
  substance.set_form("tablet");
  v1::AudienceGroup& group = *content.mutable_audience()->add_groups();
  group.add_areas("SE");
  group.add_areas("NO");
  content.mutable_grade()->set_urgency(v1::URGENCY_IMMEDIATE);
  content.mutable_grade()->set_severity(v1::SEVERITY_EXTREME);
  content.mutable_grade()->set_certainty(v1::CERTAINTY_OBSERVED);
  return command;
}

v1::Command warning_command(int number) {
  v1::Command command = issue_command(number);
  v1::Grade& grade = *command.mutable_issue()->mutable_content()->mutable_grade();
  grade.set_urgency(v1::URGENCY_EXPECTED);
  grade.set_severity(v1::SEVERITY_MODERATE);
  return command;
}

World::World(const std::string& folder) : directory(std::make_shared<projections::LiveDirectory>()) {
  log::LocalLogOptions options;
  options.directory = folder;
  options.folds = projections::fold_factory(directory);
  options.clock = &clock;
  options.random = &random;
  auto opened = log::open_local_log(std::move(options));
  if (!opened) throw std::runtime_error(core::to_text(opened.error()));
  log = std::move(*opened);
  directory->publish();
  log->on_committed([this](const log::CommittedGroup&, const log::Head&) { directory->publish(); });
  admission = std::make_unique<admission::Admission>(*log, *directory, roles, clock, random);
}

World::~World() {
  log->close();
}

double World::issue(int publishers, int count) {
  const domain::Principal police = bench_police();
  std::atomic<int> number{0};
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < publishers; ++i) {
    threads.emplace_back([&] {
      for (int mine = number++; mine < count; mine = number++) {
        std::promise<bool> committed;
        admission->submit(police, issue_command(mine), "",
                          [&](const core::Result<v1::CommandOutcome>& outcome) {
                            committed.set_value(outcome.has_value());
                          });
        if (!committed.get_future().get()) throw std::runtime_error("an alert was refused");
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  return count / seconds_since(start);
}

}  // namespace gjallar::bench
