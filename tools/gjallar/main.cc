// gjallar: the command line. Subcommands are in the files beside this one.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tools/gjallar/command_line.h"

int main(int argc, char** argv) {
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
  add_overdose_commands(app, globals, action);
  add_service_commands(app, globals, action);
  add_operator_commands(app, globals, action);
  add_export_commands(app, globals, action);
  add_play_command(app, globals, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  return action ? action() : kExitUsage;
}
