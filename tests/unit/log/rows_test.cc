#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

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

namespace {

/// Keys and values of a range, ascending, as `rows` scans it; descending if `back`, from `to` on.
std::vector<std::pair<std::string, std::string>> rows_of(const RowReader& rows, std::string_view from,
                                                         std::string_view to, bool back = false) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto take = [&](std::string_view key, std::string_view value) {
    if (back && key < from) return false;
    out.emplace_back(key, value);
    return true;
  };
  const auto scanned =
      back ? rows.scan_back(Column::kView, to, take) : rows.scan(Column::kView, from, to, take);
  REQUIRE(scanned.has_value());
  return out;
}

}  // namespace

TEST_CASE("a batch reads as the store will once it is written, whatever was put, erased and taken back") {
  testing::TemporaryDirectory folder;
  const auto store = RocksStore::open(folder.path() / "log", RocksStore::Mode::kReadWrite).value();
  BatchRows rows(*store);
  std::map<std::string, std::string> model;
  std::minstd_rand random(11);
  const auto some_key = [&random] { return fmt::format("k{:02}", random() % 40); };
  const auto check = [&](const RowReader& reader) {
    const std::string from = some_key(), to = some_key();
    std::vector<std::pair<std::string, std::string>> expected(model.lower_bound(from),
                                                              model.lower_bound(std::max(from, to)));
    CHECK(rows_of(reader, from, std::max(from, to)) == expected);
    expected.assign(model.lower_bound(std::min(from, to)), model.upper_bound(to));
    std::reverse(expected.begin(), expected.end());
    CHECK(rows_of(reader, std::min(from, to), to, true) == expected);
    const auto found = model.find(from);
    CHECK(reader.get(Column::kView, from).value() ==
          (found == model.end() ? std::nullopt : std::optional(found->second)));
  };
  for (int group = 0; group < 60; ++group) {
    if (group % 2 == 0) rows.hold_store();
    for (int part = 0; part < 5; ++part) {
      const auto before = model;
      rows.begin_part();
      for (int i = 0; i < 6; ++i) {
        const std::string key = some_key();
        if (random() % 3 == 0) {
          rows.erase(Column::kView, key);
          model.erase(key);
        } else {
          model[key] = fmt::format("{}-{}-{}", group, part, i);
          rows.put(Column::kView, key, model[key]);
        }
        check(rows);
      }
      if (random() % 3 == 0) {
        rows.take_back_part();
        model = before;
      } else {
        rows.keep_part();
      }
      check(rows);
    }
    REQUIRE(rows.write().has_value());
    rows.clear();
    check(rows);
    check(StoreRows(*store));
  }
}

TEST_CASE("a scan within a scan doesn't move the outer one, though the store is held") {
  testing::TemporaryDirectory folder;
  const auto store = RocksStore::open(folder.path() / "log", RocksStore::Mode::kReadWrite).value();
  BatchRows rows(*store);
  for (const char* key : {"a", "b", "c"})
    rows.put(Column::kView, key, "");
  REQUIRE(rows.write().has_value());
  rows.clear();
  rows.hold_store();
  std::string seen;
  for (int again = 0; again < 2; ++again) {
    REQUIRE(rows.scan(Column::kView, "", "",
                      [&](std::string_view key, std::string_view) {
                        seen += key;
                        seen += keys_of(rows, "b", "");
                        return true;
                      })
                .has_value());
  }
  CHECK(seen == "abcbbccbcabcbbccbc");
}

TEST_CASE(
    "what a held store lacks is found once the batch puts it, and lacking again once that is taken back") {
  testing::TemporaryDirectory folder;
  const auto store = RocksStore::open(folder.path() / "log", RocksStore::Mode::kReadWrite).value();
  BatchRows rows(*store);
  rows.hold_store();
  CHECK(rows.get(Column::kTarget, "a").value() == std::nullopt);
  rows.begin_part();
  rows.put(Column::kTarget, "a", "new");
  CHECK(rows.get(Column::kTarget, "a").value() == "new");
  REQUIRE(rows.put_by_batch(Column::kTarget, "a") != nullptr);
  CHECK(*rows.put_by_batch(Column::kTarget, "a") == "new");
  rows.take_back_part();
  CHECK(rows.get(Column::kTarget, "a").value() == std::nullopt);
  CHECK(rows.put_by_batch(Column::kTarget, "a") == nullptr);
  // Another column's key is another.
  rows.put(Column::kView, "a", "view");
  REQUIRE(rows.write().has_value());
  rows.clear();
  rows.hold_store();
  CHECK(rows.get(Column::kTarget, "a").value() == std::nullopt);
  CHECK(rows.get(Column::kView, "a").value() == "view");
  // It stands in the store, and the batch says nothing of it, or that it goes.
  CHECK(rows.put_by_batch(Column::kView, "a") == nullptr);
  rows.erase(Column::kView, "a");
  CHECK(rows.put_by_batch(Column::kView, "a") == nullptr);
  CHECK(rows.get(Column::kView, "a").value() == std::nullopt);
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
