#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/receipts/receipt_store.h"

namespace gjallar::receipts {

/// A receipt as a row of the stream: u8 form 1, u8 stage, u8 transport, u32 service, i64 microseconds, u64
/// after, u64 up_to, u8 and client id, u8 and pseudonym, u16 and note, u32 and seqs u64 each. Big-endian. On
/// disk: never change a form.
[[nodiscard]] std::string encode_receipt(const Receipt& receipt);
/// Empty if the bytes aren't of this form.
[[nodiscard]] std::optional<Receipt> decode_receipt(std::string_view bytes);

}  // namespace gjallar::receipts
