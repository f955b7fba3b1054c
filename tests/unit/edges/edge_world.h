// A broker without listeners whose edges can be given a connection, on a clock that stands still.
#pragma once

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "broker/edges/http/edge_context.h"
#include "broker/edges/http/push_session.h"
#include "broker/edges/parts.h"
#include "broker/edges/websocket/websocket_session.h"
#include "tests/support/fanout_fixture.h"
#include "tests/support/sample_services.h"
#include "tests/unit/edges/loopback_client.h"

namespace gjallar::testing {

/// Test's thread. Clients must be closed before it ends.
struct EdgeWorld {
  explicit EdgeWorld(const fanout::HubOptions& options = {}) : base(options) {
    tokens = *security::TokenStore::open(base.broker.folder.path() / "tokens.toml");
    authenticator = std::make_unique<security::Authenticator>(policy, *tokens);
    base.broker.add(sample_service("clinic"));
    context = std::make_shared<edges::http::EdgeContext>(parts(), 0);
  }
  ~EdgeWorld() {
    const auto give_up = std::chrono::steady_clock::now() + kHeardWithin;
    while (base.hub->statistics().sessions > 0 && std::chrono::steady_clock::now() < give_up)
      std::this_thread::yield();
  }
  EdgeWorld(const EdgeWorld&) = delete;
  EdgeWorld& operator=(const EdgeWorld&) = delete;

  [[nodiscard]] edges::Parts parts() {
    TestBroker& broker = base.broker;
    return {*broker.log, *broker.directory, *broker.admission, *base.receipts,
            *base.hub,   *authenticator,    broker.clock,      [] { return v1::GetStatusResponse(); }};
  }
  /// Runs on shard 0's thread and waits for it.
  template <typename Work>
  void on_shard(Work work) {
    std::promise<void> done;
    boost::asio::post(base.hub->shard_context(0), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  /// A WebSocket of the clinic's, past its upgrade.
  [[nodiscard]] LoopbackClient open_websocket(
      edges::websocket::Framing framing = edges::websocket::Framing::kCloudEvents) {
    int far_end = -1;
    LoopbackClient client = LoopbackClient::paired(far_end);
    bool opened = false;
    on_shard([&] {
      auto session = edges::websocket::make_websocket_session(*context, 0, framing);
      auto handle = base.hub->open(FanoutFixture::receiving("clinic"), session, 0);
      opened = handle.has_value();
      if (!opened) return;
      session->start(edges::http::SessionSocket(far_end, nullptr, {}), "begun", "",
                     std::move(handle.value()));
    });
    REQUIRE(opened);
    REQUIRE(client.hears("gjallar.v1.caughtup"));
    return client;
  }

  FanoutFixture base;
  security::Policy policy;
  std::unique_ptr<security::TokenStore> tokens;
  std::unique_ptr<security::Authenticator> authenticator;
  std::shared_ptr<edges::http::EdgeContext> context;
};

}  // namespace gjallar::testing
