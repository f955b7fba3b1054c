#include "bench/support/world.h"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/support/commands.h"
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
  log->on_prepared([this](const log::CommittedGroup& group) {
    if (preparer) preparer(group);
  });
  log->on_committed([this](const log::CommittedGroup& group, const log::Head& head) {
    directory->publish();
    if (listener) listener(group, head);
  });
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
