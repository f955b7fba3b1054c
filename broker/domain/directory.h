#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/core/ids.h"
#include "broker/domain/match_keys.h"
#include "broker/domain/service_set.h"
#include "gjallar/v1/directory.pb.h"

namespace gjallar::domain {

/// All services as they stand at one seq, with bitmaps by area, role and minimum grade, so that whom an alert
/// matches is found without a loop over services. A value: copy it to keep a moment. Not synchronised.
class Directory {
 public:
  /// Takes over the entry as it stands after an event; registers, changes or disables.
  void apply(const gjallar::v1::DirectoryEntry& entry);

  /// nullptr if there is none. The pointer is good until the next apply.
  [[nodiscard]] const gjallar::v1::DirectoryEntry* find(std::string_view service_id) const noexcept;
  [[nodiscard]] const gjallar::v1::DirectoryEntry* find(core::ServiceNumber number) const noexcept;
  /// Number for the next service to be registered.
  [[nodiscard]] core::ServiceNumber next_number() const noexcept;
  [[nodiscard]] std::size_t enabled_count() const noexcept;

  /// The enabled services that the keys match, plus the named ones (named: disabled ones too). Empty if not
  /// present.
  [[nodiscard]] ServiceSet matching(const MatchKeys& keys) const;

  /// Visits all entries by number.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& entry : entries_)
      visit(entry);
  }

 private:
  void index(const gjallar::v1::DirectoryEntry& entry, bool add);

  std::vector<gjallar::v1::DirectoryEntry> entries_;  ///< by number
  std::unordered_map<std::string, core::ServiceNumber> by_id_;
  std::unordered_map<std::string, ServiceSet> at_area_;  ///< services with exactly this area
  std::unordered_map<std::string, ServiceSet>
      within_area_;  ///< services with an area equal to or inside this one
  std::unordered_map<std::string, ServiceSet> by_role_;
  ServiceSet enabled_;
  /// [level]: services whose minimum grade is at most that level.
  std::vector<ServiceSet> by_level_ = std::vector<ServiceSet>(4);
};

/// The same question for one service, by a plain loop over its own areas and roles: what Directory::matching
/// must agree with. Includes the service's own minimum grade and `enabled`.
[[nodiscard]] bool matches(const MatchKeys& keys, const gjallar::v1::DirectoryEntry& entry);

/// Whether all that a service does is to carry out escalations: it calls those who lack an alert, and nobody
/// there acts on one.
[[nodiscard]] bool only_escalates(const gjallar::v1::Service& service);

}  // namespace gjallar::domain
