// gjallar export cap | edas, and publish --cap
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "gjallar/v1/cap_service.grpc.pb.h"
#include "tools/gjallar/command_line.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using Caps = v1::CapService;

struct ExportWords {
  std::string alert;
  std::string format = "json";
};

int export_cap(const Globals& globals, const ExportWords& words) {
  v1::GetCapRequest request;
  // An identifier has a dot, ids and references have none.
  const bool identifier = words.alert.find('.') != std::string::npos;
  identifier ? request.set_identifier(words.alert) : request.set_alert_id(words.alert);
  const auto response = call<Caps::Stub, v1::GetCapRequest, v1::GetCapResponse>(globals, &Caps::Stub::GetCap,
                                                                                &Caps::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
  } else {
    std::cout << response->document() << std::flush;
  }
  return kExitDone;
}

int export_edas(const Globals& globals, const ExportWords& words) {
  v1::GetEdasRequest request;
  request.set_alert_id(words.alert);
  const auto response = call<Caps::Stub, v1::GetEdasRequest, v1::GetEdasResponse>(
      globals, &Caps::Stub::GetEdas, &Caps::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (words.format == "html") {
    std::cout << response->page() << std::flush;
  } else if (globals.json) {
    print_json(response->notification());
  } else {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    std::string json;
    (void)google::protobuf::util::MessageToJsonString(response->notification(), &json, options);
    std::cout << json << std::flush;
  }
  return kExitDone;
}

}  // namespace

int publish_cap(const Globals& globals, const std::string& file, v1::PublishCapRequest request) {
  std::string document;
  if (file == "-") {
    document.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    auto content = client::read_file(file, "cap");
    if (!content) return fail(globals, content.error());
    document = std::move(*content);
  }
  request.set_document(std::move(document));
  const auto response = call<Caps::Stub, v1::PublishCapRequest, v1::PublishCapResponse>(
      globals, &Caps::Stub::PublishCap, &Caps::NewStub, request);
  if (!response) return fail(globals, response.error());
  const v1::CommandOutcome& outcome = response->outcome();
  if (globals.json) {
    print_json(*response);
  } else if (outcome.seq() == 0) {
    fmt::print("{}: nothing stored. It would concern {} services.\n", response->action(),
               outcome.services_concerned());
  } else {
    fmt::print("{}: {}  version {}  seq {}  concerns {} services{}\n", response->action(),
               outcome.reference(), outcome.version(), outcome.seq(), outcome.services_concerned(),
               outcome.duplicate() ? "  (said before: this is the first answer)" : "");
  }
  return kExitDone;
}

void add_export_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<ExportWords>();
  CLI::App* documents = app.add_subcommand("export", "an alert as a document for other systems");
  documents->require_subcommand(1);
  documents->fallthrough();
  CLI::App* cap =
      documents->add_subcommand("cap", "the last message of an alert, or one message, as CAP 1.2");
  cap->add_option("alert", words->alert, "reference (GJ-…), id, or a message's identifier")->required();
  cap->callback(
      [&globals, &action, words] { action = [&globals, words] { return export_cap(globals, *words); }; });
  CLI::App* edas = documents->add_subcommand(
      "edas", "as a notification to the European drug alert system, items (a) to (j)");
  edas->add_option("alert", words->alert, "reference (GJ-…) or id")->required();
  edas->add_option("--format", words->format, "json, or html: a page to print")
      ->check(CLI::IsMember({"json", "html"}))
      ->capture_default_str();
  edas->callback(
      [&globals, &action, words] { action = [&globals, words] { return export_edas(globals, *words); }; });
}

}  // namespace gjallar::tool
