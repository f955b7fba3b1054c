// How fast the log of a real broker is read back by the C++ client, over gRPC and TLS: all of it, and
// filtered by a county, a type, a service; against a bare RocksDB scan of as many 1 KiB records in the same
// round, in this process. `events_per_s` counts the events of the replayed range, wanted or not, and
// `sent_per_s` those that came. The alerts are spread evenly over all municipalities of both countries, one
// in 25 is retracted, and the county's municipalities are one in 25 of all. What comes is compared with what
// the same log said one by one and unfiltered.
//   --rounds N   7; 1 with --quick
//   --alerts N   50000; 2000 with --quick
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/support/broker_process.h"
#include "bench/support/commands.h"
#include "bench/support/helper.h"
#include "bench/support/measure.h"
#include "bench/support/raw_store.h"
#include "broker/domain/area.h"
#include "gjallar/v1/operator_service.grpc.pb.h"
#include "subscribers/client/replay.h"

namespace {

using namespace gjallar::bench;
namespace v1 = gjallar::v1;
using Seqs = std::vector<std::uint64_t>;

constexpr int kFeedItems = 5'000;
constexpr std::size_t kRetractedOneIn = 25;
constexpr const char* kCounty = "SE-01";
constexpr const char* kService = "syringe-exchange-stockholm";  // of SE-0180
constexpr const char* kServiceArea = "SE-0180";

std::vector<std::string> municipalities() {
  std::vector<std::string> codes;
  for (const auto& area : gjallar::domain::all_areas()) {
    if (area.level == gjallar::domain::AreaLevel::kMunicipality && area.ended_with.empty())
      codes.emplace_back(area.code);
  }
  return codes;
}

/// Publishes items until `next` makes no more.
void publish(FeedStream& feed, const std::function<bool(v1::FeedRequest&)>& next) {
  for (bool more = true; more;) {
    std::vector<v1::FeedRequest> items;
    v1::FeedRequest item;
    while (items.size() < kFeedItems && (more = next(item)))
      items.push_back(item);
    feed.publish(items);
  }
}

/// The alerts, and the retractions of some. `ids`: of the alerts in the log.
void fill(const BrokerProcess& broker, int alerts, const std::function<std::vector<std::string>()>& ids) {
  FeedStream feed(broker.connection("police"));
  const std::vector<std::string> areas = municipalities();
  int number = 0;
  publish(feed, [&](v1::FeedRequest& item) {
    if (number == alerts) return false;
    *item.mutable_command() = warning_command(++number);
    item.set_idempotency_key("issue-" + std::to_string(number));
    v1::AudienceGroup& group =
        *item.mutable_command()->mutable_issue()->mutable_content()->mutable_audience()->mutable_groups(0);
    group.clear_areas();
    group.add_areas(areas[static_cast<std::size_t>(number) % areas.size()]);
    return true;
  });
  const std::vector<std::string> issued = ids();
  std::size_t at = 0;
  publish(feed, [&](v1::FeedRequest& item) {
    if (at >= issued.size()) return false;
    item.Clear();
    item.set_idempotency_key("retract-" + issued[at]);
    item.mutable_command()->mutable_retract()->set_alert_id(issued[at]);
    item.mutable_command()->mutable_retract()->set_reason("Analysed again.");
    at += kRetractedOneIn;
    return true;
  });
}

bool meets(const v1::Event& event, const char* area) {
  for (const auto& group : event.payload().alert().content().audience().groups()) {
    for (const std::string& code : group.areas()) {
      if (gjallar::domain::areas_meet(code, area)) return true;
    }
  }
  return false;
}

/// One row: what is asked for, and which events that is.
struct Question {
  std::string name;
  v1::ReplayRequest request;
  std::function<bool(const v1::Event&)> wanted;
  Seqs expected = {};
  std::vector<double> raw = {}, own = {}, sent = {};
};

std::vector<Question> questions() {
  std::vector<Question> all;
  all.push_back({"all events", {}, [](const v1::Event&) { return true; }});
  all.push_back({"filtered by area", {}, [](const v1::Event& event) { return meets(event, kCounty); }});
  all.back().request.set_area(kCounty);
  all.push_back({"filtered by type", {}, [](const v1::Event& event) {
                   return event.type() == v1::EVENT_TYPE_ALERT_RETRACTED;
                 }});
  all.back().request.add_types(v1::EVENT_TYPE_ALERT_RETRACTED);
  all.push_back({"filtered by service", {}, [](const v1::Event& event) {
                   return event.subject() == kService || meets(event, kServiceArea);
                 }});
  all.back().request.set_service_id(kService);
  return all;
}

/// Every event of the log, in messages of their own and unfiltered, by the bare stub.
std::uint64_t one_by_one(const gjallar::client::Connection& connection,
                         const std::function<void(const v1::Event&)>& visit) {
  grpc::ClientContext context;
  connection.authorize(context);
  const auto stub = v1::OperatorService::NewStub(connection.channel());
  const auto stream = stub->Replay(&context, {});
  v1::ReplayResponse step;
  while (stream->Read(&step)) {
    if (step.has_event()) visit(step.event());
  }
  if (!stream->Finish().ok()) throw std::runtime_error("the log can't be replayed one by one");
  return step.caughtup().seq();
}

/// Seconds from just before the call to its end.
double replay(const gjallar::client::Connection& connection, const Question& question, std::uint64_t head) {
  Seqs seqs;
  bool whole = true;
  const auto start = Clock::now();
  const auto replayed = gjallar::client::replay(connection, question.request, [&](const v1::Event& event) {
    seqs.push_back(event.seq());
    whole = whole && event.has_payload();
    return true;
  });
  const double seconds = seconds_since(start);
  if (!replayed) throw std::runtime_error(gjallar::core::to_text(replayed.error()));
  if (!whole || seqs != question.expected || replayed->caughtup.seq() != head)
    throw std::runtime_error("the replay is not whole: " + question.name);
  return seconds;
}

void run(int argc, char** argv) {
  const bool quick = is_quick(argc, argv);
  const int alerts = number_of(argc, argv, "--alerts", quick ? 2'000 : 50'000);
  const int rounds = number_of(argc, argv, "--rounds", quick ? 1 : 7);
  const ScratchFolder folder;
  const BrokerProcess broker(folder.path());
  const auto connection = broker.connection("operator");
  fill(broker, alerts, [&connection] {
    std::vector<std::string> ids;
    (void)one_by_one(*connection, [&ids](const v1::Event& event) {
      if (event.type() == v1::EVENT_TYPE_ALERT_ISSUED) ids.push_back(event.subject());
    });
    return ids;
  });
  std::vector<Question> asked = questions();
  const std::uint64_t head = one_by_one(*connection, [&asked](const v1::Event& event) {
    for (Question& question : asked) {
      if (question.wanted(event)) question.expected.push_back(event.seq());
    }
  });
  if (head <= static_cast<std::uint64_t>(alerts)) throw std::runtime_error("alerts are missing");
  RawStore store(folder.path() / "raw");
  store.synced_puts(8, static_cast<int>(head), 1024);

  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < asked.size(); ++i) {
      Question& question = asked[(i + static_cast<std::size_t>(round)) % asked.size()];
      question.raw.push_back(store.scan());
      const double seconds = replay(*connection, question, head);
      question.own.push_back(static_cast<double>(head) / seconds);
      question.sent.push_back(static_cast<double>(question.expected.size()) / seconds);
    }
  }
  std::vector<Row> rows;
  for (const Question& question : asked) {
    Row row{question.name,
            {{"events_per_s", median(question.own)},
             {"sent", static_cast<double>(question.expected.size())},
             {"sent_per_s", median(question.sent)},
             {"raw_records_per_s", median(question.raw)}}};
    const Figures ratio = with_interval("ratio", median_ratio(question.own, question.raw));
    row.figures.insert(row.figures.end(), ratio.begin(), ratio.end());
    row.figures.emplace_back("rounds", rounds);
    rows.push_back(std::move(row));
  }
  print_rows("replay", rows);
}

}  // namespace

int main(int argc, char** argv) {
  return run_benchmark("replay", argc, argv, run);
}
