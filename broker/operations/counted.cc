#include "broker/operations/counted.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

#include "gjallar/v1/event.pb.h"

namespace gjallar::operations {
namespace {

using google::protobuf::internal::WireFormatLite;

/// Moves `in` to the content of a message's field; false if it has none before its end.
bool enter(google::protobuf::io::CodedInputStream& in, int field) {
  while (const std::uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) == field &&
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      std::uint32_t size = 0;
      if (!in.ReadVarint32(&size)) return false;
      (void)in.PushLimit(static_cast<int>(size));
      return true;
    }
    if (!WireFormatLite::SkipField(&in, tag)) return false;
  }
  return false;
}

}  // namespace

v1::Status status_in_payload(std::string_view payload) noexcept {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(payload.data()),
                                            static_cast<int>(payload.size()));
  if (!enter(in, v1::EventPayload::kAlertFieldNumber) || !enter(in, v1::Alert::kContentFieldNumber))
    return v1::STATUS_UNSPECIFIED;
  const std::uint32_t tag = in.ReadTag();  // the first field of a content, if it is there
  std::uint32_t status = 0;
  if (WireFormatLite::GetTagFieldNumber(tag) != v1::AlertContent::kStatusFieldNumber ||
      !in.ReadVarint32(&status) || !v1::Status_IsValid(static_cast<int>(status))) {
    return v1::STATUS_UNSPECIFIED;
  }
  return static_cast<v1::Status>(status);
}

void CountedLog::append(log::AppendRequest request, std::function<void(log::AppendOutcome)> done) {
  log_.append(std::move(request), [this, done = std::move(done)](log::AppendOutcome outcome) {
    commands_[static_cast<std::size_t>(outcome.status)].fetch_add(1, std::memory_order_relaxed);
    done(std::move(outcome));
  });
}

void CountedLog::on_committed(std::function<void(const log::CommittedGroup&, const log::Head&)> listener) {
  log_.on_committed(
      [this, listener = std::move(listener)](const log::CommittedGroup& group, const log::Head& head) {
        events_.fetch_add(group.size(), std::memory_order_relaxed);
        for (const auto& event : group) {
          if (event->record.header.subject_kind != domain::SubjectKind::kAlert) continue;
          const auto& payload = event->record.payload;
          const v1::Status status = payload ? status_in_payload(payload->bytes) : v1::STATUS_UNSPECIFIED;
          alert_events_[static_cast<std::size_t>(status)].fetch_add(1, std::memory_order_relaxed);
          if (status == v1::STATUS_EXERCISE) exercises_.note(event->record.header.seq);
        }
        groups_.fetch_add(1, std::memory_order_relaxed);
        listener(group, head);
      });
}

bool CountedReceipts::record(receipts::Receipt receipt, std::function<void()> synced) {
  const auto stage = static_cast<std::size_t>(receipt.stage);
  core::Seq last = receipt.up_to;
  for (const core::Seq seq : receipt.seqs)
    last = std::max(last, seq);
  const std::size_t exercise = exercises_.contains(last) ? 1 : 0;
  const bool taken = store_.record(std::move(receipt), std::move(synced));
  (taken ? taken_[exercise][stage] : refused_).fetch_add(1, std::memory_order_relaxed);
  return taken;
}

bool CountedReceipts::record_written(std::vector<receipts::Written> written, core::WallTime time) {
  std::array<std::uint64_t, 2> counts{};
  core::Seq last = 0;  // most services were written the same
  std::size_t exercise = 0;
  for (const receipts::Written& one : written) {
    const core::Seq newest =
        one.seqs.empty() ? core::Seq{0} : *std::max_element(one.seqs.begin(), one.seqs.end());
    if (newest != last) exercise = exercises_.contains(newest) ? 1 : 0;
    last = newest;
    ++counts[exercise];
  }
  const bool taken = store_.record_written(std::move(written), time);
  constexpr auto kStage = static_cast<std::size_t>(receipts::Stage::kWritten);
  for (const std::size_t kind : {std::size_t{0}, std::size_t{1}})
    (taken ? taken_[kind][kStage] : refused_).fetch_add(counts[kind], std::memory_order_relaxed);
  return taken;
}

}  // namespace gjallar::operations
