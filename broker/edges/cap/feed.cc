#include "broker/edges/cap/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "broker/core/limits.h"
#include "broker/domain/concerns.h"
#include "broker/edges/cap/names.h"
#include "broker/edges/cap/writer.h"
#include "broker/edges/cap/xml.h"
#include "broker/log/record.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/alerts.h"
#include "broker/projections/viewer.h"

namespace gjallar::edges::cap {
namespace {

constexpr const char* kAtomNamespace = "http://www.w3.org/2005/Atom";
constexpr const char* kArchiveNamespace = "http://purl.org/syndication/history/1.0";
/// Before anything happened.
constexpr const char* kNever = "1970-01-01T00:00:00Z";

const xmlChar* letters(const char* text) {
  return reinterpret_cast<const xmlChar*>(text);
}

/// Which events a reader of the feed sees, at one snapshot.
class Sight {
 public:
  static core::Result<Sight> at(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                                const FeedRequest& request) {
    auto viewer = projections::Viewer::at(snapshot, principal, snapshot.head().seq);
    if (!viewer) return viewer.error();
    return Sight(snapshot, std::move(*viewer), request);
  }

  core::Result<bool> sees(const log::CommittedEvent& event) {
    const log::Header& header = event.record.header;
    if (header.subject_kind != domain::SubjectKind::kAlert || !is_wanted(header.reach)) return false;
    const auto alert = alert_of(header.subject);
    if (!alert) return alert.error();
    return (*alert)->visible &&
           ((*alert)->all || (*alert)->last == header.seq || viewer_.was_told(event.targets));
  }

 private:
  struct Known {
    bool visible = false;
    bool all = false;
    core::Seq last = 0;
  };

  Sight(const log::LogSnapshot& snapshot, projections::Viewer viewer, const FeedRequest& request)
      : snapshot_(&snapshot), viewer_(std::move(viewer)), request_(&request) {}

  /// The filters, by the alert before the event or after it: who held it hears that it is gone.
  [[nodiscard]] bool is_wanted(const domain::EventReach& reach) const {
    const v1::GradeLevel level =
        std::max(reach.before.present ? reach.before.level : v1::GRADE_LEVEL_UNSPECIFIED,
                 reach.after.present ? reach.after.level : v1::GRADE_LEVEL_UNSPECIFIED);
    return level >= request_->grade &&
           ((request_->area.empty() && request_->role.empty()) ||
            domain::concerns(reach, domain::ViewFilter{request_->area, request_->role}));
  }

  core::Result<const Known*> alert_of(const std::string& id) {
    const auto found = known_.find(id);
    if (found != known_.end()) return &found->second;
    const auto at = projections::find_alert(snapshot_->rows(), id);
    if (!at) return at.error();
    Known known;
    if (at.value()) {
      known = {viewer_.sees(*at.value()), viewer_.sees_all_of(at.value()->alert), at.value()->seq};
    }
    return &(known_[id] = known);
  }

  const log::LogSnapshot* snapshot_;
  projections::Viewer viewer_;
  const FeedRequest* request_;
  std::map<std::string, Known> known_;
};

/// The seqs of a page, the latest first, and where the next page back begins (0: there is none).
struct Page {
  std::vector<core::Seq> seqs;
  core::Seq next_before = 0;
};

core::Result<Page> find_page(const log::LogSnapshot& snapshot, const domain::Principal& principal,
                             const FeedRequest& request) {
  auto sight = Sight::at(snapshot, principal, request);
  if (!sight) return sight.error();
  Page page;
  const core::Seq head = snapshot.head().seq;
  core::Seq seq = request.before == 0 ? head : std::min(head, request.before - 1);
  for (std::size_t looked = 0; seq > 0; --seq, ++looked) {
    if (page.seqs.size() == core::limits::kCapFeedEntries || looked == core::limits::kCapFeedEventsMax) {
      page.next_before = seq + 1;
      return page;
    }
    const auto event = snapshot.read_header(seq);
    if (!event) return event.error();
    const auto sees = sight->sees(event.value());
    if (!sees) return sees.error();
    if (*sees) page.seqs.push_back(seq);
  }
  return page;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string filters_of(const FeedRequest& request) {
  std::string query;
  const auto add = [&query](std::string_view name, const std::string& value) {
    if (!value.empty()) query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, escaped(value));
  };
  add("area", request.area);
  add("role", request.role);
  add("grade", plain_word(*v1::GradeLevel_descriptor(), request.grade));
  return query;
}

std::string address_of(const FeedRequest& request, core::Seq before) {
  std::string query = filters_of(request);
  if (before != 0) query += fmt::format("{}before={}", query.empty() ? "" : "&", before);
  return query.empty() ? "/cap/feed.atom" : "/cap/feed.atom?" + query;
}

void add_link(xmlNode* parent, const char* rel, const std::string& href, const char* type) {
  xmlNode* const link = add_element(parent, "link");
  xmlNewProp(link, letters("rel"), letters(rel));
  xmlNewProp(link, letters("href"), letters(href.c_str()));
  xmlNewProp(link, letters("type"), letters(type));
}

std::string title_of(const v1::Event& event) {
  const v1::AlertContent& content = event.payload().alert().content();
  if (content.texts().empty()) return "The content was destroyed by order";
  const v1::TextBlock& text = content.texts(0);
  return marked(content, text.language(), text.headline());
}

void add_entry(xmlNode* feed, const v1::Event& event, const core::LogId& log_id) {
  const std::string identifier = identifier_of(log_id, event.seq());
  const std::string time = core::to_rfc3339(core::from_timestamp(event.time()));
  xmlNode* const entry = add_element(feed, "entry");
  add_element(entry, "id", fmt::format("urn:gjallar:{}:cap:{}", log_id.value(), event.seq()));
  add_element(entry, "title", title_of(event));
  add_element(entry, "updated", time);
  add_element(entry, "published", time);
  const auto category = [entry](const char* scheme, const std::string& term) {
    if (term.empty()) return;
    xmlNode* const node = add_element(entry, "category");
    xmlNewProp(node, letters("scheme"), letters(scheme));
    xmlNewProp(node, letters("term"), letters(term.c_str()));
  };
  category("urn:gjallar:msgType", std::string(message_type_of(event.type())));
  category("urn:gjallar:event", plain_word(*v1::EventType_descriptor(), event.type()));
  category("urn:gjallar:level", plain_word(*v1::GradeLevel_descriptor(), event.payload().alert().level()));
  category("urn:gjallar:status", cap_word(event.payload().alert().content().status()));
  add_link(entry, "alternate", "/cap/alerts/" + identifier + ".xml", "application/cap+xml");
}

}  // namespace

core::Result<std::string> feed_page(const log::LogSnapshot& snapshot, const core::LogId& log_id,
                                    const domain::Principal& principal, const FeedRequest& request) {
  const auto page = find_page(snapshot, principal, request);
  if (!page) return page.error();
  std::vector<v1::Event> events;
  for (const core::Seq seq : page->seqs) {
    const auto committed = snapshot.read(seq);
    if (!committed) return committed.error();
    auto event = log::to_event(committed.value().record);
    if (!event) return event.error();
    events.push_back(std::move(event.value()));
  }

  XmlDocument document(xmlNewDoc(letters("1.0")));
  xmlNode* const feed = xmlNewNode(nullptr, letters("feed"));
  xmlDocSetRootElement(document.get(), feed);
  xmlSetNs(feed, xmlNewNs(feed, letters(kAtomNamespace), nullptr));
  const std::string filters = filters_of(request);
  add_element(feed, "id",
              fmt::format("urn:gjallar:{}:cap{}", log_id.value(), filters.empty() ? "" : ":" + filters));
  add_element(feed, "title", "Gjallar: CAP messages");
  add_element(feed, "updated",
              events.empty() ? kNever : core::to_rfc3339(core::from_timestamp(events.front().time())));
  add_element(add_element(feed, "author"), "name", "Gjallar");
  constexpr const char* kAtom = "application/atom+xml";
  add_link(feed, "self", address_of(request, request.before), kAtom);
  if (request.before != 0) {
    xmlNs* const archive = xmlNewNs(feed, letters(kArchiveNamespace), letters("fh"));
    xmlNewChild(feed, archive, letters("archive"), nullptr);
    add_link(feed, "current", address_of(request, 0), kAtom);
  }
  if (page->next_before != 0) add_link(feed, "prev-archive", address_of(request, page->next_before), kAtom);
  for (const v1::Event& event : events)
    add_entry(feed, event, log_id);
  indent(*document);
  return to_bytes(*document);
}

}  // namespace gjallar::edges::cap
