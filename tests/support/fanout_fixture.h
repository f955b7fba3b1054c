// A broker without edges, with its fan-out: log, receipts, hub, and clients that take what they are sent.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "broker/fanout/hub.h"
#include "broker/receipts/receipt_store.h"
#include "tests/support/memory_transport.h"
#include "tests/support/test_broker.h"

namespace gjallar::testing {

/// Test's thread.
struct FanoutFixture {
  explicit FanoutFixture(fanout::HubOptions options = {}, std::uint64_t seed = 1);
  ~FanoutFixture();
  FanoutFixture(const FanoutFixture&) = delete;
  FanoutFixture& operator=(const FanoutFixture&) = delete;

  using Client = core::Owned<MemoryTransport>;
  /// Opens a session that must be accepted.
  [[nodiscard]] Client open(fanout::SessionRequest request);
  /// Opens a session; what the hub answers.
  [[nodiscard]] core::Result<core::Owned<fanout::SessionHandle>> try_open(fanout::SessionRequest request,
                                                                          const Client& client);
  /// A receiving session of a service's own principal; with a cursor, without, or after a seq.
  [[nodiscard]] static fanout::SessionRequest receiving(const std::string& service);
  [[nodiscard]] fanout::SessionRequest receiving_after(const std::string& service, core::Seq cursor) const;
  [[nodiscard]] static fanout::SessionRequest viewing(const domain::Principal& principal,
                                                      const std::string& area, const std::string& role);
  [[nodiscard]] core::Seq head() const { return broker.log->head().seq; }

  TestBroker broker;
  std::unique_ptr<receipts::ReceiptStore> receipts;
  std::unique_ptr<fanout::Hub> hub;
};

}  // namespace gjallar::testing
