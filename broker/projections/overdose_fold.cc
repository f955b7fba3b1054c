#include "broker/projections/overdose_fold.h"

#include "broker/domain/area.h"
#include "broker/domain/overdoses.h"
#include "broker/projections/overdose_rows.h"
#include "broker/projections/parse.h"
#include "gjallar/storage/v1/rows.pb.h"
#include "gjallar/v1/event.pb.h"

namespace gjallar::projections {
namespace {

core::Result<void> fold_count(const log::Header& header, const v1::OverdoseCount& count,
                              log::RowWriter& rows) {
  keys::OverdoseKey key;
  key.status = count.status();
  key.county = std::string(domain::county_of(count.area()));
  key.from = core::from_timestamp(count.from());
  key.to = core::from_timestamp(count.to());
  key.area = count.area();
  key.source = count.source();
  const std::string bytes = keys::overdose(key);
  const auto held = rows.get(log::Column::kOverdose, bytes);
  if (!held) return held.error();
  auto row = parse<storage::v1::OverdoseRow>(held.value().value_or(""), "overdose count");
  if (!row) return row.error();
  auto& added = *row.value().add_counts();
  added.set_seq(header.seq);
  added.set_time_us(header.time.time_since_epoch().count());
  added.set_fatal(count.fatal());
  added.set_not_fatal(count.not_fatal());
  rows.put(log::Column::kOverdose, bytes, row.value().SerializeAsString());
  return {};
}

void fold_hint(const v1::OverdoseHint& hint, log::RowWriter& rows) {
  const core::WallTime from = core::from_timestamp(hint.from());
  const core::WallTime to = core::from_timestamp(hint.to());
  const auto window = to - from > domain::kOverdoseDay ? keys::HintWindow::kWeek : keys::HintWindow::kDay;
  rows.put(log::Column::kOverdose, keys::overdose_hint(hint.status(), hint.area(), window),
           keys::encode_time(to));
}

}  // namespace

core::Result<void> OverdoseFold::apply(const log::Record& record, log::RowWriter& rows) {
  if (record.header.subject_kind != domain::SubjectKind::kArea || !record.payload) return {};
  const auto payload = parse<v1::EventPayload>(record.payload->bytes, "payload");
  if (!payload) return payload.error();
  if (payload.value().has_overdoses()) return fold_count(record.header, payload.value().overdoses(), rows);
  if (payload.value().has_hint()) fold_hint(payload.value().hint(), rows);
  return {};
}

}  // namespace gjallar::projections
