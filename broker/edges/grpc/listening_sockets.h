#pragma once

namespace gjallar::edges {

/// Sets TCP_NOTSENT_LOWAT (limits::kSocketUnsentBytesMax) on this process's sockets that listen on `port`;
/// those that they accept inherit it. gRPC's servers have no setting for it, and without it an overtaking
/// event waits behind what the kernel has taken for a slow link. Returns how many sockets were found. Call
/// once, after the server has started to listen.
int limit_unsent_bytes(int port) noexcept;

}  // namespace gjallar::edges
