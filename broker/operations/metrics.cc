#include "broker/operations/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <string_view>
#include <utility>
#include <vector>

#include "broker/operations/version.h"

namespace gjallar::operations {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Families in the order in which they are added.
class Families {
 public:
  void gauge(std::string_view name, std::string_view help, double value) {
    open(name, help, MetricType::Gauge), add(value);
  }
  void counter(std::string_view name, std::string_view help, double value) {
    open(name, help, MetricType::Counter), add(value);
  }
  void open(std::string_view name, std::string_view help, MetricType type) {
    MetricFamily family;
    family.name = "gjallar_" + std::string(name);
    family.help = std::string(help);
    family.type = type;
    families_.push_back(std::move(family));
  }
  using Label = std::pair<std::string_view, std::string_view>;
  void add(double value, std::string_view label, std::string_view label_value) {
    add(value, {Label(label, label_value)});
  }
  void add(double value, const std::vector<Label>& labels = {}) {
    ClientMetric metric;
    for (const Label& label : labels)
      metric.label.push_back({std::string(label.first), std::string(label.second)});
    metric.gauge.value = value;
    metric.counter.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void add_log(Families& families, const CountedLog& log) {
  using log::AppendStatus;
  families.gauge("head_seq", "Seq of the log's head", static_cast<double>(log.head().seq));
  families.counter("events_committed_total", "Events synced since the start",
                   static_cast<double>(log.events()));
  families.open(
      "alert_events_total",
      "Events about alerts synced since the start, by the alert's status; exercises and tests apart",
      MetricType::Counter);
  for (const auto& [status, name] : {std::pair<v1::Status, std::string_view>(v1::STATUS_ACTUAL, "actual"),
                                     {v1::STATUS_EXERCISE, "exercise"},
                                     {v1::STATUS_SYSTEM, "system"},
                                     {v1::STATUS_TEST, "test"},
                                     {v1::STATUS_DRAFT, "draft"}}) {
    families.add(static_cast<double>(log.alert_events(status)), "status", name);
  }
  families.counter("groups_committed_total", "Groups of events synced together",
                   static_cast<double>(log.groups()));
  families.gauge("commands_waiting", "Commands that wait for the appender",
                 static_cast<double>(log.waiting()));
  families.gauge("log_healthy", "1 while the log takes commands", log.finding().empty() ? 1 : 0);
  families.open("commands_total",
                "Commands that reached the log, by outcome; what the door refuses is counted by itself",
                MetricType::Counter);
  for (const auto& [status, name] :
       {std::pair<AppendStatus, std::string_view>(AppendStatus::kCommitted, "committed"),
        {AppendStatus::kDuplicate, "duplicate"},
        {AppendStatus::kRefused, "refused"},
        {AppendStatus::kUnavailable, "unavailable"},
        {AppendStatus::kUnknown, "unknown"}}) {
    families.add(static_cast<double>(log.commands(status)), "outcome", name);
  }
}

void add_hub(Families& families, const fanout::Hub& hub) {
  const fanout::HubStatistics statistics = hub.statistics();
  families.gauge("sessions", "Sessions open now", static_cast<double>(statistics.sessions));
  families.gauge("services_connected", "Services with a receiving session open now",
                 static_cast<double>(statistics.connected_services.size()));
  families.counter("deliveries_total", "Events handed to transports",
                   static_cast<double>(statistics.deliveries));
  families.counter("overtaking_total", "Urgent events that ran ahead of their place",
                   static_cast<double>(statistics.overtaking));
  families.counter("catch_up_events_total", "Events delivered from the log instead of the ring",
                   static_cast<double>(statistics.catch_up_events));
  families.counter("slow_closed_total", "Sessions closed because they made no progress",
                   static_cast<double>(statistics.slow_closed));
  families.gauge("fanned_out_seq", "Seq up to which events were handed to the shards",
                 static_cast<double>(statistics.committed_seq));
}

void add_receipts(Families& families, const CountedReceipts& receipts) {
  using receipts::Stage;
  families.open("receipts_total", "Receipts taken, by stage, those of exercises apart", MetricType::Counter);
  for (const auto& [stage, name] : {std::pair<Stage, std::string_view>(Stage::kWritten, "written"),
                                    {Stage::kReceived, "received"},
                                    {Stage::kAcknowledged, "acknowledged"}}) {
    for (const bool exercise : {false, true}) {
      families.add(static_cast<double>(receipts.taken(stage, exercise)),
                   {{"stage", name}, {"exercise", exercise ? "true" : "false"}});
    }
  }
  families.gauge("receipts_healthy", "1 while receipts can be stored", receipts.finding().empty() ? 1 : 0);
  families.counter("receipts_refused_total", "Receipts not taken because too many waited",
                   static_cast<double>(receipts.refused()));
}

void add_refusals(Families& families, const Refusals& refusals) {
  families.open("refused_total", "Commands that the privacy gate refused or asked about, by rule",
                MetricType::Counter);
  for (const admission::PrivacyRule rule : admission::kPrivacyRules)
    families.add(static_cast<double>(refusals.by_rule(rule)), "rule", admission::name_of(rule));
  families.open("door_refused_total", "Commands refused before they reached the log, by error code",
                MetricType::Counter);
  const auto& codes = *v1::ErrorCode_descriptor();
  for (int i = 1; i < codes.value_count(); ++i) {
    const auto code = static_cast<v1::ErrorCode>(codes.value(i)->number());
    if (refusals.by_code(code) != 0)
      families.add(static_cast<double>(refusals.by_code(code)), "code", core::code_name(code));
  }
}

}  // namespace

std::string metrics_text(const MetricSources& sources) {
  Families families;
  families.open("build_info", "Always 1; the version is the label", MetricType::Gauge);
  families.add(1, "version", kVersion);
  families.gauge("started_seconds", "When the broker started, seconds since 1970",
                 static_cast<double>(sources.started.time_since_epoch().count()) / 1e6);
  if (sources.health != nullptr) {
    families.gauge("ready", "1 if the broker takes commands and sessions", sources.health->ready() ? 1 : 0);
  }
  if (sources.log != nullptr) add_log(families, *sources.log);
  if (sources.directory != nullptr) {
    families.gauge("services", "Enabled services",
                   static_cast<double>(sources.directory->now()->enabled_count()));
  }
  if (sources.hub != nullptr) add_hub(families, *sources.hub);
  if (sources.receipts != nullptr) add_receipts(families, *sources.receipts);
  if (sources.refusals != nullptr) add_refusals(families, *sources.refusals);
  return families.text();
}

}  // namespace gjallar::operations
