#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gjallar/v1/view_service.pb.h"

/// A ledger as a report to keep: who, how fast, who never. A drill report if the alert was an exercise. Pure.
namespace gjallar::tool {

/// CSV (RFC 4180, UTF-8, CRLF, a header line): times in UTC as RFC 3339, `received_after_s` from the event.
[[nodiscard]] std::string csv_report(const gjallar::v1::GetDeliveryResponse& delivery);
/// One HTML page that loads nothing.
[[nodiscard]] std::string html_report(const gjallar::v1::GetDeliveryResponse& delivery);
/// For a terminal; one text a line.
[[nodiscard]] std::vector<std::string> table_report(const gjallar::v1::GetDeliveryResponse& delivery);

/// A field of CSV: quoted where RFC 4180 wants it; what a spreadsheet would take for a formula has an
/// apostrophe before it.
[[nodiscard]] std::string csv_field(std::string_view text);
/// A text in HTML, in an attribute too.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace gjallar::tool
