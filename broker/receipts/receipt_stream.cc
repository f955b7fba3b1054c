#include "broker/receipts/receipt_stream.h"

#include "broker/receipts/receipt_rows.h"

namespace gjallar::receipts {
namespace {

constexpr char kStreamForm = 1;

void put_text(std::string& out, std::string_view text, int length_bytes) {
  rows::put_big_endian(out, text.size(), length_bytes);
  out.append(text);
}

/// Takes bytes off the front; once they don't suffice it gives zeros, and `whole` is false.
class StreamReader {
 public:
  explicit StreamReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t size) { return rows::big_endian(take(size)); }
  std::string text(std::size_t length_bytes) { return std::string(take(number(length_bytes))); }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }
  [[nodiscard]] bool whole() const noexcept { return whole_; }

 private:
  std::string_view take(std::size_t size) {
    if (bytes_.size() < size) {
      whole_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
  bool whole_ = true;
};

}  // namespace

std::string encode_receipt(const Receipt& receipt) {
  std::string out(1, kStreamForm);
  out.push_back(static_cast<char>(receipt.stage));
  out.push_back(static_cast<char>(receipt.transport));
  rows::put_big_endian(out, receipt.service, 4);
  rows::put_big_endian(out, static_cast<std::uint64_t>(receipt.time.time_since_epoch().count()), 8);
  rows::put_big_endian(out, receipt.after, 8);
  rows::put_big_endian(out, receipt.up_to, 8);
  put_text(out, receipt.client_id, 1);
  put_text(out, receipt.pseudonym, 1);
  put_text(out, receipt.note, 2);
  rows::put_big_endian(out, receipt.seqs.size(), 4);
  for (const core::Seq seq : receipt.seqs)
    rows::put_big_endian(out, seq, 8);
  return out;
}

std::optional<Receipt> decode_receipt(std::string_view bytes) {
  StreamReader in(bytes);
  if (in.number(1) != kStreamForm) return std::nullopt;
  Receipt receipt;
  receipt.stage = static_cast<Stage>(in.number(1));
  receipt.transport = static_cast<TransportKind>(in.number(1));
  receipt.service = static_cast<core::ServiceNumber>(in.number(4));
  receipt.time = core::WallTime(core::Micros(static_cast<std::int64_t>(in.number(8))));
  receipt.after = in.number(8);
  receipt.up_to = in.number(8);
  receipt.client_id = in.text(1);
  receipt.pseudonym = in.text(1);
  receipt.note = in.text(2);
  const std::uint64_t seqs = in.number(4);
  const bool known = receipt.stage >= Stage::kWritten && receipt.stage <= Stage::kAcknowledged;
  if (!in.whole() || !known || in.left() != seqs * 8) return std::nullopt;
  for (std::uint64_t i = 0; i < seqs; ++i)
    receipt.seqs.push_back(in.number(8));
  return receipt;
}

}  // namespace gjallar::receipts
