#include "bench/support/raw_store.h"

#include <atomic>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/support/measure.h"

namespace gjallar::bench {
namespace {

std::string key_of(std::uint64_t number) {
  std::string key(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8)
    key[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xFF);
  return key;
}

}  // namespace

RawStore::RawStore(const std::filesystem::path& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, folder.string(), &db);
  if (!status.ok()) throw std::runtime_error(status.ToString());
  db_.reset(db);
}

double RawStore::synced_puts(int threads, int count, std::size_t bytes) {
  std::minstd_rand random(7);
  std::string value(bytes, '\0');
  for (char& byte : value)
    byte = static_cast<char>(random());
  std::atomic<std::uint64_t> number{next_};
  const std::uint64_t end = next_ + static_cast<std::uint64_t>(count);
  next_ = end;
  rocksdb::WriteOptions options;
  options.sync = true;
  const auto start = Clock::now();
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      for (std::uint64_t mine = number++; mine < end; mine = number++) {
        if (!db_->Put(options, key_of(mine), value).ok()) throw std::runtime_error("put failed");
      }
    });
  }
  for (auto& worker : workers)
    worker.join();
  return count / seconds_since(start);
}

double RawStore::scan() {
  const auto start = Clock::now();
  std::uint64_t records = 0;
  std::uint64_t sum = 0;
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(rocksdb::ReadOptions()));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    ++records;
    sum += iterator->value().size();
  }
  if (!iterator->status().ok() || sum == 0) throw std::runtime_error("scan failed");
  return static_cast<double>(records) / seconds_since(start);
}

}  // namespace gjallar::bench
