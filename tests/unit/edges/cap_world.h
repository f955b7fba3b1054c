// A whole broker without sockets, to send CAP messages to and to take them from.
#pragma once

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>

#include "broker/edges/cap/inbox.h"
#include "broker/edges/cap/outbox.h"
#include "broker/edges/cap/reader.h"
#include "broker/edges/parts.h"
#include "broker/projections/alerts.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/sample_alerts.h"
#include "tests/support/sample_services.h"

namespace gjallar::testing {

/// Test's thread.
struct CapWorld {
  explicit CapWorld(std::uint64_t seed = 1) : world({}, seed) {
    tokens = *security::TokenStore::open(world.broker.folder.path() / "tokens.toml");
    authenticator = std::make_unique<security::Authenticator>(policy, *tokens);
    for (const char* id : {"laro-malmo", "exchange-stockholm"}) {
      world.broker.add(sample_service(id, {id == std::string("laro-malmo") ? "SE-1280" : "SE-0180"},
                                      {id == std::string("laro-malmo") ? "laro" : "syringe-exchange"}));
    }
  }

  [[nodiscard]] edges::Parts parts() {
    TestBroker& broker = world.broker;
    return {*broker.log, *broker.directory, *broker.admission, *world.receipts,
            *world.hub,  *authenticator,    broker.clock,      [] { return v1::GetStatusResponse(); },
            settings};
  }

  /// Sends a message and waits for the answer.
  core::Result<edges::cap::Published> publish(const domain::Principal& principal, const std::string& document,
                                              const std::string& key = {}, bool validate_only = false,
                                              std::optional<v1::Confirmation> confirmation = {}) {
    const auto promise = std::make_shared<std::promise<core::Result<edges::cap::Published>>>();
    auto answer = promise->get_future();
    edges::cap::publish(parts(), principal, document, {key, validate_only, std::move(confirmation)},
                        [promise](core::Result<edges::cap::Published> published) {
                          promise->set_value(std::move(published));
                        });
    REQUIRE(answer.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    return answer.get();
  }
  edges::cap::Published must(const domain::Principal& principal, const std::string& document) {
    auto published = publish(principal, document);
    INFO(document);
    if (!published) FAIL(core::to_text(published.error()));
    return std::move(*published);
  }

  /// The alert as it stands, by the answer that named it.
  [[nodiscard]] v1::Alert alert(const std::string& id) {
    return projections::find_alert(world.broker.log->snapshot()->rows(), id).value()->alert;
  }
  /// The message of an event, as the coordinator sees it.
  [[nodiscard]] std::string message(core::Seq seq) {
    const auto snapshot = world.broker.log->snapshot();
    auto sent = edges::cap::message_of(*snapshot, world.broker.log->id(), settings, coordinator(),
                                       core::to_text(core::Cursor{world.broker.log->id(), seq}));
    if (!sent) FAIL(core::to_text(sent.error()));
    return std::move(sent->document);
  }

  FanoutFixture world;
  security::Policy policy;
  std::unique_ptr<security::TokenStore> tokens;
  std::unique_ptr<security::Authenticator> authenticator;
  edges::cap::Settings settings;
};

/// A message of another system about Stockholm.
struct ForeignMessage {
  std::string identifier = "vma-1";
  std::string type = "Alert";
  std::string status = "Actual";
  std::string references;
  std::string note;
  std::string severity = "Severe";
  std::string headline = "Starkt heroin";
  std::string area = "01";
  std::string extra;

  [[nodiscard]] std::string xml() const {
    const auto optional = [](const char* name, const std::string& text) {
      return text.empty() ? std::string() : "<" + std::string(name) + ">" + text + "</" + name + ">\n";
    };
    return "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n<identifier>" + identifier +
           "</identifier>\n<sender>vma@example.org</sender>\n<sent>2026-01-01T00:00:00+00:00</sent>\n"
           "<status>" +
           status + "</status>\n<msgType>" + type + "</msgType>\n<scope>Restricted</scope>\n" +
           optional("note", note) + optional("references", references) +
           "<info>\n<language>sv</language>\n<category>Health</category>\n<event>Farlig drog</event>\n"
           "<urgency>Future</urgency>\n<severity>" +
           severity + "</severity>\n<certainty>Likely</certainty>\n<headline>" + headline + "</headline>\n" +
           extra + "<area><areaDesc>Här</areaDesc><geocode><valueName>SCB-lan</valueName><value>" + area +
           "</value></geocode></area>\n</info>\n</alert>\n";
  }
  /// How later messages name this one.
  [[nodiscard]] std::string triple() const {
    return "vma@example.org," + identifier + ",2026-01-01T00:00:00-00:00";
  }
};

}  // namespace gjallar::testing
