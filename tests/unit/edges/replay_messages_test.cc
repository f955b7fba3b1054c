#include "broker/edges/grpc/replay_messages.h"

#include <catch2/catch.hpp>
#include <vector>

#include "gjallar/v1/operator_service.pb.h"

using namespace gjallar;
using edges::ReplayMessages;

namespace {

/// Events of which each has a subject of so many bytes.
std::vector<v1::Event> events_of_sizes(const std::vector<std::size_t>& sizes) {
  std::vector<v1::Event> events;
  for (const std::size_t size : sizes) {
    v1::Event& event = events.emplace_back();
    event.set_seq(events.size());
    event.set_subject(std::string(size, 's'));
  }
  return events;
}

std::vector<v1::ReplayResponse> sent(const std::vector<v1::Event>& events, bool batches) {
  ReplayMessages messages;
  messages.set_batches(batches);
  for (const v1::Event& event : events) {
    const std::string bytes = event.SerializeAsString();
    const core::WallTime time{core::Micros(static_cast<std::int64_t>(event.seq()))};
    messages.add({event.seq(), time, bytes});
  }
  std::vector<v1::ReplayResponse> responses;
  std::uint64_t seq = 1;
  while (!messages.empty()) {
    CHECK(messages.next_time().time_since_epoch().count() == static_cast<std::int64_t>(seq));
    const ReplayMessages::Message message = messages.take();
    REQUIRE(responses.emplace_back().ParseFromString(message.head + message.body));
    seq += message.events;
  }
  CHECK(seq == events.size() + 1);
  return responses;
}

std::vector<std::string> texts(const v1::EventBatch& batch) {
  std::vector<std::string> out;
  for (const v1::Event& event : batch.events())
    out.push_back(event.SerializeAsString());
  return out;
}

}  // namespace

TEST_CASE("a replay without batches has an event a message") {
  const auto events = events_of_sizes({0, 1, 127, 128, 20'000});
  const auto responses = sent(events, false);
  REQUIRE(responses.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(responses[i].step_case() == v1::ReplayResponse::kEvent);
    CHECK(responses[i].event().SerializeAsString() == events[i].SerializeAsString());
  }
}

TEST_CASE("a replay in batches has the same events in the same order, so many a message") {
  std::vector<std::size_t> sizes(600, 100);
  for (const std::size_t large : {20'000, 30'000, 30'000, 200'000, 5})
    sizes.push_back(large);
  const auto events = events_of_sizes(sizes);
  std::vector<std::string> one_by_one, in_batches;
  for (const v1::ReplayResponse& response : sent(events, false))
    one_by_one.push_back(response.event().SerializeAsString());
  std::vector<int> counts;
  for (const v1::ReplayResponse& response : sent(events, true)) {
    CHECK(response.step_case() == v1::ReplayResponse::kBatch);
    counts.push_back(response.batch().events_size());
    const auto batch = texts(response.batch());
    in_batches.insert(in_batches.end(), batch.begin(), batch.end());
    // 64 KiB of events and what stands around them, unless one alone has more.
    CHECK((batch.size() == 1 || response.ByteSizeLong() <= ReplayMessages::kBatchBytesMax + 16));
  }
  CHECK(in_batches == one_by_one);
  CHECK(counts == std::vector<int>{256, 256, 90, 1, 1, 1});
}
