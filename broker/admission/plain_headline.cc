#include "broker/admission/plain_headline.h"

#include "broker/domain/wording.h"

namespace gjallar::admission {
namespace {

std::string_view first_area(const v1::AlertContent& content) {
  std::string_view code;
  for (const v1::Finding& finding : content.findings()) {
    if (code.empty()) code = finding.area();
  }
  for (const v1::AudienceGroup& group : content.audience().groups()) {
    if (code.empty() && !group.areas().empty()) code = group.areas(0);
  }
  return code;
}

}  // namespace

std::string plain_headline(const v1::AlertContent& content, std::string_view language) {
  const std::string_view subject =
      content.substances().empty() ? std::string_view() : std::string_view(content.substances(0).name());
  return domain::derived_headline(content.kind(), subject, first_area(content),
                                  domain::language_of(language));
}

}  // namespace gjallar::admission
