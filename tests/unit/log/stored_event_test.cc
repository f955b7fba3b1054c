#include "broker/log/stored_event.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>

#include "tests/support/rounds.h"

using namespace gjallar;

namespace {

using Dice = std::minstd_rand;

std::size_t below(Dice& dice, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(dice);
}

const std::vector<std::string> kSomeAreas{"SE",      "SE-01", "SE-0180", "SE-12",
                                          "SE-1280", "NO",    "NO-46",   "nowhere"};
const std::vector<std::string> kSomeRoles{"laro", "syringe-exchange", "ambulance"};

std::vector<std::string> some_of(Dice& dice, const std::vector<std::string>& from, std::size_t most) {
  std::vector<std::string> out;
  for (std::size_t left = below(dice, most + 1); left > 0; --left)
    out.push_back(from[below(dice, from.size())]);
  return out;
}

domain::MatchKeys random_keys(Dice& dice) {
  domain::MatchKeys keys;
  if (below(dice, 4) == 0) return keys;
  keys.present = true;
  keys.level = static_cast<v1::GradeLevel>(below(dice, 4));
  for (std::size_t left = below(dice, 4); left > 0; --left) {
    domain::MatchGroup& group = keys.groups.emplace_back();
    group.areas = some_of(dice, kSomeAreas, 3);
    group.roles = some_of(dice, kSomeRoles, 2);
    group.minimum_grade = static_cast<v1::GradeLevel>(below(dice, 4));
  }
  keys.services = some_of(dice, {"clinic-one", "clinic-two"}, 2);
  return keys;
}

log::Header header_reaching(const domain::EventReach& reach) {
  log::Header header;
  header.seq = 77;
  header.type = v1::EVENT_TYPE_ALERT_REVISED;
  header.subject = "01890000-0000-7000-8000-000000000000";
  header.version = 3;
  header.time = core::WallTime(core::Micros(1'780'000'000'123'456));
  header.urgent = true;
  header.principal = "police";
  header.idempotency_hash.fill(1);
  header.command_digest.fill(2);
  header.payload_digest.fill(3);
  header.previous_hash.fill(4);
  header.reach = reach;
  return header;
}

}  // namespace

TEST_CASE("a header in place says what the decoded one says") {
  Dice dice(4);
  for (int round = 0; round < testing::rounds(200); ++round) {
    const log::Header header = header_reaching({random_keys(dice), random_keys(dice)});
    const std::string bytes = log::encode_header(header);
    const log::HeaderView view = log::view_header(bytes).value();
    CHECK(view.seq == header.seq);
    CHECK(view.type == header.type);
    CHECK(view.subject_kind == header.subject_kind);
    CHECK(view.subject == header.subject);
    CHECK(view.version == header.version);
    CHECK(view.time == header.time);
    CHECK(view.urgent);
    CHECK_FALSE(view.rings);
    CHECK(view.principal == header.principal);
    CHECK(view.idempotency_hash == core::as_view(header.idempotency_hash));
    CHECK(view.command_digest == core::as_view(header.command_digest));
    CHECK(view.payload_digest == core::as_view(header.payload_digest));
    CHECK(view.previous_hash == core::as_view(header.previous_hash));
    const domain::EventReach reach = log::reach_of(view);
    CHECK(reach.before == header.reach.before);
    CHECK(reach.after == header.reach.after);
  }
}

TEST_CASE("a header in place is refused where it isn't whole") {
  Dice dice(5);
  domain::EventReach reach{random_keys(dice), random_keys(dice)};
  reach.after.present = true;
  reach.after.services = {"clinic-one"};
  const std::string bytes = log::encode_header(header_reaching(reach));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto view = log::view_header(std::string_view(bytes).substr(0, size));
    REQUIRE(view.has_error());
    CHECK(view.error().code == v1::ERROR_CODE_DATA_CORRUPT);
  }
  CHECK(log::view_header(bytes + '\0').has_error());
}

TEST_CASE("whom a header in place concerns is what the domain says") {
  Dice dice(6);
  int met = 0, missed = 0;
  for (int round = 0; round < testing::rounds(2'000); ++round) {
    const domain::EventReach reach{random_keys(dice), random_keys(dice)};
    const std::string bytes = log::encode_header(header_reaching(reach));
    const log::HeaderView view = log::view_header(bytes).value();
    for (const std::string& area : {std::string(), kSomeAreas[below(dice, kSomeAreas.size())]}) {
      for (const std::string& role : {std::string(), kSomeRoles[below(dice, kSomeRoles.size())]}) {
        const domain::ViewFilter filter{area, role};
        const bool expected = domain::concerns(reach, filter);
        INFO(area << " " << role);
        CHECK(log::concerns(view, filter) == expected);
        ++(expected ? met : missed);
      }
    }
  }
  CHECK(met > 0);
  CHECK(missed > 0);
}

TEST_CASE("an event's bytes are those of the message that its header makes") {
  Dice dice(7);
  const auto number = [&dice] {
    const std::uint64_t any = static_cast<std::uint64_t>(dice()) << 33 ^ dice();
    return below(dice, 4) == 0 ? 0 : any >> below(dice, 64);
  };
  const auto text = [&dice] {
    constexpr std::array<std::size_t, 7> kSizes{0, 1, 36, 127, 128, 300, 20'000};
    return std::string(kSizes[below(dice, kSizes.size())], 'x');
  };
  for (int round = 0; round < testing::rounds(500); ++round) {
    log::Header header = header_reaching({});
    header.seq = number() + 1;
    header.type = static_cast<v1::EventType>(1 + below(dice, 300));
    header.version = number();
    // To the microsecond, whole seconds, and before 1970.
    const auto micros = static_cast<std::int64_t>(number() >> 9) * (below(dice, 2) == 0 ? 1 : -1);
    header.time = core::WallTime(core::Micros(below(dice, 3) == 0 ? micros / 1'000'000 * 1'000'000 : micros));
    header.subject = text();
    header.principal = text();
    header.urgent = below(dice, 2) == 0;
    header.rings = below(dice, 2) == 0;
    const std::string bytes = log::encode_header(header);
    std::string event;
    REQUIRE(log::append_event({log::view_header(bytes).value(), std::nullopt}, true, event).has_value());
    INFO(header.seq << " " << header.version << " " << micros);
    CHECK(event == log::event_without_payload(header).SerializeAsString());
  }
}

TEST_CASE("an event's bytes are the same, whether its payload is parsed or passed on") {
  log::Record record;
  record.header = header_reaching({});
  std::string header, stored, bytes;
  const auto append = [&](bool with_payload) {
    header = log::encode_header(record.header);
    log::StoredEvent event{log::view_header(header).value(), std::nullopt};
    if (record.payload) event.payload = stored = log::encode_payload(*record.payload);
    bytes = "kept";
    return log::append_event(event, with_payload, bytes);
  };
  for (const std::size_t length : {0, 1, 117, 118, 119, 20'000}) {
    INFO(length);
    v1::EventPayload payload;
    payload.set_reason(std::string(length, 'x'));
    record.payload.emplace().bytes = payload.SerializeAsString();
    record.payload->salt.fill(7);
    record.header.payload_digest = core::sha256(core::as_view(record.payload->salt), record.payload->bytes);
    v1::Event event = log::to_event(record).value();
    REQUIRE(append(true).has_value());
    CHECK(bytes == "kept" + event.SerializeAsString());
    event.clear_payload();
    REQUIRE(append(false).has_value());
    CHECK(bytes == "kept" + event.SerializeAsString());
  }
  record.payload->bytes.back() = 'y';
  CHECK(append(true).error().code == v1::ERROR_CODE_DATA_CORRUPT);
  record.payload.reset();  // destroyed
  REQUIRE(append(true).has_value());
  CHECK(bytes == "kept" + log::to_event(record).value().SerializeAsString());
  CHECK(log::append_event({log::view_header(header).value(), "too short"}, true, bytes).error().code ==
        v1::ERROR_CODE_DATA_CORRUPT);
}
