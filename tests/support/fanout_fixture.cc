#include "tests/support/fanout_fixture.h"

#include <stdexcept>

#include "tests/support/sample_services.h"

namespace gjallar::testing {

FanoutFixture::FanoutFixture(fanout::HubOptions options, std::uint64_t seed) : broker(seed) {
  auto opened = receipts::open_receipt_store(broker.folder.path() / "receipts", *broker.log);
  if (!opened) throw std::runtime_error(core::to_text(opened.error()));
  receipts = std::move(opened.value());
  if (options.shards == 0) options.shards = 2;
  hub = std::make_unique<fanout::Hub>(*broker.log, *broker.directory, *receipts, broker.clock, options);
  broker.preparer = [this](const log::CommittedGroup& group) { hub->on_prepared(group); };
  broker.listener = [this](const log::CommittedGroup& group, const log::Head& head) {
    hub->on_committed(group, head);
  };
}

FanoutFixture::~FanoutFixture() {
  broker.log->close();  // no more events for the hub
  hub.reset();
  receipts->close();
}

core::Result<core::Owned<fanout::SessionHandle>> FanoutFixture::try_open(fanout::SessionRequest request,
                                                                         const Client& client) {
  return hub->open(std::move(request), client, hub->pick_shard());
}

FanoutFixture::Client FanoutFixture::open(fanout::SessionRequest request) {
  auto client = core::make_owned<MemoryTransport>();
  auto opened = try_open(std::move(request), client);
  if (!opened) throw std::runtime_error(core::to_text(opened.error()));
  client->attach(std::move(opened.value()));
  return client;
}

fanout::SessionRequest FanoutFixture::receiving(const std::string& service) {
  fanout::SessionRequest request;
  request.principal = service_principal(service);
  request.client_id = "relay";
  request.transport = receipts::TransportKind::kGrpc;
  return request;
}

fanout::SessionRequest FanoutFixture::receiving_after(const std::string& service, core::Seq cursor) const {
  fanout::SessionRequest request = receiving(service);
  request.cursor = core::Cursor{broker.log->id(), cursor};
  return request;
}

fanout::SessionRequest FanoutFixture::viewing(const domain::Principal& principal, const std::string& area,
                                              const std::string& role) {
  fanout::SessionRequest request;
  request.principal = principal;
  request.filter = domain::ViewFilter{area, role};
  return request;
}

}  // namespace gjallar::testing
