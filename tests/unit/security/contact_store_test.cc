#include "broker/security/contact_store.h"

#include <catch2/catch.hpp>

#include "broker/security/files.h"
#include "tests/support/temporary_directory.h"

namespace gjallar::security {
namespace {

const core::LogId kLog("AAAAAAAAAAAAAAAA");

ContactStore::Contacts contacts_with(const std::string& value) {
  ContactStore::Contacts contacts;
  contacts.add_contacts()->set_way("telephone");
  contacts.mutable_contacts(0)->set_value(value);
  contacts.mutable_contacts(0)->set_on_call(true);
  return contacts;
}

std::string value_of(const ContactStore& store) {
  const auto contacts = store.get("clinic");
  REQUIRE(contacts.has_value());
  return contacts->contacts().empty() ? "" : contacts->contacts(0).value();
}

}  // namespace

TEST_CASE("contacts are there after the store is opened again; a service without has none") {
  const testing::TemporaryDirectory folder;
  auto store = *ContactStore::open(folder.path() / "contacts");
  CHECK(value_of(*store).empty());
  REQUIRE(store->put("clinic", {kLog, 5}, contacts_with("+4681234567")).has_value());
  const auto again = *ContactStore::open(folder.path() / "contacts");
  CHECK(value_of(*again) == "+4681234567");
  CHECK(again->get("clinic")->contacts(0).on_call());
  CHECK(again->get("another")->contacts().empty());
}

TEST_CASE("what was replaced is nowhere in the folder, which its owner alone may enter") {
  const testing::TemporaryDirectory folder;
  const auto path = folder.path() / "contacts";
  auto store = *ContactStore::open(path);
  REQUIRE(store->put("clinic", {kLog, 5}, contacts_with("+4681111111")).has_value());
  REQUIRE(store->put("clinic", {kLog, 6}, contacts_with("+4682222222")).has_value());
  std::string everything;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    everything += *read_file(entry.path());
    CHECK((entry.status().permissions() & std::filesystem::perms::others_all) ==
          std::filesystem::perms::none);
    CHECK((entry.status().permissions() & std::filesystem::perms::group_all) == std::filesystem::perms::none);
  }
  CHECK(everything.find("+4681111111") == std::string::npos);
  CHECK(everything.find("+4682222222") != std::string::npos);
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::others_all) ==
        std::filesystem::perms::none);
  REQUIRE(store->put("clinic", {kLog, 7}, {}).has_value());
  CHECK(value_of(*store).empty());
}

TEST_CASE("a repeat that comes late takes nothing back; another log begins anew") {
  const testing::TemporaryDirectory folder;
  auto store = *ContactStore::open(folder.path());
  REQUIRE(store->put("clinic", {kLog, 6}, contacts_with("+4682222222")).has_value());
  REQUIRE(store->put("clinic", {kLog, 5}, contacts_with("+4681111111")).has_value());
  CHECK(value_of(*store) == "+4682222222");
  REQUIRE(
      store->put("clinic", {core::LogId("BBBBBBBBBBBBBBBB"), 3}, contacts_with("+4683333333")).has_value());
  CHECK(value_of(*store) == "+4683333333");
}

TEST_CASE("a flipped bit is found, names the file and not the contact, and a new setting mends it") {
  const testing::TemporaryDirectory folder;
  auto store = *ContactStore::open(folder.path());
  REQUIRE(store->put("clinic", {kLog, 5}, contacts_with("+4681111111")).has_value());
  const auto file = folder.path() / "clinic.contacts";
  const std::string whole = *read_file(file);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    REQUIRE(write_file(file, damaged).has_value());
    const auto read = store->get("clinic");
    REQUIRE(read.has_error());
    CHECK(read.error().code == v1::ERROR_CODE_DATA_CORRUPT);
    CHECK(read.error().message.find("clinic.contacts") != std::string::npos);
    CHECK(core::to_text(read.error()).find("111111") == std::string::npos);
  }
  REQUIRE(store->put("clinic", {kLog, 5}, contacts_with("+4681111111")).has_value());
  CHECK(value_of(*store) == "+4681111111");
}

}  // namespace gjallar::security
