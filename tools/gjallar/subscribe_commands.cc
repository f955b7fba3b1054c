// gjallar subscribe | acknowledge
#include <fmt/format.h>

#include <condition_variable>
#include <csignal>
#include <iostream>
#include <memory>
#include <mutex>

#include "gjallar/v1/subscriber_service.grpc.pb.h"
#include "gjallar/v1/view_service.grpc.pb.h"
#include "subscribers/client/subscription.h"
#include "tools/gjallar/command_line.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;

struct SubscribeWords {
  client::SubscriptionOptions subscription;
  std::string cursor, after, http, alert, pseudonym, note;
  std::uint64_t version = 0;
  bool until_caught_up = false, no_receipts = false;
};

/// What the subscription's thread tells the main thread.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  int exit_code = kExitDone;
  void finish(int code) {
    {
      const std::lock_guard lock(mutex);
      done = true;
      exit_code = code;
    }
    changed.notify_all();
  }
};

void print_event(const Globals& globals, const v1::EventDelivery& delivery) {
  const v1::Event& event = delivery.event();
  const v1::Alert& alert = event.payload().alert();
  fmt::print("{:>6}  {}  {}  {}  {}  {}{}{}\n", event.seq(), zoned_time(event.time()),
             padded(event_label(event.type()), 18),
             padded(event.payload().has_alert() ? alert.reference() : event.subject(), 17),
             padded(event.payload().has_alert() ? grade_label(alert, globals.colour) : "", 20),
             event.payload().has_alert() ? headline_of(alert) : event.payload().service().service().name(),
             event.rings() ? "  (rings)" : "", delivery.overtaking() ? "  (overtaking)" : "");
}

void print_frame(const Globals& globals, const v1::Frame& frame) {
  if (globals.json) {
    print_json(frame);
    return;
  }
  switch (frame.frame_case()) {
    case v1::Frame::kHello:
      fmt::print("connected to log {}, head seq {}\n", frame.hello().log_id(), frame.hello().head_seq());
      break;
    case v1::Frame::kState:
      fmt::print("{:>6}  in force: {}  {}  {}\n", frame.state().seq(), frame.state().alert().reference(),
                 grade_label(frame.state().alert(), globals.colour), headline_of(frame.state().alert()));
      break;
    case v1::Frame::kEvent:
      print_event(globals, frame.event());
      break;
    case v1::Frame::kBatch:
      for (const auto& delivery : frame.batch().deliveries())
        print_event(globals, delivery);
      break;
    case v1::Frame::kCaughtup:
      fmt::print("up to date; cursor {}\n", frame.caughtup().cursor());
      break;
    case v1::Frame::kGap:
      fmt::print("the full state follows\n");
      break;
    case v1::Frame::kGoodbye:
      fmt::print("the broker ends the session: {}\n",
                 plain_name(v1::GoodbyeReason_Name(frame.goodbye().reason()), "GOODBYE_REASON_"));
      break;
    default:
      break;
  }
  std::cout.flush();
}

int subscribe(const Globals& globals, const SubscribeWords& words) {
  client::SubscriptionOptions options = words.subscription;
  options.connection = globals.connection;
  if (!words.http.empty()) options.connection.endpoint = words.http;
  if (!words.cursor.empty()) options.cursor = words.cursor;
  if (!words.after.empty()) options.after_seq = std::stoull(words.after);
  options.send_received = !words.no_receipts;
  Progress progress;
  const auto on_frame = [&](const v1::Frame& frame) {
    print_frame(globals, frame);
    if (words.until_caught_up && frame.has_caughtup()) progress.finish(kExitDone);
  };
  const auto on_end = [&](const core::Error& error, bool final) {
    const int code = fail(globals, error);
    if (final) progress.finish(code);
  };
  // Ctrl-C is waited for by a thread of its own, so that the session is closed in good order.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, &progress] {
    int signal = 0;
    sigwait(&signals, &signal);
    progress.finish(kExitDone);
  }).detach();
  const auto subscription = words.http.empty()
                                ? client::make_grpc_subscription(options, on_frame, on_end)
                                : client::make_websocket_subscription(options, on_frame, on_end);
  subscription->start();
  {
    std::unique_lock lock(progress.mutex);
    progress.changed.wait(lock, [&] { return progress.done; });
  }
  subscription->stop();
  std::cout.flush();
  std::_Exit(progress.exit_code);  // the signal thread may still wait
}

int acknowledge(const Globals& globals, const SubscribeWords& words) {
  using Subscribers = v1::SubscriberService;
  using Views = v1::ViewService;
  v1::GetAlertRequest present_request;
  present_request.set_alert_id(words.alert);
  const auto present = call<Views::Stub, v1::GetAlertRequest, v1::GetAlertResponse>(
      globals, &Views::Stub::GetAlert, &Views::NewStub, present_request);
  if (!present) return fail(globals, present.error());
  v1::AcknowledgeRequest request;
  request.mutable_acknowledged()->set_alert_id(present->alert().alert_id());
  request.mutable_acknowledged()->set_version(words.version != 0 ? words.version
                                                                 : present->alert().version());
  request.mutable_acknowledged()->set_pseudonym(words.pseudonym);
  request.mutable_acknowledged()->set_note(words.note);
  const auto response = call<Subscribers::Stub, v1::AcknowledgeRequest, v1::AcknowledgeResponse>(
      globals, &Subscribers::Stub::Acknowledge, &Subscribers::NewStub, request);
  if (!response) return fail(globals, response.error());
  if (globals.json) {
    print_json(*response);
  } else {
    fmt::print("acknowledged at {}\n", zoned_time(response->time()));
  }
  return kExitDone;
}

}  // namespace

void add_subscribe_commands(CLI::App& app, const Globals& globals, Action& action) {
  const auto words = std::make_shared<SubscribeWords>();
  CLI::App* follow =
      app.add_subcommand("subscribe", "follow what concerns the caller's service, until Ctrl-C");
  words->subscription.client_id = "gjallar";
  follow->add_option("--client-id", words->subscription.client_id, "stable name of this program")
      ->capture_default_str();
  follow->add_option("--cursor", words->cursor, "go on after this cursor (LOG.SEQ)");
  follow->add_option("--after", words->after, "go on after this seq; 0: all history")
      ->check(CLI::NonNegativeNumber);
  follow->add_option("--area", words->subscription.area, "viewer session: only this area");
  follow->add_option("--role", words->subscription.role, "viewer session: only this role");
  follow->add_option("--websocket", words->http,
                     "follow over WebSocket of this HTTP listener, HOST:PORT (needs a token)");
  follow->add_flag("--until-caught-up", words->until_caught_up, "end once up to date");
  follow->add_flag("--no-receipts", words->no_receipts, "don't acknowledge reception");
  follow->callback(
      [&globals, &action, words] { action = [&globals, words] { return subscribe(globals, *words); }; });

  CLI::App* confirm =
      app.add_subcommand("acknowledge", "confirm for the caller's service that a human has read an alert");
  confirm->add_option("alert", words->alert, "reference (GJ-…) or id")->required();
  confirm->add_option("--version", words->version, "the version that was read; none: the current one");
  confirm->add_option("--pseudonym", words->pseudonym, "opaque pseudonym of who read it");
  confirm->add_option("--note", words->note,
                      "what the sender should know of it, at most 200 characters and about no person");
  confirm->callback(
      [&globals, &action, words] { action = [&globals, words] { return acknowledge(globals, *words); }; });
}

}  // namespace gjallar::tool
