#include <catch2/catch.hpp>

#include "broker/log/store_rows.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::log {
namespace {

std::string keys_of(const RowReader& rows, std::string_view from, std::string_view to) {
  std::string keys;
  REQUIRE(rows.scan(Column::kView, from, to,
                    [&keys](std::string_view key, std::string_view) {
                      keys += key;
                      return true;
                    })
              .has_value());
  return keys;
}

std::string keys_back(const RowReader& rows, std::string_view from) {
  std::string keys;
  REQUIRE(rows.scan_back(Column::kView, from,
                         [&keys](std::string_view key, std::string_view) {
                           keys += key;
                           return keys.size() < 2;
                         })
              .has_value());
  return keys;
}

}  // namespace

TEST_CASE("the key after a prefix is the first that doesn't begin with it") {
  CHECK(after_prefix("ab") == "ac");
  CHECK(after_prefix("a\xFF") == "b");
  CHECK(after_prefix("\xFF\xFF").empty());
  CHECK(after_prefix("").empty());
}

TEST_CASE("a batch reads its own writes, and takes back what a failed command wrote") {
  testing::TemporaryDirectory folder;
  const auto store = RocksStore::open(folder.path() / "log", RocksStore::Mode::kReadWrite).value();
  BatchRows rows(*store);
  for (const char* key : {"a", "c", "e"})
    rows.put(Column::kView, key, "old");
  REQUIRE(rows.write().has_value());
  rows.clear();

  rows.put(Column::kView, "b", "new");
  rows.erase(Column::kView, "c");
  rows.put(Column::kView, "a", "new");
  CHECK(keys_of(rows, "", "") == "abe");
  CHECK(keys_of(rows, "b", "e") == "b");
  CHECK(keys_back(rows, "d") == "ba");
  CHECK(rows.get(Column::kView, "a").value() == "new");
  CHECK_FALSE(rows.get(Column::kView, "c").value().has_value());

  rows.begin_part();
  rows.put(Column::kView, "c", "again");
  rows.put(Column::kView, "a", "newer");
  rows.erase(Column::kView, "b");
  CHECK(keys_of(rows, "", "") == "ace");
  rows.take_back_part();
  CHECK(keys_of(rows, "", "") == "abe");
  CHECK(rows.get(Column::kView, "a").value() == "new");

  const StoreSnapshot moment(*store);
  REQUIRE(rows.write().has_value());
  CHECK(keys_of(StoreRows(*store), "", "") == "abe");
  CHECK(keys_of(StoreRows(*store, moment.get()), "", "") == "ace");
  CHECK(keys_back(StoreRows(*store), "d") == "ba");
}

TEST_CASE("a fold that writes to a column of another is stopped") {
  testing::TemporaryDirectory folder;
  const auto store = RocksStore::open(folder.path() / "log", RocksStore::Mode::kReadWrite).value();
  BatchRows rows(*store);
  rows.allow_only({Column::kView});
  rows.put(Column::kView, "a", "fine");
  CHECK_THROWS(rows.put(Column::kAlert, "a", "not fine"));
  CHECK_THROWS(rows.erase(Column::kEvent, "a"));
  rows.allow_all();
  rows.put(Column::kAlert, "a", "fine");
}

}  // namespace gjallar::log
