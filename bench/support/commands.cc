#include "bench/support/commands.h"

#include <string>

namespace gjallar::bench {

namespace v1 = gjallar::v1;

v1::Command issue_command(int number) {
  v1::Command command;
  v1::AlertContent& content = *command.mutable_issue()->mutable_content();
  content.set_status(v1::STATUS_TEST);
  content.set_kind(v1::ALERT_KIND_SEIZURE);
  v1::TextBlock& text = *content.add_texts();
  text.set_language("en");
  text.set_headline("Tablets sold as oxycodone hold a nitazene");
  std::string description = "Measured batch. ";
  while (description.size() < 640)
    description += "Blue round tablets, stronger than they look. ";
  text.set_description(description + (number % 2 == 0 ? "Even." : "Odd."));
  text.set_instruction("Do not use alone. Have naloxone at hand.");
  v1::Substance& substance = *content.add_substances();
  substance.set_name("a nitazene of batch " + std::to_string(number));  // else each is a duplicate of all
  substance.set_form("tablet");
  v1::AudienceGroup& group = *content.mutable_audience()->add_groups();
  group.add_areas("SE");
  group.add_areas("NO");
  content.mutable_grade()->set_urgency(v1::URGENCY_IMMEDIATE);
  content.mutable_grade()->set_severity(v1::SEVERITY_EXTREME);
  content.mutable_grade()->set_certainty(v1::CERTAINTY_OBSERVED);
  return command;
}

v1::Command warning_command(int number) {
  v1::Command command = issue_command(number);
  v1::Grade& grade = *command.mutable_issue()->mutable_content()->mutable_grade();
  grade.set_urgency(v1::URGENCY_EXPECTED);
  grade.set_severity(v1::SEVERITY_MODERATE);
  return command;
}

}  // namespace gjallar::bench
