// Services, principals and directory commands for tests.
#pragma once

#include <string>
#include <vector>

#include "broker/domain/directory.h"
#include "broker/domain/principal.h"
#include "gjallar/v1/command.pb.h"

namespace gjallar::testing {

[[nodiscard]] v1::Service sample_service(const std::string& id,
                                         const std::vector<std::string>& areas = {"SE-01"},
                                         const std::vector<std::string>& roles = {"syringe-exchange"},
                                         v1::GradeLevel minimum_grade = v1::GRADE_LEVEL_UNSPECIFIED);
/// The service as a directory has it: version 1, enabled.
[[nodiscard]] v1::DirectoryEntry sample_entry(const v1::Service& service, core::ServiceNumber number);
/// The services, numbered in their order.
[[nodiscard]] domain::Directory sample_directory(const std::vector<v1::Service>& services);

[[nodiscard]] v1::Command register_command(const v1::Service& service);
[[nodiscard]] v1::Command change_command(const v1::Service& service, std::uint64_t expected_version = 0);
[[nodiscard]] v1::Command disable_command(const std::string& service_id);

/// Issues every kind everywhere; revises and retracts its own; sees what is its own. No service.
[[nodiscard]] domain::Principal police();
/// As police, by another name.
[[nodiscard]] domain::Principal customs();
/// Issues, revises, retracts, assesses and sees everything. Its service is "coordinator-national".
[[nodiscard]] domain::Principal coordinator();
/// Issues its own and corrects substances of everyone's.
[[nodiscard]] domain::Principal laboratory();
/// Keeps the directory and replays; issues nothing.
[[nodiscard]] domain::Principal operator_principal();
/// A service's own: subscribes, observes, sees what concerns it. Its name is the service's.
[[nodiscard]] domain::Principal service_principal(const std::string& id);

}  // namespace gjallar::testing
