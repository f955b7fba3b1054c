#include <fmt/format.h>

#include "broker/core/clock.h"
#include "broker/edges/cap/edas.h"

namespace gjallar::edges::cap {
namespace {

constexpr std::string_view kStyle =
    "body{font:11pt/1.4 serif;max-width:45em;margin:2em auto;padding:0 1em;color:#000;background:#fff}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin:1.2em 0 .3em;break-after:avoid}"
    "dl{display:grid;grid-template-columns:12em 1fr;gap:.2em 1em;margin:0}dt{color:#444}dd{margin:0;"
    "white-space:pre-line}.gap{border-left:3px solid #a00;padding-left:.6em;color:#700}"
    ".mark{border:3px solid #000;padding:.4em;text-align:center;font-weight:bold}"
    "@media print{body{margin:0;max-width:none}}";

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void add_item(std::string& page, const v1::EdasItem& item) {
  page += fmt::format("<section><h2>({}) {}</h2>\n", html(item.letter()), html(item.title()));
  if (!item.statements().empty()) {
    page += "<dl>\n";
    for (const v1::EdasStatement& statement : item.statements())
      page += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html(statement.name()), html(statement.value()));
    page += "</dl>\n";
  }
  for (const std::string& gap : item.gaps())
    page += fmt::format("<p class=\"gap\">Not stated: {}</p>\n", html(gap));
  page += "</section>\n";
}

}  // namespace

std::string edas_page(const v1::EdasNotification& notification) {
  const std::string changed =
      core::to_rfc3339(core::from_timestamp(notification.changed())).substr(0, 19) + "Z";
  const std::string title = "European drug alert system: notification of " + notification.reference();
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>{}</title><style>{}</style></head>"
      "<body>\n<h1>{}</h1>\n",
      html(title), kStyle, html(title));
  if (!notification.marking().empty())
    page += fmt::format("<p class=\"mark\">{}</p>\n", html(notification.marking()));
  page += fmt::format(
      "<p>Article 13(2) of Regulation (EU) 2023/1322. Draft made from version {} of the alert (event {}, "
      "{}); "
      "texts in language {}.</p>\n",
      notification.version(), notification.seq(), changed, html(notification.language()));
  for (const v1::EdasItem& item : notification.items())
    add_item(page, item);
  if (!notification.marking().empty())
    page += fmt::format("<p class=\"mark\">{}</p>\n", html(notification.marking()));
  page += "</body></html>\n";
  return page;
}

}  // namespace gjallar::edges::cap
