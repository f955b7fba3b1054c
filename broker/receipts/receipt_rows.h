#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/receipts/receipt_store.h"

/// Keys and values of the receipts' own store. On disk: never reuse a first letter. Numbers are big-endian.
namespace gjallar::receipts::rows {

/// "s" service u32, seq u64, stage u8 → StageTime.
[[nodiscard]] std::string stage_key(core::ServiceNumber service, core::Seq seq, Stage stage);
/// "c" service u32, client id → u64.
[[nodiscard]] std::string client_key(core::ServiceNumber service, std::string_view client_id);
/// "m" name → one fact about the store.
[[nodiscard]] std::string meta_key(std::string_view name);

/// Value of a stage: i64 microseconds, u8 transport.
struct StageTime {
  core::WallTime time{};
  TransportKind transport = TransportKind::kUnknown;
};
[[nodiscard]] std::string encode(const StageTime& value);
[[nodiscard]] std::optional<StageTime> decode_stage_time(std::string_view bytes);
[[nodiscard]] std::string encode(core::Seq seq);
[[nodiscard]] std::optional<core::Seq> decode_seq(std::string_view bytes);

}  // namespace gjallar::receipts::rows
