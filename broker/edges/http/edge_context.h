#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "broker/edges/address_limits.h"
#include "broker/edges/bulk_reader.h"
#include "broker/edges/http/api.h"
#include "broker/edges/http/connections.h"
#include "broker/edges/http/shared_heads.h"
#include "broker/edges/http/streams.h"
#include "broker/edges/parts.h"

namespace gjallar::edges::http {

/// What all connections of the edge share; they keep it alive, sessions by what they are counted in.
struct EdgeContext : std::enable_shared_from_this<EdgeContext> {
  EdgeContext(const Parts& from, std::size_t connections_per_address)
      : parts(from),
        log_id(from.log.id()),
        addresses(connections_per_address),
        connections(std::make_shared<Connections>(from.hub.shard_count())),
        heads(from.hub.shard_count()) {}

  const Parts parts;
  const core::LogId log_id;
  std::atomic<bool> draining{false};
  AddressLimits addresses;
  std::atomic<std::size_t> refusals{0};  ///< connections that are being told why they aren't served
  std::shared_ptr<Connections> connections;
  std::vector<SharedHeads> heads;  ///< a shard each, for its thread
  BulkReader reader;
  Api api{parts, reader};
};

}  // namespace gjallar::edges::http
