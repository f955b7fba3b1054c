#include "tests/support/golden_log.h"

#include <cstdlib>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "broker/core/limits.h"
#include "broker/log/local_log.h"
#include "broker/projections/folds.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"
#include "tests/support/sample_world.h"

namespace gjallar::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSeed = 20'260'101;

/// Decides in a world of its own and has the log write what comes of it.
class GoldenWriter {
 public:
  explicit GoldenWriter(fs::path folder) : folder_(std::move(folder)), world_(kSeed), random_(kSeed) {
    open();
  }

  void reopen() {
    log_->close();
    log_.reset();
    open();
  }

  std::string run(const domain::Principal& principal, const v1::Command& command) {
    world_.clock().advance(std::chrono::milliseconds(1'500));
    const auto events = world_.run(principal, command).value();
    log::AppendRequest request;
    request.principal = principal.name.value();
    request.idempotency_key = "key-" + std::to_string(++commands_);
    request.command_bytes = command.SerializeAsString();
    request.decide = [events](const log::RowReader&,
                              core::WallTime) -> core::Result<std::vector<domain::NewEvent>> {
      return events;
    };
    std::promise<log::AppendOutcome> answer;
    log_->append(std::move(request),
                 [&answer](log::AppendOutcome outcome) { answer.set_value(std::move(outcome)); });
    if (answer.get_future().get().status != log::AppendStatus::kCommitted) {
      throw std::runtime_error("the golden history isn't accepted");
    }
    return events.front().subject;
  }

  core::ManualClock& clock() { return world_.clock(); }

 private:
  void open() {
    log::LocalLogOptions options;
    options.directory = folder_;
    options.folds = projections::fold_factory(std::make_shared<projections::LiveDirectory>());
    options.clock = &world_.clock();
    options.random = &random_;
    log_ = log::open_local_log(std::move(options)).value();
  }

  const fs::path folder_;
  SampleWorld world_;
  core::SeededRandom random_;
  int commands_ = 0;
  std::unique_ptr<log::EventLog> log_;
};

void write_history(GoldenWriter& golden) {
  const auto by_operator = operator_principal();
  golden.run(by_operator, register_command(sample_service("syringe-exchange-stockholm")));
  golden.run(by_operator, register_command(sample_service("laro-malmo", {"SE-1280"}, {"laro"})));
  golden.run(by_operator, register_command(sample_service("coordinator-national", {"SE"}, {"coordinator"})));
  golden.run(by_operator,
             register_command(sample_service("emergency-stavanger", {"NO-1103"}, {"emergency-department"},
                                             v1::GRADE_LEVEL_WARNING)));

  const auto heroin = golden.run(police(), issue_command(sample_content({"SE-0180"})));
  const auto escalate = [&](core::Version version) {
    golden.run(domain::broker_principal(), escalate_command(heroin, version, v1::ESCALATION_STEP_UNRECEIVED,
                                                            {"syringe-exchange-stockholm"}));
  };
  escalate(1);
  golden.run(police(),
             revise_command(heroin, sample_content({"SE-12"}, {"laro", "syringe-exchange"}), {}, 1));
  golden.run(police(), widen_command(heroin, sample_audience({"NO-11"}, {"emergency-department"},
                                                             {"coordinator-national"})));
  golden.run(coordinator(), grade_command(heroin, v1::GRADE_LEVEL_WARNING));
  golden.run(service_principal("laro-malmo"), observe_command(heroin, "SE-1280", 3));
  escalate(4);
  golden.reopen();  // what is above is in table files, what follows in the write-ahead log

  auto changed = sample_service("laro-malmo", {"SE-12"}, {"laro", "addiction-clinic"});
  golden.run(by_operator, change_command(changed));
  const auto shortage =
      golden.run(police(), issue_command(sample_content({"SE"}, {}, v1::GRADE_LEVEL_INFORMATION)));
  golden.run(police(), retract_command(heroin));
  golden.clock().advance(core::limits::kAlertLifeMax);
  golden.run(domain::broker_principal(), expire_command(shortage));
  golden.clock().advance(std::chrono::hours(24 * 60));
  golden.run(by_operator, disable_command("emergency-stavanger"));
}

}  // namespace

fs::path source_root() {
  if (const char* given = std::getenv("GJALLAR_SOURCE"); given != nullptr) return given;
  auto folder = fs::current_path();
  while (!fs::exists(folder / "CMakePresets.json") && folder != folder.parent_path())
    folder = folder.parent_path();
  return folder;
}

fs::path golden_folder(int format) {
  return source_root() / "tests" / "golden" / ("log-v" + std::to_string(format));
}

void write_golden_folder(const fs::path& folder) {
  if (fs::exists(folder)) throw std::runtime_error("a golden folder is never written twice");
  fs::create_directories(folder.parent_path());
  {
    GoldenWriter golden(folder);
    write_history(golden);
  }
  // What a machine leaves behind and no log needs.
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.rfind("OPTIONS-", 0) == 0 || name.rfind("LOG", 0) == 0 || name == "LOCK" || name == "IDENTITY") {
      fs::remove(entry.path());
    }
  }
}

}  // namespace gjallar::testing
