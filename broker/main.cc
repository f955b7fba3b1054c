// gjallard: the broker. Exit code 0: stopped as asked; 1: can't start or failed; 2: wrong usage or
// configuration.
#include <absl/synchronization/mutex.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iostream>

#include "broker/core/process_end.h"
#include "broker/operations/broker.h"
#include "broker/operations/configuration.h"

namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

int report(const gjallar::core::Error& error, int code) {
  std::cerr << "gjallard: " << gjallar::core::to_text(error) << '\n';
  return code;
}

/// Errors of the configuration's own files (policy, tokens, certificates) are usage; the rest happened.
int code_of(const gjallar::core::Error& error) {
  return error.code == gjallar::v1::ERROR_CODE_INVALID_ARGUMENT ||
                 error.code == gjallar::v1::ERROR_CODE_MISSING_FIELD
             ? kUsage
             : kFailed;
}

void set_up_log(const std::string& level) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("gjallard"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace

int main(int argc, char** argv) {
  gjallar::core::leave_openssl_to_the_process_end();
  // Debian builds it in: each lock that gRPC takes would be noted in a graph, at 3 % of what its threads do.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Before any thread exists, so that all of them leave these signals to sigwait below.
  sigset_t stopping;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  sigaddset(&stopping, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stopping, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow any more is a failed write like any other

  const auto configuration = gjallar::operations::read_command_line(argc, argv, std::cout);
  if (!configuration) return report(configuration.error(), kUsage);
  if (!*configuration) return 0;
  set_up_log((*configuration)->log_level);

  const auto broker = gjallar::operations::Broker::start(**configuration);
  if (!broker) return report(broker.error(), code_of(broker.error()));
  if (!*broker) {
    spdlog::info("stopped while waiting for the data folder");
    return 0;
  }
  int signal_number = 0;
  sigwait(&stopping, &signal_number);
  spdlog::info("stopping on signal {}", signal_number);
  (*broker)->stop();
  spdlog::info("stopped");
  return 0;
}
