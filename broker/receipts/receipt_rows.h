#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/receipts/receipt_store.h"

/// Keys and values of the receipts' own store. On disk: never reuse a first letter. Numbers are big-endian.
/// "r" rows are the stream; "s", "c" and "l" rows are its fold.
namespace gjallar::receipts::rows {

/// "r" n u64 → a receipt (receipt_stream.h); n counts from 1 without gaps.
[[nodiscard]] std::string stream_key(std::uint64_t n);
/// n of such a key; empty if it is none.
[[nodiscard]] std::optional<std::uint64_t> parse_stream_key(std::string_view key);
/// "s" service u32, seq u64, stage u8 → StageTime.
[[nodiscard]] std::string stage_key(core::ServiceNumber service, core::Seq seq, Stage stage);
struct StageKey {
  core::ServiceNumber service = 0;
  core::Seq seq = 0;
  Stage stage = Stage::kWritten;
};
[[nodiscard]] std::optional<StageKey> parse_stage_key(std::string_view key);
/// "c" service u32, client id → u64.
[[nodiscard]] std::string client_key(core::ServiceNumber service, std::string_view client_id);
/// "l" service u32, stage u8 → i64 microseconds: when the service last gave such a receipt.
[[nodiscard]] std::string last_key(core::ServiceNumber service, Stage stage);
/// "m" name → one fact about the store.
[[nodiscard]] std::string meta_key(std::string_view name);
/// "x" and the key of another row: its shadow while the rows are folded anew. Removed afterwards.
[[nodiscard]] std::string shadow_key(std::string_view key);

/// Value of a stage: i64 microseconds, u8 transport; and if it has either of them: u8 length of the
/// pseudonym, pseudonym, note.
struct StageTime {
  core::WallTime time{};
  TransportKind transport = TransportKind::kUnknown;
  std::string pseudonym;
  std::string note;
};
[[nodiscard]] std::string encode(const StageTime& value);
[[nodiscard]] std::optional<StageTime> decode_stage_time(std::string_view bytes);
/// Which of two receipts of the same stage counts: the earlier. Of the same microsecond the one that says
/// more, so that the order in which they come never matters.
[[nodiscard]] bool counts_before(const StageTime& a, const StageTime& b);

[[nodiscard]] std::string encode(core::Seq seq);
[[nodiscard]] std::optional<core::Seq> decode_seq(std::string_view bytes);
[[nodiscard]] std::string encode(core::WallTime time);
[[nodiscard]] std::optional<core::WallTime> decode_time(std::string_view bytes);

// Numbers as they are written above.
void put_big_endian(std::string& out, std::uint64_t value, int bytes);
[[nodiscard]] std::uint64_t big_endian(std::string_view bytes);

}  // namespace gjallar::receipts::rows
