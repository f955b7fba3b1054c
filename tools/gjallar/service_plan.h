#pragma once

#include <string>
#include <vector>

#include "broker/core/result.h"
#include "gjallar/v1/directory.pb.h"

namespace gjallar::tool {

/// A service as a file wants it.
struct WantedService {
  gjallar::v1::Service service;
  std::size_t entry = 0;  ///< its place in the file
};

/// One field that differs, in words for people.
struct FieldChange {
  std::string field;  ///< as in the contract: "minimum_grade"
  std::string before;
  std::string after;
};

/// A registered service that is to be another.
struct PlannedChange {
  gjallar::v1::Service service;
  std::uint64_t expected_version = 0;
  std::vector<FieldChange> fields;
  std::size_t entry = 0;  ///< its place in the file
};

/// What has to be done so that the directory is as a file says.
struct ServicePlan {
  std::vector<WantedService> add;
  std::vector<PlannedChange> change;
  std::vector<gjallar::v1::DirectoryEntry> disable;
  std::vector<std::string> unchanged;
  [[nodiscard]] bool empty() const noexcept { return add.empty() && change.empty() && disable.empty(); }
};

/// The fields in which two services differ, in the order of the contract. Pure.
[[nodiscard]] std::vector<FieldChange> changed_fields(const gjallar::v1::Service& before,
                                                      const gjallar::v1::Service& after);

/// Compares what a file wants with what is registered, disabled services included. `disable_missing`: those
/// in force that the file doesn't name. SERVICE_DISABLED, naming the entry, if it wants one that is disabled.
/// Pure.
[[nodiscard]] core::Result<ServicePlan> plan_services(
    const std::vector<WantedService>& wanted, const std::vector<gjallar::v1::DirectoryEntry>& registered,
    bool disable_missing);

/// Reads the services of a file's JSON: {"services": [...]}, or what `gjallar service list --json` prints.
/// Each is proto3 JSON of gjallar.v1.Service; opening hours may be words ("mon-fri 08:00-16:30"), and so may
/// the minimum grade ("warning"). INVALID_ARGUMENT or MISSING_FIELD names entry and field
/// ("services[3].areas"). Pure.
[[nodiscard]] core::Result<std::vector<WantedService>> parse_services(const std::string& json);

/// Words for a minimum grade: "information", "warning", "urgent"; "none" for unset.
[[nodiscard]] std::string minimum_grade_text(gjallar::v1::GradeLevel level);
[[nodiscard]] core::Result<gjallar::v1::GradeLevel> parse_minimum_grade(const std::string& word,
                                                                        const std::string& field);

}  // namespace gjallar::tool
