#include "broker/projections/services.h"

#include <utility>
#include <vector>

#include "broker/projections/alerts.h"
#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::projections {
namespace {

using Rows = std::map<core::ServiceNumber, storage::v1::ServiceRow>;

core::Result<Rows> all_services(const log::RowReader& rows) {
  Rows out;
  core::Result<void> read;
  GJALLAR_TRY(rows.scan(log::Column::kDirectory, "c", "d", [&](std::string_view, std::string_view value) {
    auto row = parse<storage::v1::ServiceRow>(value, "service");
    if (!row) {
      read = row.error();
      return false;
    }
    const core::ServiceNumber number = row.value().entry().number();
    out[number] = std::move(row.value());
    return true;
  }));
  GJALLAR_TRY(read);
  return out;
}

/// Folds the events of one service up to `seq`; empty if there is none.
core::Result<std::optional<v1::DirectoryEntry>> fold_service(const log::LogSnapshot& snapshot,
                                                             core::ServiceNumber number, core::Seq seq) {
  std::vector<core::Seq> seqs;
  GJALLAR_TRY(snapshot.rows().scan(log::Column::kDirectory, keys::service_history(number, 0),
                                   keys::service_history(number + 1, 0),
                                   [&](std::string_view key, std::string_view) {
                                     const auto event = keys::parse_service_history(key);
                                     if (event && event->seq <= seq) seqs.push_back(event->seq);
                                     return event && event->seq <= seq;
                                   }));
  // The last event carries the whole service, unless its payload was destroyed.
  std::vector<log::CommittedEvent> events;
  for (auto at = seqs.rbegin(); at != seqs.rend(); ++at) {
    auto event = snapshot.read(*at);
    if (!event) return event.error();
    events.push_back(std::move(event.value()));
    if (events.back().record.payload) break;
  }
  std::optional<v1::DirectoryEntry> entry;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    auto after = entry_after(entry ? &*entry : nullptr, number, event->record);
    if (!after) return after.error();
    entry = std::move(after.value());
  }
  return entry;
}

}  // namespace

core::Result<v1::DirectoryEntry> entry_after(const v1::DirectoryEntry* before,
                                             core::ServiceNumber next_number, const log::Record& record) {
  if (record.payload) {
    auto payload = parse<v1::EventPayload>(record.payload->bytes, "event");
    if (!payload) return payload.error();
    if (payload.value().service().service().service_id() != record.header.subject) {
      return corrupt("An event's payload is about another service than its header.");
    }
    return std::move(*payload.value().mutable_service());
  }
  v1::DirectoryEntry entry;
  if (before != nullptr) {
    entry = *before;
  } else {
    entry.mutable_service()->set_service_id(record.header.subject);
    entry.set_number(next_number);
    entry.set_enabled(true);
    *entry.mutable_registered() = core::to_timestamp(record.header.time);
  }
  if (record.header.type == v1::EVENT_TYPE_SERVICE_DISABLED) entry.set_enabled(false);
  entry.set_version(record.header.version);
  *entry.mutable_changed() = core::to_timestamp(record.header.time);
  return entry;
}

core::Result<std::optional<storage::v1::ServiceRow>> find_service(const log::RowReader& rows,
                                                                  std::string_view service_id) {
  const auto bytes = rows.get(log::Column::kDirectory, keys::service(service_id));
  if (!bytes) return bytes.error();
  if (!bytes.value()) return std::optional<storage::v1::ServiceRow>();
  auto row = parse<storage::v1::ServiceRow>(*bytes.value(), "service");
  if (!row) return row.error();
  return std::optional(std::move(row.value()));
}

core::Result<domain::Directory> directory_at(const log::RowReader& rows) {
  auto services = all_services(rows);
  if (!services) return services.error();
  domain::Directory directory;
  for (const auto& service : services.value())
    directory.apply(service.second.entry());
  return directory;
}

core::Result<std::optional<v1::DirectoryEntry>> service_as_of(const log::LogSnapshot& snapshot,
                                                              std::string_view service_id, core::Seq seq) {
  auto row = find_service(snapshot.rows(), service_id);
  if (!row) return row.error();
  if (!row.value()) return std::optional<v1::DirectoryEntry>();
  if (row.value()->last_seq() <= seq) return std::optional(std::move(*row.value()->mutable_entry()));
  return fold_service(snapshot, row.value()->entry().number(), seq);
}

core::Result<domain::Directory> directory_as_of(const log::LogSnapshot& snapshot, core::Seq seq) {
  auto services = all_services(snapshot.rows());
  if (!services) return services.error();
  domain::Directory directory;
  for (const auto& service : services.value()) {
    if (service.second.last_seq() <= seq) {
      directory.apply(service.second.entry());
      continue;
    }
    const auto entry = fold_service(snapshot, service.first, seq);
    if (!entry) return entry.error();
    if (entry.value()) directory.apply(*entry.value());
  }
  return directory;
}

}  // namespace gjallar::projections
