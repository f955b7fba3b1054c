#pragma once

#include <grpcpp/support/stub_options.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "broker/core/result.h"
#include "gjallar/v1/cap_service.pb.h"
#include "subscribers/client/connection.h"

namespace gjallar::tool {

/// What every command may be given.
struct Globals {
  client::ConnectionOptions connection;
  bool json = false;
  bool colour = false;  ///< standard output is a terminal that wants colour
};

/// Exit codes that scripts rely on.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

/// What main runs once the words are parsed; set by the subcommand that was chosen. Returns the exit code.
using Action = std::function<int()>;

/// Prints why a command failed, as text or with --json as the public Error, to standard error; returns
/// kExitFailed.
int fail(const Globals& globals, const core::Error& error);
/// Prints a message as proto3 JSON on one line.
void print_json(const google::protobuf::Message& message);

/// Each adds its subcommands; `globals` and `action` outlive the app.
void add_publish_commands(CLI::App& app, const Globals& globals, Action& action);
void add_view_commands(CLI::App& app, const Globals& globals, Action& action);
void add_delivery_commands(CLI::App& app, const Globals& globals, Action& action);
void add_overdose_commands(CLI::App& app, const Globals& globals, Action& action);
void add_subscribe_commands(CLI::App& app, const Globals& globals, Action& action);
void add_service_commands(CLI::App& app, const Globals& globals, Action& action);
void add_operator_commands(CLI::App& app, const Globals& globals, Action& action);
void add_export_commands(CLI::App& app, const Globals& globals, Action& action);
void add_token_commands(CLI::App& app, const Globals& globals, Action& action);
void add_play_command(CLI::App& app, const Globals& globals, Action& action);

/// Carries out a CAP message of a file ("-": standard input) and prints what came of it. The request is all
/// but the document.
int publish_cap(const Globals& globals, const std::string& file, gjallar::v1::PublishCapRequest request);

/// Reads proto3 JSON from a file ("-": standard input). INVALID_ARGUMENT says what doesn't fit.
[[nodiscard]] core::Result<void> read_json(const std::string& path, google::protobuf::Message& message);
/// A duration as people type it: "90s", "15m", "48h", "14d".
[[nodiscard]] core::Result<std::chrono::seconds> parse_duration(const std::string& text,
                                                                const std::string& field);

/// Calls one unary method with the caller's credentials; prints the error and returns nullptr-like false on
/// failure.
template <typename Stub, typename Request, typename Response>
[[nodiscard]] core::Result<Response> call(
    const Globals& globals, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    std::unique_ptr<Stub> (*make)(const std::shared_ptr<grpc::ChannelInterface>&, const grpc::StubOptions&),
    const Request& request, std::chrono::seconds patience = std::chrono::seconds(30)) {
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return connection.error();
  grpc::ClientContext context;
  (*connection)->authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + patience);
  const auto stub = make((*connection)->channel(), grpc::StubOptions());
  Response response;
  const grpc::Status status = ((*stub).*method)(&context, request, &response);
  if (!status.ok()) return client::error_of(status);
  return response;
}

}  // namespace gjallar::tool
