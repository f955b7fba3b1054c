#include "broker/fanout/catch_up_thread.h"

#include <algorithm>
#include <utility>

#include "broker/core/limits.h"
#include "broker/fanout/ring.h"
#include "broker/projections/alerts.h"

namespace gjallar::fanout {
namespace {

/// Events that many sessions catch up over are encoded once: at most this many are kept.
constexpr std::size_t kEncodedKept = 256;
/// A slice ends early when its events weigh this much.
constexpr std::size_t kSliceBytesMax = std::size_t{1024} * 1024;

}  // namespace

/// A session's start on its way: the state at once, then what is urgent and the look back piece by piece.
struct CatchUpThread::Preparation {
  StartPlan plan;
  Interest interest;
  Done<Prepared> done;
  Prepared prepared;
  bool begun = false;
  core::Seq urgent_from = 0;     ///< 0: nothing more to look for
  core::Seq retracted_from = 0;  ///< the same
  core::WallTime retracted_since{};
  UrgentNews urgent;
  core::Seq back_from = 0;
  std::vector<core::Seq> found;  ///< newest first
};

CatchUpThread::CatchUpThread(const log::EventLog& log, const projections::LiveDirectory& directory,
                             receipts::ReceiptStore& receipts, const std::atomic<core::Seq>& committed,
                             ScreenAcknowledged screen_acknowledged)
    : log_(log),
      log_id_(log.id()),
      directory_(directory),
      receipts_(receipts),
      committed_(committed),
      screen_acknowledged_(std::move(screen_acknowledged)),
      encoded_(kEncodedKept) {}

CatchUpThread::~CatchUpThread() {
  stop();
}

void CatchUpThread::start() {
  thread_ = std::thread([this] { run(); });
}

void CatchUpThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  not_empty_.notify_all();
  if (thread_.joinable()) thread_.join();
  pieces_.clear();
}

void CatchUpThread::post(Piece piece) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    pieces_.push_back(std::move(piece));
  }
  not_empty_.notify_one();
}

void CatchUpThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    not_empty_.wait(lock, [this] { return stopping_ || !pieces_.empty(); });
    if (stopping_) return;
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    lock.unlock();
    const bool again = piece();
    lock.lock();
    if (again && !stopping_) pieces_.push_back(std::move(piece));
  }
}

void CatchUpThread::prepare(StartPlan plan, Interest interest, Done<Prepared> done) {
  auto job = std::make_shared<Preparation>();
  job->plan = std::move(plan);
  job->interest = std::move(interest);
  job->done = std::move(done);
  post([this, job] {
    const auto complete = go_on(*job);
    if (!complete) {
      job->done(complete.error());
    } else if (complete.value()) {
      job->done(std::move(job->prepared));
    }
    return complete && !complete.value();
  });
}

core::Result<bool> CatchUpThread::go_on(Preparation& job) {
  if (!std::exchange(job.begun, true)) GJALLAR_TRY(begin(job));
  if (job.retracted_from != 0) {
    const auto next = look_back_retracted(*log_.snapshot(), job.interest, job.retracted_from,
                                          job.retracted_since, job.urgent);
    if (!next) return next.error();
    job.retracted_from = next.value();
    if (job.retracted_from != 0) return false;
    GJALLAR_TRY(take_urgent(job));
  }
  if (job.urgent_from != 0) {
    const core::Seq after = *job.plan.position;
    const auto next = look_back_urgent(*log_.snapshot(), job.interest, job.urgent_from, after, job.urgent);
    if (!next) return next.error();
    job.urgent_from = next.value() > after ? next.value() : 0;
    if (job.urgent_from != 0) return false;
    GJALLAR_TRY(take_urgent(job));
  }
  const auto next = look_back(*log_.snapshot(), job.interest, job.back_from, job.found);
  if (!next) return next.error();
  job.back_from = next.value();
  if (job.back_from != 0) return false;
  job.prepared.recent.assign(job.found.rbegin(), job.found.rend());
  return true;
}

core::Result<void> CatchUpThread::take_urgent(Preparation& job) {
  std::sort(job.urgent.seqs.begin(), job.urgent.seqs.end());
  const auto snapshot = log_.snapshot();
  for (const core::Seq seq : job.urgent.seqs) {
    if (seq > job.prepared.head) break;  // the session was told of it
    auto event = encoded(*snapshot, seq);
    if (!event) return event.error();
    job.prepared.urgent.push_back(std::move(event.value()));
  }
  return {};
}

core::Result<void> CatchUpThread::begin(Preparation& job) {
  // The directory is published up to `committed`, and the snapshot is no older: the state may show a little
  // more than the cursor says, which the version rule makes harmless; never less.
  const core::Seq committed = committed_.load(std::memory_order_acquire);
  const auto snapshot = log_.snapshot();
  const auto directory = directory_.now();
  const gjallar::v1::DirectoryEntry* const service =
      job.interest.service ? directory->find(*job.interest.service) : nullptr;
  if (job.plan.to_check) {
    const auto held = holds(*snapshot, *job.plan.to_check);
    if (!held) return held.error();
    job.prepared.forked = !held.value();
    job.plan = after_check(std::move(job.plan), held.value());
  }
  job.prepared.head = snapshot->head().seq;
  job.prepared.cursor = job.plan.position.value_or(committed);
  job.back_from = std::min(job.prepared.cursor, snapshot->head().seq);
  std::optional<StateScope> scope;
  if (!job.plan.position) {
    scope = StateScope::kAll;
    job.prepared.disabled = job.interest.receiving() && (service == nullptr || !service->enabled());
  } else if (job.back_from > 0 && job.interest.receiving()) {
    // Cut between the event that changed its interest and the state that follows it: the state is due again.
    const auto last = snapshot->read_header(job.back_from);
    if (!last) return last.error();
    const log::Header& header = last.value().record.header;
    if (changes_interest(header.type, header.subject, job.interest)) {
      scope =
          header.type == gjallar::v1::EVENT_TYPE_SERVICE_CHANGED ? StateScope::kAll : StateScope::kUntargeted;
    }
  }
  // A full state begins with what is urgent by itself.
  if (job.plan.urgent_first && job.interest.receiving() && scope != StateScope::kAll &&
      job.prepared.head > *job.plan.position)
    job.urgent_from = job.prepared.head;
  if (!job.plan.position && job.interest.receiving() && !job.prepared.disabled && job.prepared.cursor > 0) {
    const auto newest = snapshot->read_header(job.prepared.cursor);
    if (!newest) return newest.error();
    job.retracted_from = job.prepared.cursor;
    job.retracted_since = newest.value().record.header.time - kRetractionsToldFor;
  }
  if (!scope) return {};
  auto states = read_states(*snapshot, job.interest, service, *scope);
  if (!states) return states.error();
  job.prepared.states = std::move(states.value());
  gjallar::v1::GapReason reason = job.plan.gap_reason;
  if (job.plan.position && *scope == StateScope::kAll) reason = gjallar::v1::GAP_REASON_INTEREST_CHANGED;
  if (reason != gjallar::v1::GAP_REASON_UNSPECIFIED) {
    job.prepared.gap.emplace();
    job.prepared.gap->set_reason(reason);
    job.prepared.gap->set_from_seq(job.plan.position.value_or(job.plan.gap_from));
    job.prepared.gap->set_to_seq(job.prepared.cursor);
  }
  return {};
}

void CatchUpThread::slice(Interest interest, core::Seq after, Done<Slice> done) {
  post([this, interest = std::move(interest), after, done = std::move(done)] {
    done(read_slice(interest, after));
    return false;
  });
}

core::Result<Slice> CatchUpThread::read_slice(const Interest& interest, core::Seq after) {
  const auto snapshot = log_.snapshot();
  const auto found = concerned_after(*snapshot, interest, after);
  if (!found) return found.error();
  Slice slice;
  slice.up_to = found.value().up_to;
  std::size_t bytes = 0;
  for (const core::Seq seq : found.value().seqs) {
    auto event = encoded(*snapshot, seq);
    if (!event) return event.error();
    bytes += weight_of(*event.value());
    slice.events.push_back(std::move(event.value()));
    if (bytes < kSliceBytesMax) continue;
    slice.up_to = seq;
    break;
  }
  return slice;
}

core::Result<SharedEvent> CatchUpThread::encoded(const log::LogSnapshot& snapshot, core::Seq seq) {
  SharedEvent& kept = encoded_[seq % encoded_.size()];
  if (kept && kept->seq == seq) return kept;
  const auto event = snapshot.read(seq);
  if (!event) return event.error();
  auto fresh = encode_event(event.value(), log_id_);
  if (fresh) kept = fresh.value();
  return fresh;
}

void CatchUpThread::restate(Interest interest, SharedEvent event, Done<Restated> done) {
  post([this, interest = std::move(interest), event = std::move(event), done = std::move(done)] {
    done(read_restated(interest, event));
    return false;
  });
}

core::Result<Restated> CatchUpThread::read_restated(const Interest& interest, const SharedEvent& event) {
  gjallar::v1::Event parsed;
  if (!parsed.ParseFromString(event->proto_body)) {
    return core::make_error(gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", "An event can't be parsed.",
                            "Verify the log.");
  }
  const auto snapshot = log_.snapshot();
  const auto directory = directory_.now();
  const gjallar::v1::DirectoryEntry* service = directory->find(*interest.service);
  if (service == nullptr || service->version() < parsed.version()) {
    // The event is ahead of the directory that was published; it carries the service as it stands after it.
    if (parsed.payload().has_service()) service = &parsed.payload().service();
  } else if (service->version() > parsed.version() && service->enabled()) {
    return Restated();  // it changed again since: the state comes after that event
  }
  const bool changed = event->type == gjallar::v1::EVENT_TYPE_SERVICE_CHANGED;
  auto states =
      read_states(*snapshot, interest, service, changed ? StateScope::kAll : StateScope::kUntargeted);
  if (!states) return states.error();
  Restated restated;
  restated.states = std::move(states.value());
  if (changed) {
    restated.gap.emplace();
    restated.gap->set_reason(gjallar::v1::GAP_REASON_INTEREST_CHANGED);
    restated.gap->set_from_seq(event->seq);
    restated.gap->set_to_seq(event->seq);
  }
  return restated;
}

void CatchUpThread::acknowledge(core::ServiceNumber service, const std::string& principal,
                                gjallar::v1::Acknowledged acknowledged, receipts::TransportKind transport,
                                core::WallTime time) {
  // What is too long in any script never waits.
  if (acknowledged.note().size() > 4 * core::limits::kNoteLengthMax) acknowledged.clear_note();
  if (acknowledged.pseudonym().size() > core::limits::kPseudonymLengthMax) acknowledged.clear_pseudonym();
  if (acknowledgements_waiting_.fetch_add(1) >= core::limits::kReceiptQueueMax) {
    acknowledgements_waiting_.fetch_sub(1);
    return;
  }
  post([this, service, principal, acknowledged = std::move(acknowledged), transport, time]() mutable {
    acknowledgements_waiting_.fetch_sub(1);
    if (screen_acknowledged_) {
      screen_acknowledged_(principal, acknowledged);
    } else {
      acknowledged.clear_pseudonym();
      acknowledged.clear_note();
    }
    (void)record_acknowledged(service, acknowledged, transport,
                              time);  // what isn't in the log can't be confirmed
    return false;
  });
}

core::Result<void> CatchUpThread::record_acknowledged(core::ServiceNumber service,
                                                      const gjallar::v1::Acknowledged& acknowledged,
                                                      receipts::TransportKind transport,
                                                      core::WallTime time) {
  const auto snapshot = log_.snapshot();
  const auto seq =
      projections::seq_of_version(snapshot->rows(), acknowledged.alert_id(), acknowledged.version());
  if (!seq) return seq.error();
  if (!seq.value()) return {};
  receipts::Receipt receipt;
  receipt.service = service;
  receipt.stage = receipts::Stage::kAcknowledged;
  receipt.seqs = {*seq.value()};
  receipt.time = time;
  receipt.transport = transport;
  receipt.pseudonym = acknowledged.pseudonym();
  receipt.note = acknowledged.note();
  receipts_.record(std::move(receipt));
  return {};
}

}  // namespace gjallar::fanout
