#include "broker/receipts/report_times.h"

namespace gjallar::receipts {
namespace {

bool reports_something(v1::EventType type) noexcept {
  return type == v1::EVENT_TYPE_ALERT_ISSUED || type == v1::EVENT_TYPE_ALERT_OBSERVED ||
         type == v1::EVENT_TYPE_OVERDOSES_COUNTED;
}

}  // namespace

core::Result<bool> ReportTimes::read_on(const log::LogSnapshot& snapshot, std::size_t max) {
  const std::lock_guard lock(mutex_);
  const core::Seq head = snapshot.head().seq;
  for (std::size_t read = 0; read < max && read_up_to_ < head; ++read) {
    const auto event = snapshot.read_header(read_up_to_ + 1);
    if (!event) return event.error();
    const log::Header& header = event.value().record.header;
    if (reports_something(header.type)) last_[header.principal] = header.time;  // times never go back
    ++read_up_to_;
  }
  return read_up_to_ < head;
}

std::map<std::string, core::WallTime> ReportTimes::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace gjallar::receipts
