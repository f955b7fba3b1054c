#include "tests/support/log_fixture.h"

#include <chrono>
#include <stdexcept>

#include "broker/log/wire.h"

namespace gjallar::testing {
namespace {

constexpr std::chrono::seconds kAnswerWithin{60};

std::string encode_count(std::uint64_t count) {
  return log::seq_key(count);
}

class CountingFold final : public log::Fold {
 public:
  std::string_view name() const noexcept override { return "counts"; }
  std::vector<log::Column> columns() const override { return {log::Column::kView}; }
  core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override {
    const auto& subject = record.header.subject;
    if (count_of(rows, subject) != counts_[subject]) {
      return core::make_error(v1::ERROR_CODE_INTERNAL, "", "The fold wasn't reloaded.", "Reload it.");
    }
    rows.put(log::Column::kView, subject, encode_count(++counts_[subject]));
    if (subject == "poison") {
      return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "", "This can't be folded.", "Leave it out.");
    }
    return {};
  }
  core::Result<void> reload(const log::RowReader& rows) override {
    counts_.clear();
    return rows.scan(log::Column::kView, "", "", [this](std::string_view key, std::string_view value) {
      counts_[std::string(key)] = log::seq_of_key(value).value();
      return true;
    });
  }

 private:
  std::map<std::string, std::uint64_t> counts_;
};

class CyclingTargetFold final : public log::Fold {
 public:
  std::string_view name() const noexcept override { return "targets"; }
  std::vector<log::Column> columns() const override { return {log::Column::kTarget}; }
  core::Result<void> apply(const log::Record& record, log::RowWriter& rows) override {
    domain::ServiceSet targets;
    for (core::ServiceNumber number = 0; number < record.header.seq % 5; ++number)
      targets.add(number);
    if (!targets.empty()) rows.put(log::Column::kTarget, log::seq_key(record.header.seq), targets.encode());
    return {};
  }
  core::Result<void> reload(const log::RowReader&) override { return {}; }
};

}  // namespace

log::FoldFactory counting_folds() {
  return [](log::FoldPurpose) {
    std::vector<std::unique_ptr<log::Fold>> folds;
    folds.push_back(std::make_unique<CountingFold>());
    folds.push_back(std::make_unique<CyclingTargetFold>());
    return folds;
  };
}

std::uint64_t count_of(const log::RowReader& rows, const std::string& subject) {
  const auto row = rows.get(log::Column::kView, subject).value();
  return row ? log::seq_of_key(*row).value() : 0;
}

log::Decide decide_events(const std::string& subject, int events, const std::string& text) {
  return [subject, events, text](const log::RowReader& rows,
                                 core::WallTime) -> core::Result<std::vector<domain::NewEvent>> {
    std::vector<domain::NewEvent> decided;
    auto version = count_of(rows, subject);
    for (int i = 0; i < events; ++i) {
      auto& event = decided.emplace_back();
      event.type = version == 0 ? v1::EVENT_TYPE_ALERT_ISSUED : v1::EVENT_TYPE_ALERT_REVISED;
      event.subject = subject;
      event.version = ++version;
      event.payload.set_reason(text);
      event.payload.mutable_alert()->set_alert_id(subject);
      event.payload.mutable_alert()->set_version(version);
    }
    return decided;
  };
}

log::Decide decide_at_version(const std::string& subject, std::uint64_t expected) {
  return [subject, expected](const log::RowReader& rows,
                             core::WallTime time) -> core::Result<std::vector<domain::NewEvent>> {
    if (count_of(rows, subject) != expected) {
      auto error = core::make_error(v1::ERROR_CODE_STALE_VERSION, "expected_version",
                                    "It has another version.", "Read it again.");
      error.current_version = count_of(rows, subject);
      return error;
    }
    return decide_events(subject)(rows, time);
  };
}

log::Decide decide_refusal() {
  return [](const log::RowReader&, core::WallTime) -> core::Result<std::vector<domain::NewEvent>> {
    return core::make_error(v1::ERROR_CODE_NOT_FOUND, "alert_id", "There is no such alert.", "Look again.");
  };
}

std::future<log::AppendOutcome> append(log::EventLog& log, log::AppendRequest request) {
  const auto promise = std::make_shared<std::promise<log::AppendOutcome>>();
  auto answer = promise->get_future();
  log.append(std::move(request),
             [promise](log::AppendOutcome outcome) { promise->set_value(std::move(outcome)); });
  return answer;
}

log::AppendRequest request(log::Decide decide, const std::string& key, const std::string& command) {
  log::AppendRequest request;
  request.principal = "police";
  request.idempotency_key = key;
  request.command_bytes = command;
  request.decide = std::move(decide);
  return request;
}

log::LocalLogOptions LogFixture::options() {
  log::LocalLogOptions options;
  options.directory = directory();
  options.folds = counting_folds();
  options.clock = &clock;
  options.random = &random;
  options.write_fault = [this]() -> core::Result<void> { return fault ? fault() : core::Result<void>(); };
  options.write_fault_after = [this]() -> core::Result<void> {
    return fault_after ? fault_after() : core::Result<void>();
  };
  return options;
}

void LogFixture::open() {
  auto opened = log::open_local_log(options());
  if (!opened) throw std::runtime_error(core::to_text(opened.error()));
  log = std::move(*opened);
}

void LogFixture::close() {
  if (log) log->close();
  log.reset();
}

void LogFixture::reopen() {
  close();
  open();
}

log::AppendOutcome LogFixture::append(log::Decide decide, const std::string& key,
                                      const std::string& command) {
  auto answer = testing::append(*log, request(std::move(decide), key, command));
  if (answer.wait_for(kAnswerWithin) != std::future_status::ready) throw std::runtime_error("no answer");
  return answer.get();
}

std::uint64_t LogFixture::count(const std::string& subject) const {
  return count_of(log->snapshot()->rows(), subject);
}

Gate::Gate(log::EventLog& log) {
  auto begun = std::make_shared<std::promise<void>>();
  auto is_begun = begun->get_future();
  const auto released = std::make_shared<std::future<void>>(release_.get_future());
  held_ =
      append(log, request([begun, released](const log::RowReader&,
                                            core::WallTime) -> core::Result<std::vector<domain::NewEvent>> {
               begun->set_value();
               released->wait();
               return std::vector<domain::NewEvent>();
             }));
  if (is_begun.wait_for(kAnswerWithin) != std::future_status::ready) throw std::runtime_error("not begun");
}

void Gate::open() {
  if (opened_) return;
  opened_ = true;
  release_.set_value();
  held_.wait();
}

}  // namespace gjallar::testing
