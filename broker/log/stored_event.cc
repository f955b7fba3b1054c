#include "broker/log/stored_event.h"

#include <fmt/format.h>

#include <utility>

#include "broker/domain/area.h"
#include "broker/log/protobuf_bytes.h"
#include "broker/log/wire.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

constexpr std::size_t kDigestBytes = 32;
/// What stands in an event's bytes beside its subject, its principal and its payload, at most: tags, lengths,
/// and numbers of up to ten bytes.
constexpr std::size_t kNumbersMax = 96;

core::Error corrupt_event(std::string message) {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "", std::move(message),
                          "Stop the broker, keep a copy of the data folder and restore a backup.");
}

/// Walks one set of match keys as encode_header writes it and tells the visitor what it meets. False for a
/// form that is never written.
template <typename Visitor>
bool walk_keys(ByteReader& in, Visitor&& visitor) {
  const auto present = in.u8();
  if (present > 1) return false;
  if (present == 0) return true;
  const auto level = in.u8();
  if (!v1::GradeLevel_IsValid(level)) return false;
  visitor.keys(static_cast<v1::GradeLevel>(level));
  for (std::size_t groups = in.u16(); groups > 0 && !in.failed(); --groups) {
    const auto minimum = in.u8();
    if (!v1::GradeLevel_IsValid(minimum)) return false;
    visitor.group(static_cast<v1::GradeLevel>(minimum));
    for (std::size_t areas = in.u16(); areas > 0 && !in.failed(); --areas)
      visitor.area(in.text_view());
    for (std::size_t roles = in.u16(); roles > 0 && !in.failed(); --roles)
      visitor.role(in.text_view());
    visitor.group_end();
  }
  for (std::size_t services = in.u16(); services > 0 && !in.failed(); --services)
    visitor.service(in.text_view());
  return !in.failed();
}

/// Keeps nothing: for checking the form.
struct Onlooker {
  void keys(v1::GradeLevel /*level*/) {}
  void group(v1::GradeLevel /*minimum*/) {}
  void area(std::string_view /*code*/) {}
  void role(std::string_view /*name*/) {}
  void group_end() {}
  void service(std::string_view /*id*/) {}
};

/// Keeps all.
struct Collector {
  domain::MatchKeys& into;

  void keys(v1::GradeLevel level) {
    into.present = true;
    into.level = level;
  }
  void group(v1::GradeLevel minimum) { into.groups.emplace_back().minimum_grade = minimum; }
  void area(std::string_view code) { into.groups.back().areas.emplace_back(code); }
  void role(std::string_view name) { into.groups.back().roles.emplace_back(name); }
  void group_end() {}
  void service(std::string_view id) { into.services.emplace_back(id); }
};

/// What domain::concerns(MatchKeys, ViewFilter) says.
class Matcher {
 public:
  explicit Matcher(const domain::ViewFilter& filter) : filter_(filter) {}
  [[nodiscard]] bool met() const noexcept { return met_; }

  void keys(v1::GradeLevel level) {
    level_ = level;
    if (filter_.area.empty() && filter_.role.empty()) met_ = true;
  }
  void group(v1::GradeLevel minimum) {
    graded_ = level_ >= minimum;
    area_fits_ = filter_.area.empty();
    role_fits_ = true;  // no roles: every role
    roles_ = 0;
  }
  void area(std::string_view code) { area_fits_ = area_fits_ || domain::areas_meet(code, filter_.area); }
  void role(std::string_view name) {
    if (filter_.role.empty()) return;
    const bool same = name == filter_.role;
    role_fits_ = roles_++ == 0 ? same : role_fits_ || same;
  }
  void group_end() { met_ = met_ || (graded_ && area_fits_ && role_fits_); }
  void service(std::string_view /*id*/) {}

 private:
  const domain::ViewFilter& filter_;
  v1::GradeLevel level_ = v1::GRADE_LEVEL_UNSPECIFIED;
  std::size_t roles_ = 0;
  bool graded_ = false;
  bool area_fits_ = false;
  bool role_fits_ = false;
  bool met_ = false;
};

/// False if the bytes are not exactly one header.
bool read_in_place(std::string_view bytes, HeaderView& header) {
  ByteReader in(bytes);
  const auto format = in.u8();
  header.seq = in.u64();
  const auto type = in.u16();
  header.type = static_cast<v1::EventType>(type);
  const auto kind = in.u8();
  header.subject_kind = static_cast<domain::SubjectKind>(kind);
  header.version = in.u64();
  header.time = core::WallTime(core::Micros(in.i64()));
  const auto flags = in.u8();
  header.urgent = (flags & kUrgentFlag) != 0;
  header.rings = (flags & kRingsFlag) != 0;
  header.idempotency_hash = in.bytes(kDigestBytes);
  header.command_digest = in.bytes(kDigestBytes);
  header.payload_digest = in.bytes(kDigestBytes);
  header.previous_hash = in.bytes(kDigestBytes);
  header.subject = in.text_view();
  header.principal = in.text_view();
  header.reach = in.rest();
  const bool known = format == kHeaderFormat && header.seq != 0 && type != 0 && kind >= 1 && kind <= 5 &&
                     flags <= (kUrgentFlag | kRingsFlag);
  return known && walk_keys(in, Onlooker{}) && walk_keys(in, Onlooker{}) && in.whole();
}

core::Error malformed(std::string_view bytes) {
  const auto format = bytes.empty() ? kHeaderFormat : static_cast<std::uint8_t>(bytes[0]);
  if (format == kHeaderFormat) return corrupt_event("The stored bytes are not a header in its one form.");
  return corrupt_event(fmt::format("A header has format {}, which this version doesn't know.", format));
}

/// The serialised gjallar.v1.Event without its payload: what event_without_payload gives, without the
/// message.
void append_head(const HeaderView& header, std::string& out) {
  append_number(v1::Event::kSeqFieldNumber, header.seq, out);
  append_number(v1::Event::kTypeFieldNumber, static_cast<std::uint64_t>(header.type), out);
  append_text(v1::Event::kSubjectFieldNumber, header.subject, out);
  append_number(v1::Event::kVersionFieldNumber, header.version, out);
  const google::protobuf::Timestamp time = core::to_timestamp(header.time);
  std::string inner;
  append_number(google::protobuf::Timestamp::kSecondsFieldNumber, static_cast<std::uint64_t>(time.seconds()),
                inner);
  append_number(google::protobuf::Timestamp::kNanosFieldNumber, static_cast<std::uint64_t>(time.nanos()),
                inner);
  append_field_head(v1::Event::kTimeFieldNumber, inner.size(), out);
  out += inner;
  append_text(v1::Event::kPrincipalFieldNumber, header.principal, out);
  append_number(v1::Event::kUrgentFieldNumber, header.urgent ? 1 : 0, out);
  append_number(v1::Event::kRingsFieldNumber, header.rings ? 1 : 0, out);
}

}  // namespace

core::Result<HeaderView> view_header(std::string_view bytes) {
  core::Result<HeaderView> header{HeaderView()};  // filled where the caller has it
  if (!read_in_place(bytes, *header)) header = malformed(bytes);
  return header;
}

domain::EventReach reach_of(const HeaderView& header) {
  domain::EventReach reach;
  ByteReader in(header.reach);
  (void)walk_keys(in, Collector{reach.before});
  (void)walk_keys(in, Collector{reach.after});
  return reach;
}

bool concerns(const HeaderView& header, const domain::ViewFilter& filter) {
  ByteReader in(header.reach);
  Matcher matcher(filter);
  (void)walk_keys(in, matcher);
  return matcher.met() || (walk_keys(in, matcher) && matcher.met());
}

core::Result<void> append_event(const StoredEvent& event, bool with_payload, std::string& out) {
  const HeaderView& header = event.header;
  const bool whole = with_payload && event.payload;
  out.reserve(out.size() + header.subject.size() + header.principal.size() + kNumbersMax +
              (whole ? event.payload->size() : 0));
  append_head(header, out);
  if (!whole) return {};
  const std::string_view stored = *event.payload;
  if (stored.size() < kDigestBytes) return corrupt_event("A stored payload is too short.");
  if (core::as_view(core::sha256(stored)) != header.payload_digest) {
    return corrupt_event(fmt::format("The payload of event {} isn't the one that was written.", header.seq));
  }
  const std::string_view payload = stored.substr(kDigestBytes);
  // The payload is the message's last field, so this is what serialising the whole would give.
  append_field_head(v1::Event::kPayloadFieldNumber, payload.size(), out);
  out += payload;
  return {};
}

}  // namespace gjallar::log
