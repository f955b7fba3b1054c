// gjallar: the command line. Subcommands are in the files beside this one.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "broker/core/process_end.h"
#include "tools/gjallar/command_line.h"

namespace {

using gjallar::core::Error;
namespace v1 = gjallar::v1;

/// The option that CLI11's words are about; empty if they are about none. Nothing else of what was typed is
/// repeated: it may be a text that someone forgot to quote.
std::string option_in(const std::string& words) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz-";
  constexpr std::size_t kLongest = 32;
  const std::size_t begin = words.find("--");
  if (begin == std::string::npos) return {};
  const std::size_t end = std::min(words.find_first_not_of(kLetters, begin), words.size());
  return end - begin > kLongest ? std::string() : words.substr(begin + 2, end - begin - 2);
}

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::string kind = error.get_name();
  const std::string words = error.what();
  const auto chosen = app.get_subcommands();
  const std::string advice = chosen.empty()
                                 ? std::string("`gjallar --help` lists the commands.")
                                 : "`gjallar " + chosen.front()->get_name() + " --help` says what it takes.";
  std::string field = option_in(words);
  if (kind == "RequiredError") {
    const std::size_t end = words.find(" is required");
    const std::string name = words.substr(0, std::min(end, words.size()));
    if (field.empty()) field = name == "A subcommand" ? "command" : name;
    return gjallar::core::make_error(v1::ERROR_CODE_MISSING_FIELD, field, "This is required.", advice);
  }
  const char* message = "This doesn't take that value.";
  if (kind == "ExtrasError") message = "There is no such word here.";
  if (kind == "ExcludesError") message = "This doesn't go with another option that was given.";
  return gjallar::core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, field, message, advice);
}

/// Standard output is for answers alone: what the parts of the broker say (`verify --data-dir`) goes beside
/// it.
void log_to_standard_error() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("gjallar"));
  spdlog::set_pattern("gjallar: %l: %v");
  spdlog::set_level(spdlog::level::warn);
}

}  // namespace

int main(int argc, char** argv) {
  gjallar::core::leave_openssl_to_the_process_end();
  log_to_standard_error();
  using namespace gjallar::tool;
  CLI::App app("gjallar: publish, follow and look back on alerts", "gjallar");
  Globals globals;
  Action action;
  globals.colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  auto& connection = globals.connection;
  app.add_option("--endpoint", connection.endpoint, "HOST:PORT of the broker's gRPC listener")
      ->envname("GJALLAR_ENDPOINT");
  app.add_option("--token", connection.token, "token of the caller")->envname("GJALLAR_TOKEN");
  app.add_option("--ca", connection.ca_file, "PEM file of the authority that signed the broker's certificate")
      ->envname("GJALLAR_CA");
  app.add_option("--cert", connection.cert_file, "PEM file of the caller's certificate")
      ->envname("GJALLAR_CERT");
  app.add_option("--key", connection.key_file, "PEM file of the certificate's key")->envname("GJALLAR_KEY");
  app.add_flag("--json", globals.json, "JSON for machines, one object a line");
  app.require_subcommand(1);
  app.fallthrough();
  add_publish_commands(app, globals, action);
  add_subscribe_commands(app, globals, action);
  add_view_commands(app, globals, action);
  add_delivery_commands(app, globals, action);
  add_overdose_commands(app, globals, action);
  add_service_commands(app, globals, action);
  add_operator_commands(app, globals, action);
  add_export_commands(app, globals, action);
  add_token_commands(app, globals, action);
  add_play_command(app, globals, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    // A flag that stands behind the mistake was not taken up.
    globals.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    (void)fail(globals, usage_error(app, error));
    return kExitUsage;
  }
  return action ? action() : kExitUsage;
}
