#pragma once

#include <string>
#include <string_view>

#include "broker/core/result.h"
#include "gjallar/v1/delivery.pb.h"

namespace gjallar::client {

/// Reads one CloudEvents JSON object of the broker as the frame it stands for. INVALID_ARGUMENT if it isn't
/// one.
[[nodiscard]] core::Result<gjallar::v1::Frame> frame_of_cloud_event(std::string_view json);
/// The client's receipt as a CloudEvents JSON object.
[[nodiscard]] std::string cloud_event_of(const gjallar::v1::Received& received);

}  // namespace gjallar::client
