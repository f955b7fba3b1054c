#include "tools/gjallar/delivery_words.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <map>

#include "broker/domain/area.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
using google::protobuf::util::TimeUtil;

std::string escalation_label(const v1::EscalationRecord& record) {
  if (record.way() == v1::ESCALATION_WAY_CLOSED) return "coordinators told";
  std::string who = record.way() == v1::ESCALATION_WAY_ON_CALL ? "on call" : "service";
  switch (record.outcome()) {
    case v1::ESCALATION_OUTCOME_REACHED:
      return who + " reached";
    case v1::ESCALATION_OUTCOME_NO_ANSWER:
      return who + " called, no answer";
    case v1::ESCALATION_OUTCOME_NO_CONTACT:
      return "no contact known";
    case v1::ESCALATION_OUTCOME_FAILED:
      return who + " called in vain";
    default:
      return "escalated to " + who;
  }
}

std::string time_or_dash(bool there, const google::protobuf::Timestamp& time) {
  return there ? zoned_time(time) : std::string("–");
}

std::string confirmed_by(const v1::ServiceDelivery& service) {
  std::string out = service.acknowledged_by();
  if (!service.note().empty()) out += (out.empty() ? "" : ": ") + service.note();
  return out;
}

}  // namespace

std::string opening_label(const v1::ServiceDelivery& service, const google::protobuf::Timestamp& now) {
  absl::TimeZone zone;
  if (service.time_zone().empty() || !absl::LoadTimeZone(service.time_zone(), &zone))
    zone = absl::LocalTimeZone();
  const absl::Time opens = absl::FromUnixSeconds(service.closed_until().seconds());
  const bool same_day =
      absl::ToCivilDay(opens, zone) == absl::ToCivilDay(absl::FromUnixSeconds(now.seconds()), zone);
  return absl::FormatTime(same_day ? "%H:%M %Ez" : "%Y-%m-%d %H:%M %Ez", opens, zone);
}

std::string stage_label(const v1::ServiceDelivery& service) {
  if (service.has_acknowledged()) return "acknowledged";
  if (service.has_received()) return "received";
  return service.has_written() ? "written" : "not received";
}

std::string hindrance_label(const v1::ServiceDelivery& service, const google::protobuf::Timestamp& now) {
  std::vector<std::string> words;
  if (service.has_acknowledged()) return {};
  if (service.disabled()) return "disabled";
  if (service.offline() && !service.has_received()) words.emplace_back("offline");
  if (service.has_closed_until()) words.push_back("closed until " + opening_label(service, now));
  return fmt::format("{}", fmt::join(words, ", "));
}

const v1::EscalationRecord* last_step(const v1::ServiceDelivery& service, core::Version version,
                                      v1::EscalationStep step) {
  const v1::EscalationRecord* last = nullptr;
  for (const auto& record : service.escalations()) {
    if (record.version() == version && record.step() == step) last = &record;
  }
  return last;
}

std::string steps_label(const v1::ServiceDelivery& service, const v1::GetDeliveryResponse& delivery) {
  std::vector<std::string> words;
  for (const v1::EscalationStep step : {v1::ESCALATION_STEP_UNRECEIVED, v1::ESCALATION_STEP_UNACKNOWLEDGED}) {
    const v1::EscalationRecord* const last = last_step(service, delivery.version(), step);
    if (last == nullptr) continue;
    words.push_back(fmt::format(
        "{} after {}: {}", step == v1::ESCALATION_STEP_UNRECEIVED ? "unreceived" : "unconfirmed",
        duration_label(TimeUtil::MicrosecondsToDuration(TimeUtil::TimestampToMicroseconds(last->time()) -
                                                        TimeUtil::TimestampToMicroseconds(delivery.time()))),
        escalation_label(*last)));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

std::string trouble_label(const v1::ServiceDelivery& service, core::Version version,
                          const google::protobuf::Timestamp& now) {
  if (service.has_acknowledged()) return {};
  std::vector<std::string> words;
  const std::string hindrance = hindrance_label(service, now);
  if (!hindrance.empty()) words.push_back(hindrance);
  // What was done for an earlier version may still be what was done last; a later version's isn't about this.
  const v1::EscalationRecord* last = nullptr;
  for (const auto& record : service.escalations()) {
    if (record.way() == v1::ESCALATION_WAY_CLOSED || record.version() > version) continue;
    if (last == nullptr || record.version() >= last->version()) last = &record;
  }
  if (last != nullptr) {
    words.push_back(escalation_label(*last));
    if (last->version() != version) words.back() += fmt::format(" for version {}", last->version());
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string county_label(const v1::ServiceDelivery& service) {
  if (service.areas().empty()) return "without an area";
  const std::string& area = service.areas(0);
  const std::string_view county = domain::county_of(area);
  const domain::Area* const found = domain::find_area(county.empty() ? std::string_view(area) : county);
  return found != nullptr ? std::string(found->name) : area;
}

std::string duration_label(const google::protobuf::Duration& duration) {
  const std::int64_t ms = TimeUtil::DurationToMilliseconds(duration);
  const std::int64_t seconds = ms / 1'000;
  if (ms < 1'000) return fmt::format("{} ms", ms);
  if (seconds < 10) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1'000);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3'600, seconds % 3'600 / 60);
}

std::string summary_line(const v1::GetDeliveryResponse& delivery) {
  std::string out = fmt::format("{}{}, version {}, {}: {} of {} have it, {} confirmed", delivery.reference(),
                                delivery.status() == v1::STATUS_EXERCISE ? " (exercise)" : "",
                                delivery.version(), zoned_time(delivery.time()), delivery.received(),
                                delivery.targeted(), delivery.acknowledged());
  if (delivery.has_first_received()) {
    out += fmt::format("; first after {}, median {}, 95 % {}, last {}, skew {}",
                       duration_label(delivery.first_received()), duration_label(delivery.median_received()),
                       duration_label(delivery.p95_received()), duration_label(delivery.last_received()),
                       duration_label(delivery.skew()));
  }
  return out;
}

std::vector<std::string> delivery_lines(const v1::GetDeliveryResponse& delivery,
                                        const google::protobuf::Timestamp& now, bool colour) {
  struct County {
    std::vector<const v1::ServiceDelivery*> services;
    std::size_t lacking = 0;
  };
  std::map<std::string, County> counties;
  for (const auto& service : delivery.services()) {  // those who lack it come first already
    County& county = counties[county_label(service)];
    county.services.push_back(&service);
    if (!service.has_received()) ++county.lacking;
  }
  Table table({"SERVICE", "STAGE", "WRITTEN", "RECEIVED", "ACKNOWLEDGED", "BY", "TROUBLE", "CONFIRMED BY"});
  for (const auto& entry : counties) {
    const County& county = entry.second;
    table.add({fmt::format("{}: {} of {} lack it", entry.first, county.lacking, county.services.size()), "",
               "", "", "", "", "", ""});
    for (const v1::ServiceDelivery* const service : county.services) {
      const std::string stage = stage_label(*service);
      table.add({"  " + service->service_id(),
                 colour && !service->has_received() ? "\033[1;31m" + stage + "\033[0m" : stage,
                 time_or_dash(service->has_written(), service->written()),
                 time_or_dash(service->has_received(), service->received()),
                 time_or_dash(service->has_acknowledged(), service->acknowledged()), service->transport(),
                 trouble_label(*service, delivery.version(), now), confirmed_by(*service)});
    }
  }
  std::vector<std::string> out{summary_line(delivery)};
  out.push_back(
      fmt::format("{} of {} services have not received it", delivery.not_received(), delivery.targeted()));
  for (std::string& line : table.lines(colour))
    out.push_back(std::move(line));
  return out;
}

std::vector<std::string> change_lines(const v1::GetDeliveryResponse* before,
                                      const v1::GetDeliveryResponse& after,
                                      const google::protobuf::Timestamp& now) {
  const auto words_of = [&now, &after](const v1::ServiceDelivery& service) {
    const std::string trouble = trouble_label(service, after.version(), now);
    return stage_label(service) + (trouble.empty() ? "" : " (" + trouble + ")");
  };
  std::map<std::string, std::string> known;
  if (before != nullptr && before->version() == after.version()) {
    for (const auto& service : before->services())
      known[service.service_id()] = words_of(service);
  }
  std::vector<std::string> out{summary_line(after)};
  for (const auto& service : after.services()) {
    const std::string words = words_of(service);
    const auto found = known.find(service.service_id());
    if (found == known.end() || found->second != words)
      out.push_back(fmt::format("  {}  {}: {}", county_label(service), service.service_id(), words));
  }
  // A service that confirmed and went offline, say: nothing that is told of it changed.
  if (before != nullptr && out.size() == 1 && out.front() == summary_line(*before)) return {};
  return out;
}

}  // namespace gjallar::tool
