#include "broker/operations/refusals.h"

#include <catch2/catch.hpp>

#include "broker/operations/metrics.h"

namespace gjallar::operations {

TEST_CASE("what the door refused shows in the metrics by rule and by code, and nothing else of it") {
  Refusals refusals;
  refusals.note({v1::ERROR_CODE_PERSONAL_IDENTIFIER,
                 "issue.content.texts[0].headline",
                 admission::PrivacyRule::kTelephone,
                 "police",
                 {}});
  refusals.note({v1::ERROR_CODE_UNKNOWN_AREA, "issue.content.audience", std::nullopt, "police", {}});
  refusals.note({v1::ERROR_CODE_UNKNOWN_AREA, "issue.content.audience", std::nullopt, "customs", {}});
  const Health health;
  MetricSources sources;
  sources.health = &health;
  sources.refusals = &refusals;
  const std::string text = metrics_text(sources);
  const auto has = [&text](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
  CHECK(has("gjallar_refused_total{rule=\"telephone-number\"} 1"));
  CHECK(has("gjallar_refused_total{rule=\"swedish-number\"} 0"));
  CHECK(has("gjallar_door_refused_total{code=\"unknown_area\"} 2"));
  CHECK(has("gjallar_door_refused_total{code=\"personal_identifier\"} 1"));
  CHECK(text.find("police") == std::string::npos);
  CHECK(text.find("headline") == std::string::npos);
}

}  // namespace gjallar::operations
