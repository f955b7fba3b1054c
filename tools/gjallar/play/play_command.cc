// gjallar play FILE
#include <memory>

#include "tools/gjallar/play/player.h"

namespace gjallar::tool {

void add_play_command(CLI::App& app, const Globals& globals, Action& action) {
  struct Words {
    std::string file;
    Stage stage;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* command =
      app.add_subcommand("play", "play a scenario against a development broker and check what arrived");
  command->add_option("file", words->file, "the scenario")->required();
  command->add_option("--dev-dir", words->stage.dev_dir, "DATA_DIR/dev of gjallard --dev")->required();
  command->add_option("--http", words->stage.http, "HOST:PORT of the broker's HTTP listener")->required();
  command->add_option("--go-on", words->stage.go_on, "write the commands to go on by hand to this file");
  command->callback([&globals, &action, words] {
    action = [&globals, words] {
      words->stage.grpc = globals.connection.endpoint;
      auto scenario = load_scenario(words->file);
      if (!scenario) return fail(globals, scenario.error());
      Player player(globals, std::move(*scenario), words->stage);
      const auto complete = player.play();
      if (!complete) return fail(globals, complete.error());
      return *complete ? kExitDone : kExitFailed;
    };
  });
}

}  // namespace gjallar::tool
