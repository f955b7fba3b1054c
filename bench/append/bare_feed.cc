#include "bench/append/bare_feed.h"

#include <absl/synchronization/mutex.h>
#include <grpcpp/grpcpp.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "broker/core/limits.h"
#include "gjallar/v1/publisher_service.grpc.pb.h"

namespace gjallar::bench {
namespace {

namespace v1 = gjallar::v1;

constexpr std::size_t kValueBytes = 1'024;
constexpr std::size_t kFeeds = 64;
constexpr std::size_t kItemsUnderWay = core::limits::kFeedItemsMax / kFeeds;

std::string text_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) throw std::runtime_error("a key file can't be read");
  return text.str();
}

/// An answer as long as the broker's.
grpc::ByteBuffer answer_of(std::size_t items) {
  const auto fill = [](v1::FeedResponse& one) {
    one.set_idempotency_key("append-100000");
    v1::CommandOutcome& outcome = *one.mutable_outcome();
    outcome.set_alert_id("01939a10-0000-7000-8000-000000000000");
    outcome.set_reference("GJ-ABCD-EFGH-JKMN");
    outcome.set_seq(100'000);
    outcome.set_version(1);
    outcome.mutable_time()->set_seconds(1'700'000'000);
    outcome.set_services_concerned(8);
    outcome.set_cursor("01939a10-0000-7000-8000-000000000000.100000");
  };
  v1::FeedResponse answer;
  fill(answer);
  for (std::size_t i = 1; i < items; ++i)
    fill(*answer.add_more());
  const grpc::Slice slice(answer.SerializeAsString());
  return {&slice, 1};
}

class BareFeed;

/// Puts what waits as one synced batch, and answers it.
class Putter {
 public:
  Putter(const std::string& folder, std::size_t items) : items_(items), value_(kValueBytes, 'x') {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options, folder, &db);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    db_.reset(db);
    std::thread([this] { run(); }).detach();
  }
  void add(BareFeed* feed) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(feed);
    }
    some_wait_.notify_one();
  }

 private:
  void run();
  void put(std::size_t requests) {
    rocksdb::WriteBatch batch;
    for (std::size_t i = 0; i < requests * items_; ++i) {
      std::string key(8, '\0');
      std::uint64_t number = ++number_;
      for (int at = 7; at >= 0; --at, number >>= 8)
        key[static_cast<std::size_t>(at)] = static_cast<char>(number & 0xFF);
      batch.Put(key, value_).PermitUncheckedError();
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    if (!db_->Write(options, &batch).ok()) throw std::runtime_error("a put failed");
  }

  const std::size_t items_;
  const std::string value_;
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t number_ = 0;
  std::mutex mutex_;
  std::condition_variable some_wait_;
  std::vector<BareFeed*> waiting_;
};

struct BareParts {
  grpc::ByteBuffer answer;
  std::size_t requests_under_way = 1;
  std::unique_ptr<Putter> putter;
};

class BareFeed final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit BareFeed(BareParts& parts) : parts_(parts), answer_(parts.answer) { StartRead(&incoming_); }

  void OnReadDone(bool ok) override {
    if (ok) {
      {
        const std::lock_guard lock(mutex_);
        ++under_way_;
      }
      if (parts_.putter) {
        parts_.putter->add(this);
      } else {
        answered();
      }
    }
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      over_ = over_ || !ok;
    }
    go_on();
  }
  void OnWriteDone(bool) override {
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      --under_way_;
    }
    go_on();
  }
  void OnDone() override { delete this; }
  /// One more request is answered. Any thread.
  void answered() {
    {
      const std::lock_guard lock(mutex_);
      ++answered_;
    }
    go_on();
  }

 private:
  void go_on() {
    bool read = false, write = false, finish = false;
    {
      const std::lock_guard lock(mutex_);
      if (!writing_ && answered_ > 0) {
        --answered_;
        write = writing_ = true;
      }
      if (!reading_ && !over_ && under_way_ < parts_.requests_under_way) read = reading_ = true;
      if (over_ && under_way_ == 0 && !finished_) finish = finished_ = true;
    }
    if (read) StartRead(&incoming_);
    if (write) StartWrite(&answer_);
    if (finish) Finish(grpc::Status::OK);
  }

  BareParts& parts_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer answer_;
  std::mutex mutex_;
  std::size_t under_way_ = 0;  ///< read, and its answer not yet written
  std::size_t answered_ = 0;   ///< and no answer begun
  bool reading_ = true;
  bool writing_ = false;
  bool over_ = false;
  bool finished_ = false;
};

void Putter::run() {
  for (std::vector<BareFeed*> group;; group.clear()) {
    {
      std::unique_lock lock(mutex_);
      some_wait_.wait(lock, [this] { return !waiting_.empty(); });
      group.swap(waiting_);
    }
    put(group.size());
    for (BareFeed* const feed : group)
      feed->answered();
  }
}

class BarePublisher final
    : public v1::PublisherService::WithRawCallbackMethod_Feed<v1::PublisherService::Service> {
 public:
  explicit BarePublisher(BareParts& parts) : parts_(parts) {}
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Feed(grpc::CallbackServerContext*) override {
    return new BareFeed(parts_);
  }

 private:
  BareParts& parts_;
};

std::vector<std::string> words_of(int port, const std::filesystem::path& keys, std::size_t items,
                                  const std::filesystem::path& store) {
  std::vector<std::string> words{this_program(), "--bare-feed", std::to_string(port), keys.string(),
                                 std::to_string(items)};
  if (!store.empty()) words.push_back(store.string());
  return words;
}

}  // namespace

BareFeedServer::BareFeedServer(const std::filesystem::path& folder, const std::filesystem::path& keys,
                               Store store, std::size_t items)
    : port_(free_port()),
      child_(words_of(port_, keys, items,
                      store == Store::kPuts ? folder / ("bare-feed-" + std::to_string(items))
                                            : std::filesystem::path()),
             folder / "bare-feed.out") {
  wait_for_port(port_, child_);
}

int run_bare_feed_server(const std::vector<std::string>& words) {
  if (words.size() != 3 && words.size() != 4) return 2;
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the broker
  const std::filesystem::path keys(words[1]);
  const std::size_t items = std::stoul(words[2]);
  BareParts parts;
  parts.answer = answer_of(items);
  parts.requests_under_way = std::max<std::size_t>(1, kItemsUnderWay / items);
  if (words.size() == 4) parts.putter = std::make_unique<Putter>(words[3], items);
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({text_of_file(keys / "server.key"), text_of_file(keys / "server.pem")});
  BarePublisher service(parts);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + words[0], grpc::SslServerCredentials(tls));
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) throw std::runtime_error("the bare feed can't listen");
  server->Wait();
  return 0;
}

}  // namespace gjallar::bench
