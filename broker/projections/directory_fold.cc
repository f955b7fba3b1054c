#include "broker/projections/directory_fold.h"

#include "broker/projections/parse.h"
#include "broker/projections/row_keys.h"
#include "broker/projections/services.h"
#include "gjallar/storage/v1/rows.pb.h"

namespace gjallar::projections {

core::Result<void> DirectoryFold::apply(const log::Record& record, log::RowWriter& rows) {
  if (record.header.subject_kind != domain::SubjectKind::kService) return {};
  const domain::Directory& directory = directory_->at_head();
  auto entry = entry_after(directory.find(record.header.subject), directory.next_number(), record);
  if (!entry) return entry.error();
  storage::v1::ServiceRow row;
  *row.mutable_entry() = entry.value();
  row.set_last_seq(record.header.seq);
  rows.put(log::Column::kDirectory, keys::service(record.header.subject), row.SerializeAsString());
  rows.put(log::Column::kDirectory, keys::service_history(entry.value().number(), record.header.seq), {});
  directory_->apply(entry.value());
  return {};
}

core::Result<void> DirectoryFold::reload(const log::RowReader& rows) {
  auto directory = directory_at(rows);
  if (!directory) return directory.error();
  directory_->replace(std::move(directory.value()));
  // At start, what the rows hold is synced; later a reload may happen in the middle of a group.
  if (!loaded_) directory_->publish();
  loaded_ = true;
  return {};
}

}  // namespace gjallar::projections
