#include "tools/gjallar/delivery_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "broker/core/clock.h"
#include "tools/gjallar/delivery_words.h"
#include "tools/gjallar/table.h"

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;

std::string title_of(const v1::GetDeliveryResponse& delivery) {
  return fmt::format("{} {}, version {}",
                     delivery.status() == v1::STATUS_EXERCISE ? "Drill report" : "Delivery report",
                     delivery.reference(), delivery.version());
}

std::string utc_or_nothing(bool there, const google::protobuf::Timestamp& time) {
  return there ? core::to_rfc3339(core::from_timestamp(time)) : std::string();
}

/// Seconds from the event; empty if it didn't come about.
std::string seconds_after(const v1::GetDeliveryResponse& delivery, bool there,
                          const google::protobuf::Timestamp& time) {
  if (!there) return {};
  const auto after = core::from_timestamp(time) - core::from_timestamp(delivery.time());
  return fmt::format("{:.3f}", static_cast<double>(std::max<std::int64_t>(after.count(), 0)) / 1e6);
}

constexpr std::string_view kStyle =
    "body{font:16px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}"
    "th,td{border:1px solid #999;padding:.3em .6em;text-align:left}.never{background:#fdd}";

/// Steps taken for this very version.
std::size_t escalations_for(const v1::ServiceDelivery& service, core::Version version) {
  return static_cast<std::size_t>(
      std::count_if(service.escalations().begin(), service.escalations().end(),
                    [version](const v1::EscalationRecord& step) { return step.version() == version; }));
}

/// When a step was last taken, which way, and what became of it ("unknown" until that is reported).
void add_step(const v1::ServiceDelivery& service, core::Version version, v1::EscalationStep step,
              std::vector<std::string>& fields) {
  const v1::EscalationRecord* const last = last_step(service, version, step);
  if (last == nullptr) {
    fields.insert(fields.end(), 3, std::string());
    return;
  }
  fields.push_back(utc_or_nothing(true, last->time()));
  fields.push_back(plain_name(v1::EscalationWay_Name(last->way()), "ESCALATION_WAY_"));
  const bool called = last->way() != v1::ESCALATION_WAY_CLOSED;
  if (last->outcome() != v1::ESCALATION_OUTCOME_UNSPECIFIED) {
    fields.push_back(plain_name(v1::EscalationOutcome_Name(last->outcome()), "ESCALATION_OUTCOME_"));
  } else {
    fields.emplace_back(called ? "unknown" : "");
  }
}

std::vector<std::string> report_row(const v1::GetDeliveryResponse& delivery,
                                    const v1::ServiceDelivery& service) {
  const auto after = [&](bool there, const google::protobuf::Timestamp& time) {
    return there ? seconds_after(delivery, true, time) + " s" : std::string("never");
  };
  return {county_label(service),
          service.service_id(),
          service.service_name(),
          after(service.has_received(), service.received()),
          after(service.has_acknowledged(), service.acknowledged()),
          service.transport(),
          service.acknowledged_by(),
          service.note(),
          hindrance_label(service, delivery.time()),
          steps_label(service, delivery)};
}

const std::vector<std::string>& report_headings() {
  static const std::vector<std::string> kHeadings{"County", "Service",   "Name", "Received", "Acknowledged",
                                                  "By",     "Confirmed", "Note", "Trouble",  "Escalated"};
  return kHeadings;
}

}  // namespace

std::string csv_field(std::string_view text) {
  std::string out(text);
  if (!out.empty() && std::string_view("=+-@\t\r\n").find(out[0]) != std::string_view::npos)
    out.insert(0, 1, '\'');
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string csv_report(const v1::GetDeliveryResponse& delivery) {
  std::string out =
      "reference,version,status,county,service,name,stage,written,received,received_after_s,acknowledged,"
      "acknowledged_after_s,transport,acknowledged_by,note,offline,closed_until,failed,escalations,"
      "disabled,unreceived_escalated,"
      "unreceived_way,unreceived_outcome,unacknowledged_escalated,unacknowledged_way,unacknowledged_"
      "outcome\r\n";
  const std::string status = plain_name(v1::Status_Name(delivery.status()), "STATUS_");
  for (const auto& service : delivery.services()) {
    std::vector<std::string> fields{
        delivery.reference(),
        std::to_string(delivery.version()),
        status,
        county_label(service),
        service.service_id(),
        service.service_name(),
        stage_label(service),
        utc_or_nothing(service.has_written(), service.written()),
        utc_or_nothing(service.has_received(), service.received()),
        seconds_after(delivery, service.has_received(), service.received()),
        utc_or_nothing(service.has_acknowledged(), service.acknowledged()),
        seconds_after(delivery, service.has_acknowledged(), service.acknowledged()),
        service.transport(),
        service.acknowledged_by(),
        service.note(),
        service.offline() ? "yes" : "no",
        utc_or_nothing(service.has_closed_until(), service.closed_until()),
        service.failed() ? "yes" : "no",
        std::to_string(escalations_for(service, delivery.version())),
        service.disabled() ? "yes" : "no"};
    add_step(service, delivery.version(), v1::ESCALATION_STEP_UNRECEIVED, fields);
    add_step(service, delivery.version(), v1::ESCALATION_STEP_UNACKNOWLEDGED, fields);
    for (std::size_t i = 0; i < fields.size(); ++i)
      out += (i == 0 ? "" : ",") + csv_field(fields[i]);
    out += "\r\n";
  }
  return out;
}

std::string html_report(const v1::GetDeliveryResponse& delivery) {
  const std::string title = html_text(title_of(delivery));
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title><style>{}</style>"
      "</head>\n<body>\n<h1>{}</h1>\n<p>{}</p>\n<p>{} of {} services have not received "
      "it.</p>\n<table>\n<tr>",
      title, kStyle, title, html_text(summary_line(delivery)), delivery.not_received(), delivery.targeted());
  for (const std::string& heading : report_headings())
    out += "<th>" + html_text(heading) + "</th>";
  out += "</tr>\n";
  for (const auto& service : delivery.services()) {
    out += service.has_received() ? "<tr>" : "<tr class=\"never\">";
    for (const std::string& cell : report_row(delivery, service))
      out += "<td>" + html_text(cell) + "</td>";
    out += "</tr>\n";
  }
  return out + "</table>\n</body>\n</html>\n";
}

std::vector<std::string> table_report(const v1::GetDeliveryResponse& delivery) {
  Table table(report_headings());
  for (const auto& service : delivery.services())
    table.add(report_row(delivery, service));
  std::vector<std::string> out{
      title_of(delivery), summary_line(delivery),
      fmt::format("{} of {} services have not received it", delivery.not_received(), delivery.targeted())};
  for (std::string& line : table.lines(false))
    out.push_back(std::move(line));
  return out;
}

}  // namespace gjallar::tool
