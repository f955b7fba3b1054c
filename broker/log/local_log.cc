#include "broker/log/local_log.h"

#include <system_error>

#include "broker/core/identity.h"
#include "broker/log/appender.h"
#include "broker/log/local_snapshot.h"
#include "broker/log/rebuild.h"
#include "broker/log/upgrade.h"

namespace gjallar::log {
namespace v1 = gjallar::v1;
namespace {

core::Error read_only_error() {
  return core::make_error(v1::ERROR_CODE_UNSUPPORTED, "", "The log is open for reading only.",
                          "Ask the broker that holds it.");
}

class LocalLog final : public EventLog {
 public:
  LocalLog(LocalLogOptions options, std::unique_ptr<RocksStore> store)
      : options_(std::move(options)), store_(std::move(store)) {}
  ~LocalLog() override { close(); }

  core::Result<void> start() {
    const StoreRows rows(*store_);
    auto found = read_meta(rows);
    if (!found) return found.error();
    if (!found->has_value() && options_.read_only) {
      return core::make_error(v1::ERROR_CODE_NOT_FOUND, "", "The folder holds no log yet.",
                              "Give the data folder of a broker.");
    }
    if (options_.read_only) {  // whoever only reads can have the whole chain checked, by `verify`
      id_ = (*found)->log_id;
      head_ = (*found)->head;
      return {};
    }
    std::error_code ignored;  // left by a rebuild that was cut off
    std::filesystem::remove_all(shadow_directory(options_.directory), ignored);

    writer_ = std::make_unique<GroupWriter>(*store_, options_);
    Meta meta;
    if (found->has_value()) {
      meta = std::move(**found);
      GJALLAR_TRY(check_tail(meta.head, rows));
      if (meta.format != kFolderFormat) GJALLAR_TRY(upgrade_rows(*store_, options_.folds));
      GJALLAR_TRY(writer_->resume(meta.head));
    } else {
      meta.log_id = core::new_log_id(*options_.random);
      meta.secret = options_.random->bytes32();
      GJALLAR_TRY(writer_->begin(meta));
    }
    id_ = meta.log_id;
    appender_ = std::make_unique<Appender>(*writer_, meta.secret);
    return {};
  }

  void append(AppendRequest request, std::function<void(AppendOutcome)> done) override {
    if (appender_) return appender_->append(std::move(request), std::move(done));
    AppendOutcome outcome;
    outcome.status = AppendStatus::kUnavailable;
    outcome.error = read_only_error();
    done(std::move(outcome));
  }

  void on_prepared(std::function<void(const CommittedGroup&)> listener) override {
    if (appender_) appender_->on_prepared(std::move(listener));
  }

  void on_committed(std::function<void(const CommittedGroup&, const Head&)> listener) override {
    if (appender_) appender_->on_committed(std::move(listener));
  }

  core::LogId id() const override { return id_; }
  Head head() const override { return appender_ ? appender_->head() : head_; }
  std::unique_ptr<LogSnapshot> snapshot() const override { return std::make_unique<LocalSnapshot>(*store_); }
  std::size_t waiting() const override { return appender_ ? appender_->waiting() : 0; }
  std::string finding() const override {
    return appender_ ? appender_->finding() : read_only_error().message;
  }

  core::Result<RebuildReport> rebuild() override {
    if (!appender_) return read_only_error();
    const std::lock_guard one_at_a_time(rebuilding_);
    if (auto why = appender_->finding(); !why.empty()) {
      return core::make_error(v1::ERROR_CODE_UNAVAILABLE, "", std::move(why), "Restart the broker first.");
    }
    Rebuild rebuild(*store_, *appender_, *writer_, options_.folds, shadow_directory(options_.directory));
    return rebuild.run();
  }

  void close() override {
    if (appender_) appender_->close();
  }

 private:
  const LocalLogOptions options_;
  const std::unique_ptr<RocksStore> store_;
  core::LogId id_;
  Head head_;  ///< when read only
  std::unique_ptr<GroupWriter> writer_;
  std::unique_ptr<Appender> appender_;
  std::mutex rebuilding_;
};

}  // namespace

core::Result<std::unique_ptr<EventLog>> open_local_log(LocalLogOptions options) {
  const auto mode = options.read_only ? RocksStore::Mode::kReadOnly : RocksStore::Mode::kReadWrite;
  auto store = RocksStore::open(options.directory, mode);
  if (!store) return store.error();
  auto log = std::make_unique<LocalLog>(std::move(options), std::move(*store));
  GJALLAR_TRY(log->start());
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace gjallar::log
