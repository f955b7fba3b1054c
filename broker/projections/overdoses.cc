#include "broker/projections/overdoses.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "broker/core/limits.h"
#include "broker/domain/area.h"
#include "broker/projections/alerts.h"
#include "broker/projections/overdose_rows.h"
#include "broker/projections/parse.h"
#include "broker/projections/queries.h"
#include "gjallar/storage/v1/rows.pb.h"

namespace gjallar::projections {
namespace {

using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;
/// 1970-01-01 was a Thursday: the first Monday came three days before it.
constexpr std::int64_t kDaysToMonday = 3;

core::WallTime start_of_day(core::WallTime time) {
  return core::WallTime(std::chrono::floor<Days>(time.time_since_epoch()));
}

core::WallTime start_of_week(core::WallTime time) {
  const std::int64_t day = std::chrono::floor<Days>(time.time_since_epoch()).count();
  const std::int64_t since_monday = ((day + kDaysToMonday) % 7 + 7) % 7;
  return core::WallTime(Days(day - since_monday));
}

/// The moment that is asked about.
struct AsOf {
  core::Seq seq = 0;
  core::WallTime time;
};

/// A count as it stood at the moment; nothing if it wasn't counted yet.
core::Result<std::optional<domain::OverdoseEntry>> entry_of_row(std::string_view key, std::string_view value,
                                                                const AsOf& as_of) {
  const auto parsed = keys::parse_overdose(key);
  const auto row = parse<storage::v1::OverdoseRow>(value, "overdose count");
  if (!parsed || !row) return corrupt("A stored overdose count can't be read.");
  const storage::v1::OverdoseRow::Count* last = nullptr;
  for (const auto& count : row.value().counts()) {
    const core::WallTime counted{core::Micros(count.time_us())};
    if (count.seq() <= as_of.seq && counted <= as_of.time) last = &count;
  }
  if (last == nullptr) return std::optional<domain::OverdoseEntry>();
  domain::OverdoseEntry entry;
  entry.area = parsed->area;
  entry.source = parsed->source;
  entry.from = parsed->from;
  entry.to = parsed->to;
  entry.fatal = last->fatal();
  entry.not_fatal = last->not_fatal();
  return std::optional<domain::OverdoseEntry>(std::move(entry));
}

/// Visits the counts of a county that begin in [from, to), each as it stood at the moment.
template <typename Visit>
core::Result<void> for_each_count(const log::RowReader& rows, v1::Status status, std::string_view county,
                                  core::WallTime from, core::WallTime to, const AsOf& as_of, Visit&& visit) {
  core::Result<void> read;
  GJALLAR_TRY(rows.scan(log::Column::kOverdose, keys::overdoses_from(status, county, from),
                        keys::overdoses_from(status, county, to),
                        [&](std::string_view key, std::string_view value) {
                          const auto entry = entry_of_row(key, value, as_of);
                          if (!entry) {
                            read = entry.error();
                            return false;
                          }
                          if (entry.value()) visit(*entry.value());
                          return true;
                        }));
  return read;
}

/// The newest kOverdoseEntriesMax counts of a county that begin in [from, to), as they stand.
core::Result<std::vector<domain::OverdoseEntry>> newest_counts(const log::RowReader& rows, v1::Status status,
                                                               std::string_view county, core::WallTime from,
                                                               core::WallTime to) {
  const std::string first = keys::overdoses_from(status, county, from);
  std::vector<domain::OverdoseEntry> entries;
  core::Result<void> read;
  GJALLAR_TRY(rows.scan_back(log::Column::kOverdose, keys::overdoses_from(status, county, to),
                             [&](std::string_view key, std::string_view value) {
                               if (key < first || entries.size() >= core::limits::kOverdoseEntriesMax)
                                 return false;
                               auto entry = entry_of_row(key, value, {~core::Seq{0}, core::WallTime::max()});
                               if (!entry) {
                                 read = entry.error();
                                 return false;
                               }
                               if (entry.value()) entries.push_back(std::move(*entry.value()));
                               return true;
                             }));
  if (!read) return read.error();
  return entries;
}

v1::OverdosePeriod& add_period(v1::ListOverdosesResponse& answer, std::string_view area, core::WallTime from,
                               core::WallTime to) {
  v1::OverdosePeriod& period = *answer.add_periods();
  period.set_area(std::string(area));
  *period.mutable_from() = core::to_timestamp(from);
  *period.mutable_to() = core::to_timestamp(to);
  return period;
}

/// One question, resolved.
class Question {
 public:
  Question(const log::LogSnapshot& snapshot, v1::Status status, core::WallTime from, core::WallTime to,
           AsOf as_of)
      : rows_(snapshot.rows()), status_(status), from_(from), to_(to), as_of_(as_of) {}

  /// Every count as it was sent.
  core::Result<void> raw(std::string_view area, v1::ListOverdosesResponse& answer) const {
    for (const std::string_view county : counties_of(area)) {
      GJALLAR_TRY(
          for_each_count(rows_, status_, county, from_, to_, as_of_, [&](const domain::OverdoseEntry& entry) {
            if (!domain::contains(area, entry.area)) return;
            auto& period = add_period(answer, entry.area, entry.from, entry.to);
            period.set_count(std::to_string(entry.all()));
            period.set_fatal(std::to_string(entry.fatal));
          }));
    }
    return {};
  }

  /// A county's or a country's days, exact.
  core::Result<void> days(std::string_view area, v1::ListOverdosesResponse& answer) const {
    std::map<core::WallTime, std::pair<std::uint64_t, std::uint64_t>> days;
    const core::WallTime end = start_of_day(std::min(to_, as_of_.time));
    for (core::WallTime day = start_of_day(from_); day < end; day += Days(1))
      days[day] = {};
    for (const std::string_view county : counties_of(area)) {
      if (domain::told_like_municipality(county)) continue;
      GJALLAR_TRY(for_each_count(rows_, status_, county, start_of_day(from_), end, as_of_,
                                 [&days](const domain::OverdoseEntry& entry) {
                                   auto& day = days[start_of_day(entry.from)];
                                   day.first += entry.all();
                                   day.second += entry.fatal;
                                 }));
    }
    for (const auto& day : days) {
      auto& period = add_period(answer, area, day.first, day.first + Days(1));
      period.set_count(std::to_string(day.second.first));
      period.set_fatal(std::to_string(day.second.second));
    }
    return {};
  }

  /// The released weeks of a municipality, or of a county so small that it is told like one.
  core::Result<void> weeks(std::string_view area, v1::ListOverdosesResponse& answer) const {
    const std::string_view county = domain::county_of(area);
    const auto municipalities = domain::municipalities_of(county);
    const bool small = domain::told_like_municipality(county);
    for (core::WallTime week = start_of_week(from_); week < to_; week += domain::kOverdoseWeek) {
      const core::WallTime released = week + domain::kOverdoseWeek + kOverdoseRelease;
      if (released >= as_of_.time) break;
      std::map<std::string, std::uint64_t, std::less<>> counts;
      for (const std::string_view code : municipalities)
        counts.emplace(code, 0);
      GJALLAR_TRY(for_each_count(
          rows_, status_, county, week, week + domain::kOverdoseWeek, AsOf{as_of_.seq, released},
          [&counts](const domain::OverdoseEntry& entry) { counts[entry.area] += entry.all(); }));
      auto& period = add_period(answer, area, week, week + domain::kOverdoseWeek);
      period.set_count(small ? small_label(area, county, counts) : label(area, counts));
    }
    return {};
  }

 private:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  static std::vector<std::string_view> counties_of(std::string_view area) {
    if (const std::string_view county = domain::county_of(area); !county.empty()) return {county};
    std::vector<std::string_view> out;
    for (const domain::Area& other : domain::all_areas()) {
      if (other.level == domain::AreaLevel::kCounty && domain::contains(area, other.code))
        out.push_back(other.code);
    }
    return out;
  }

  static std::string label(std::string_view area, const Counts& counts) {
    std::vector<std::uint64_t> numbers;
    std::size_t own = 0;
    for (const auto& count : counts) {
      if (count.first == area) own = numbers.size();
      numbers.push_back(count.second);
    }
    return weekly_labels(numbers)[own];
  }

  /// The county's sum; its municipality's too if there is but one, and else nothing.
  static std::string small_label(std::string_view area, std::string_view county, const Counts& counts) {
    if (area != county && counts.size() != 1) return "withheld";
    std::uint64_t sum = 0;
    for (const auto& count : counts)
      sum += count.second;
    return domain::rounded_count(sum);
  }

  const log::RowReader& rows_;
  const v1::Status status_;
  const core::WallTime from_;
  const core::WallTime to_;
  const AsOf as_of_;
};

core::Result<AsOf> moment_of(const log::LogSnapshot& snapshot, const v1::Moment& moment, core::WallTime now) {
  const auto seq = resolve_moment(snapshot, moment);
  if (!seq) return seq.error();
  AsOf as_of{seq.value(), now};
  if (moment.moment_case() == v1::Moment::kTime) {
    as_of.time = std::min(now, core::from_timestamp(moment.time()));
  } else if (moment.moment_case() == v1::Moment::kSeq) {
    const auto event = snapshot.read_header(seq.value());
    if (!event) return event.error();
    as_of.time = event.value().record.header.time;
  }
  return as_of;
}

core::Result<void> check_question(const domain::Principal& principal, const v1::ListOverdosesRequest& request,
                                  core::WallTime from, core::WallTime to) {
  if (principal.rights.view == domain::Scope::kNone) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "list_overdoses",
                            "You may not see overdose counts.", "Ask the operator for the right to view.");
  }
  if (request.raw() && !principal.rights.assess) {
    return core::make_error(v1::ERROR_CODE_PERMISSION_DENIED, "raw",
                            "Counts as they were sent are for those who assess.",
                            "Leave raw out, or ask the operator for the right to assess.");
  }
  if (domain::find_area(request.area()) == nullptr) GJALLAR_TRY(domain::check_area(request.area(), "area"));
  if (from >= to) {
    return core::make_error(v1::ERROR_CODE_INVALID_ARGUMENT, "to", "The span ends before it begins.",
                            "Check both times.");
  }
  if (to - from > kOverdoseSpanMax) {
    return core::make_error(v1::ERROR_CODE_TOO_LARGE, "from", "The span is longer than 400 days.",
                            "Ask for a part of it at a time.");
  }
  return {};
}

}  // namespace

core::Result<domain::OverdoseSituation> overdose_situation(const log::RowReader& rows,
                                                           const v1::CountOverdoses& count) {
  domain::OverdoseSituation situation;
  const std::string_view county = domain::county_of(count.area());
  const core::WallTime to = core::from_timestamp(count.to());
  auto entries =
      newest_counts(rows, count.status(), county, to - domain::kOverdoseMemory, to + domain::kOverdoseWeek);
  if (!entries) return entries.error();
  situation.entries = std::move(entries.value());
  const auto last = [&](keys::HintWindow window) -> core::Result<std::optional<core::WallTime>> {
    const auto bytes = rows.get(log::Column::kOverdose, keys::overdose_hint(count.status(), county, window));
    if (!bytes) return bytes.error();
    if (!bytes.value()) return std::optional<core::WallTime>();
    return keys::decode_time(*bytes.value());
  };
  const auto day = last(keys::HintWindow::kDay);
  if (!day) return day.error();
  const auto week = last(keys::HintWindow::kWeek);
  if (!week) return week.error();
  situation.last_day_hint = day.value();
  situation.last_week_hint = week.value();
  return situation;
}

core::Result<v1::ListOverdosesResponse> list_overdoses(const log::LogSnapshot& snapshot,
                                                       const domain::Principal& principal,
                                                       const v1::ListOverdosesRequest& request,
                                                       core::WallTime now) {
  const auto as_of = moment_of(snapshot, request.as_of(), now);
  if (!as_of) return as_of.error();
  const core::WallTime to = request.has_to() ? core::from_timestamp(request.to()) : as_of.value().time;
  const core::WallTime from =
      request.has_from() ? core::from_timestamp(request.from()) : to - domain::kOverdoseMemory;
  GJALLAR_TRY(check_question(principal, request, from, to));
  const v1::Status status = request.status() == v1::STATUS_UNSPECIFIED ? v1::STATUS_ACTUAL : request.status();

  v1::ListOverdosesResponse answer;
  answer.set_as_of_seq(as_of.value().seq);
  const Question question(snapshot, status, from, to, as_of.value());
  const domain::Area* area = domain::find_area(request.area());
  const bool told_by_week =
      area->level != domain::AreaLevel::kCountry &&
      (area->level == domain::AreaLevel::kMunicipality || domain::told_like_municipality(area->code));
  if (request.raw()) {
    GJALLAR_TRY(question.raw(area->code, answer));
  } else if (told_by_week) {
    GJALLAR_TRY(question.weeks(area->code, answer));
  } else {
    GJALLAR_TRY(question.days(area->code, answer));
  }
  return answer;
}

}  // namespace gjallar::projections
