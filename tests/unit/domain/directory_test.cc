#include "broker/domain/directory.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_services.h"

namespace gjallar::domain {
namespace {

using testing::sample_entry;
using testing::sample_service;

MatchKeys keys_of(const std::vector<std::string>& areas, const std::vector<std::string>& roles,
                  v1::GradeLevel level = v1::GRADE_LEVEL_URGENT) {
  MatchKeys keys;
  keys.present = true;
  keys.level = level;
  keys.groups.push_back({areas, roles, v1::GRADE_LEVEL_UNSPECIFIED});
  return keys;
}

bool reaches_service(const v1::Service& service, const MatchKeys& keys) {
  Directory directory;
  const v1::DirectoryEntry entry = sample_entry(service, 0);
  directory.apply(entry);
  const bool found = directory.matching(keys).contains(0);
  CHECK(found == matches(keys, entry));
  return found;
}

TEST_CASE(
    "a county's service meets the alerts of its municipalities, and a municipality's those of its county") {
  const v1::Service county = sample_service("a", {"SE-12"});
  const v1::Service municipality = sample_service("b", {"SE-1280"});
  CHECK(reaches_service(county, keys_of({"SE-1280"}, {})));
  CHECK(reaches_service(municipality, keys_of({"SE-12"}, {})));
  CHECK(reaches_service(municipality, keys_of({"SE"}, {})));
  CHECK(reaches_service(sample_service("c", {"SE"}), keys_of({"SE-1280"}, {})));
  CHECK_FALSE(reaches_service(municipality, keys_of({"SE-1281"}, {})));
  CHECK_FALSE(reaches_service(municipality, keys_of({"SE-01", "NO", "NO-46"}, {})));
}

TEST_CASE("what isn't formed like an area meets nothing, not even itself") {
  CHECK_FALSE(reaches_service(sample_service("a", {"SE-018"}), keys_of({"SE-018"}, {})));
  CHECK_FALSE(reaches_service(sample_service("a", {"SE-01"}), keys_of({"SE-018", ""}, {})));
}

TEST_CASE("a group reaches those who have one of its roles; without roles, everyone there") {
  const v1::Service service = sample_service("a", {"SE-01"}, {"laro", "outreach"});
  CHECK(reaches_service(service, keys_of({"SE-01"}, {"pharmacy", "outreach"})));
  CHECK(reaches_service(service, keys_of({"SE-01"}, {})));
  CHECK_FALSE(reaches_service(service, keys_of({"SE-01"}, {"pharmacy"})));
}

TEST_CASE("area and role must meet in the same group") {
  MatchKeys keys = keys_of({"SE-01"}, {"pharmacy"});
  keys.groups.push_back({{"SE-12"}, {"laro"}, v1::GRADE_LEVEL_UNSPECIFIED});
  CHECK_FALSE(reaches_service(sample_service("a", {"SE-01"}, {"laro"}), keys));
  CHECK(reaches_service(sample_service("b", {"SE-12"}, {"laro"}), keys));
}

TEST_CASE("minimum grades of the service and of the group both count") {
  const v1::Service service = sample_service("a", {"SE-01"}, {"laro"}, v1::GRADE_LEVEL_WARNING);
  CHECK_FALSE(reaches_service(service, keys_of({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION)));
  CHECK(reaches_service(service, keys_of({"SE-01"}, {}, v1::GRADE_LEVEL_WARNING)));
  MatchKeys keys = keys_of({"SE-01"}, {}, v1::GRADE_LEVEL_WARNING);
  keys.groups[0].minimum_grade = v1::GRADE_LEVEL_URGENT;
  CHECK_FALSE(reaches_service(service, keys));
  keys.level = v1::GRADE_LEVEL_URGENT;
  CHECK(reaches_service(service, keys));
}

TEST_CASE("a service that is named is reached whatever its areas, roles and minimum grade") {
  MatchKeys keys = keys_of({"SE-01"}, {}, v1::GRADE_LEVEL_INFORMATION);
  keys.services = {"far-away", "nobody-knows-it"};
  CHECK(reaches_service(sample_service("far-away", {"NO-46"}, {"laro"}, v1::GRADE_LEVEL_URGENT), keys));
}

TEST_CASE("keys that are not present reach nobody") {
  MatchKeys keys = keys_of({"SE-01"}, {});
  keys.services = {"a"};
  keys.present = false;
  CHECK_FALSE(reaches_service(sample_service("a"), keys));
}

TEST_CASE("a disabled service is reached by name only") {
  Directory directory = testing::sample_directory({sample_service("a"), sample_service("b")});
  v1::DirectoryEntry entry = *directory.find("a");
  entry.set_enabled(false);
  directory.apply(entry);
  CHECK(directory.enabled_count() == 1);
  CHECK_FALSE(directory.matching(keys_of({"SE-01"}, {})).contains(0));
  CHECK(directory.matching(keys_of({"SE-01"}, {})).contains(1));
  CHECK(directory.matching(match_keys_naming({"a"})).contains(0));
}

TEST_CASE("a change moves a service: nothing of what it was stays behind") {
  Directory directory = testing::sample_directory({sample_service("a", {"SE-01"}, {"laro"})});
  v1::DirectoryEntry entry = *directory.find("a");
  *entry.mutable_service() = sample_service("a", {"NO-46"}, {"pharmacy"}, v1::GRADE_LEVEL_URGENT);
  directory.apply(entry);
  CHECK(directory.matching(keys_of({"SE"}, {})).empty());
  CHECK(directory.matching(keys_of({"NO"}, {"laro"})).empty());
  CHECK(directory.matching(keys_of({"NO"}, {}, v1::GRADE_LEVEL_WARNING)).empty());
  CHECK(directory.matching(keys_of({"NO"}, {"pharmacy"})).contains(0));
}

TEST_CASE("services are found by id and by number, and numbers count up") {
  Directory directory;
  CHECK(directory.next_number() == 0);
  CHECK(directory.find("a") == nullptr);
  CHECK(directory.find(core::ServiceNumber{0}) == nullptr);
  directory = testing::sample_directory({sample_service("a"), sample_service("b")});
  CHECK(directory.next_number() == 2);
  CHECK(directory.find("b")->number() == 1);
  CHECK(directory.find(core::ServiceNumber{1})->service().service_id() == "b");
  CHECK(directory.find("c") == nullptr);
  CHECK(directory.find(core::ServiceNumber{2}) == nullptr);
}

TEST_CASE("entries may be taken over in any order, as rows sorted by id are") {
  Directory directory;
  directory.apply(sample_entry(sample_service("a", {"SE-12"}), 2));
  directory.apply(sample_entry(sample_service("b", {"SE-01"}), 0));
  CHECK(directory.find(core::ServiceNumber{1}) == nullptr);
  directory.apply(sample_entry(sample_service("c", {"SE-01"}), 1));
  CHECK(directory.next_number() == 3);
  CHECK(directory.enabled_count() == 3);
  std::string order;
  directory.for_each([&order](const v1::DirectoryEntry& entry) { order += entry.service().service_id(); });
  CHECK(order == "bca");
  CHECK(directory.matching(keys_of({"SE-01"}, {})).count() == 2);
}

TEST_CASE("a copy of a directory keeps the moment") {
  Directory directory = testing::sample_directory({sample_service("a")});
  const Directory then = directory;
  directory.apply(sample_entry(sample_service("b"), 1));
  CHECK(then.find("b") == nullptr);
  CHECK(then.matching(keys_of({"SE-01"}, {})).count() == 1);
}

}  // namespace
}  // namespace gjallar::domain
