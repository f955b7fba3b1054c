#pragma once

#include <string>
#include <vector>

#include "broker/domain/directory.h"
#include "broker/domain/match_keys.h"
#include "broker/domain/service_set.h"
#include "gjallar/v1/alert.pb.h"

/// Whether an alert may name another without telling anybody of it who doesn't know of it. Pure.
namespace gjallar::domain {

/// Who may know that an alert is there: whom it concerned or concerns, its sender's service, and the
/// coordinators of its areas, whatever grade they ask for. All who receive its content are among them.
struct Circle {
  ServiceSet services;
  MatchKeys keys;                  ///< whom it will concern if they join the directory later
  std::vector<std::string> areas;  ///< areas_concerned
  std::string sender;              ///< the principal
};
/// `told`: every service that an event of the alert concerned.
[[nodiscard]] Circle circle_of(const gjallar::v1::Alert& alert, const ServiceSet& told,
                               const Directory& directory);

/// Whether everybody in `inner` is in `outer` too: now, and by areas, roles and minimum grade of the
/// audiences whoever joins later. Services have minimum grades of their own, so an alert covers none that is
/// graver than itself; coordinators may know of all. Work: areas × roles of the inner audience.
[[nodiscard]] bool covers(const Circle& outer, const Circle& inner);
/// The part of it about who joins later: whether all whom `groups` of an alert of this level mean are
/// concerned by the outer alert.
[[nodiscard]] bool covers(const Circle& outer, const std::vector<MatchGroup>& groups,
                          gjallar::v1::GradeLevel level);

/// The areas of an alert's audience and of what was found; sorted, each once.
[[nodiscard]] std::vector<std::string> areas_concerned(const gjallar::v1::Alert& alert);
/// Where two lists of areas meet: of each pair the narrower; sorted, each once. Who meets one of these meets
/// both lists.
[[nodiscard]] std::vector<std::string> areas_of_both(const std::vector<std::string>& a,
                                                     const std::vector<std::string>& b);
/// The coordinators whose areas meet one of these.
[[nodiscard]] MatchGroup coordinators_of(std::vector<std::string> areas);

}  // namespace gjallar::domain
