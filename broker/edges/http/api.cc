#include "broker/edges/http/api.h"

#include <utility>

#include "broker/edges/acknowledgement.h"
#include "broker/edges/delivery_watch.h"
#include "broker/edges/http/cap_routes.h"
#include "broker/edges/http/commands.h"
#include "broker/edges/http/json.h"
#include "broker/edges/http/problem.h"
#include "broker/edges/http/views.h"
#include "broker/receipts/activity.h"
#include "gjallar/v1/subscriber_service.pb.h"

namespace gjallar::edges::http {
namespace {

Response one_word(unsigned status, std::string word) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(word) + "\n";
  return response;
}

core::Result<void> check_idempotency_key(const std::string& key) {
  bool printable = key.size() <= core::limits::kIdempotencyKeyLengthMax;
  for (const char character : key)
    printable = printable && character >= 0x20 && character <= 0x7E;
  if (printable) return {};
  return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "Idempotency-Key",
                          "An idempotency key is 1 to 128 printable ASCII characters.",
                          "Send a UUID, for example.");
}

}  // namespace

void Api::answer_anonymous(const Route& route, bool draining, Respond respond) const {
  if (route.kind == RouteKind::kHealth) {
    respond(one_word(200, "ok"));
  } else if (draining) {
    respond(one_word(503, "draining"));
  } else {
    const auto& status = parts_.status;
    const auto waits = reader_.run(
        [&status, respond] { respond(status().ready() ? one_word(200, "ready") : one_word(503, "failed")); });
    if (!waits) respond(one_word(503, "overloaded"));
  }
}

void Api::answer(const domain::Principal& principal, Route route, Request request, Respond respond) const {
  switch (route.kind) {
    case RouteKind::kIssue:
    case RouteKind::kRevise:
    case RouteKind::kGrade:
    case RouteKind::kWiden:
    case RouteKind::kRetract:
    case RouteKind::kObserve:
    case RouteKind::kCountOverdoses:
    case RouteKind::kReport:
    case RouteKind::kConclude:
    case RouteKind::kReportEscalation:
    case RouteKind::kRegisterService:
      command(principal, std::move(route), request, std::move(respond));
      return;
    case RouteKind::kAcknowledge:
      confirm(principal, route, request, std::move(respond));
      return;
    case RouteKind::kServiceActivity:
      activity(principal, route, std::move(respond));
      return;
    case RouteKind::kEdas:
    case RouteKind::kCapMessage:
    case RouteKind::kCapFeed:
      read([&parts = parts_, principal, route = std::move(route), request = std::move(request),
            respond] { respond(answer_cap(parts, principal, route, request)); },
           respond);
      return;
    case RouteKind::kPublishCap:
      if (const auto key = check_idempotency_key(request.idempotency_key); !key)
        return respond(to_response(key.error()));
      read([&parts = parts_, principal, route = std::move(route), request = std::move(request),
            respond] { publish_cap(parts, principal, route, request, respond); },
           respond);
      return;
    default:
      read([&parts = parts_, principal, route = std::move(route),
            respond] { respond(answer_view(parts, principal, route)); },
           respond);
  }
}

void Api::command(const domain::Principal& principal, Route route, const Request& request,
                  Respond respond) const {
  auto refuse = [&respond](const core::Error& error) { respond(to_response(error)); };
  const bool issues = route.kind == RouteKind::kIssue;
  const auto known = issues ? route.query.allow_only({"validate_only"}) : route.query.allow_only({});
  if (!known) return refuse(known.error());
  const auto validate_only = route.query.flag("validate_only");
  if (!validate_only) return refuse(validate_only.error());
  if (const auto key = check_idempotency_key(request.idempotency_key); !key) return refuse(key.error());
  auto command = command_of(route, request);
  if (!command) return refuse(command.error());

  if (*validate_only) {
    read(
        [&parts = parts_, principal, route = std::move(route), command = std::move(*command), respond] {
          const auto outcome = parts.admission.preview(principal, command);
          respond(outcome ? outcome_response(route, command, *outcome) : to_response(outcome.error()));
        },
        respond);
    return;
  }
  v1::Command named;  // what the answer needs to know of the command: the service's id
  if (command->has_register_service()) {
    named.mutable_register_service()->mutable_service()->set_service_id(
        command->register_service().service().service_id());
  }
  parts_.admission.submit(
      principal, std::move(*command), request.idempotency_key,
      [route = std::move(route), named = std::move(named),
       respond = std::move(respond)](const core::Result<v1::CommandOutcome>& outcome) {
        respond(outcome ? outcome_response(route, named, *outcome) : to_response(outcome.error()));
      });
}

void Api::confirm(const domain::Principal& principal, const Route& route, const Request& request,
                  Respond respond) const {
  auto acknowledged = acknowledged_of(route, request);
  if (!acknowledged) return respond(to_response(acknowledged.error()));
  read(
      [&parts = parts_, principal, acknowledged = std::move(*acknowledged), respond] {
        acknowledge(parts, principal, acknowledged, receipts::TransportKind::kHttp,
                    [respond](const core::Result<core::WallTime>& time) {
                      if (!time) return respond(to_response(time.error()));
                      v1::AcknowledgeResponse answer;
                      *answer.mutable_time() = core::to_timestamp(*time);
                      respond(json_response(200, answer));
                    });
      },
      respond);
}

void Api::activity(const domain::Principal& principal, const Route& route, Respond respond) const {
  const auto request = service_activity_request(route.query);
  if (!request) return respond(to_response(request.error()));
  const auto begin = [this, principal, request = *request] {
    return receipts::Activity::begin(
        {parts_.log, parts_.receipts, reports_, parts_.authenticator.roles(), parts_.service_of}, principal,
        request, surroundings_of(parts_));
  };
  const auto slice = [begin, respond, work = std::make_shared<std::unique_ptr<receipts::Activity>>()] {
    const auto answer = [&respond](Response response) {
      respond(std::move(response));
      return false;
    };
    if (!*work) {
      auto begun = begin();
      if (!begun) return answer(to_response(begun.error()));
      *work = std::move(*begun);
      return true;
    }
    const auto more = (*work)->step();
    if (!more) return answer(to_response(more.error()));
    return *more || answer(json_response(200, (*work)->take(), Zeros::kWritten));
  };
  if (const auto waits = reader_.run_in_slices(slice); !waits) respond(to_response(waits.error()));
}

void Api::read(std::function<void()> job, const Respond& respond) const {
  if (const auto waits = reader_.run(std::move(job)); !waits) respond(to_response(waits.error()));
}

}  // namespace gjallar::edges::http
