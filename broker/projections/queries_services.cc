#include <algorithm>
#include <utility>
#include <vector>

#include "broker/domain/area.h"
#include "broker/projections/alert_filter.h"
#include "broker/projections/alerts.h"
#include "broker/projections/queries.h"
#include "broker/projections/services.h"
#include "broker/projections/viewer.h"

namespace gjallar::projections {
namespace {

bool passes(const v1::DirectoryEntry& entry, const v1::ListServicesRequest& request) {
  const v1::Service& service = entry.service();
  if (service.service_id().empty() || (!entry.enabled() && !request.include_disabled())) return false;
  const bool area = request.area().empty() || std::any_of(service.areas().begin(), service.areas().end(),
                                                          [&request](const std::string& own) {
                                                            return domain::areas_meet(own, request.area());
                                                          });
  return area && (request.role().empty() ||
                  std::count(service.roles().begin(), service.roles().end(), request.role()) > 0);
}

}  // namespace

core::Result<v1::GetServiceResponse> get_service(const log::LogSnapshot& snapshot,
                                                 const domain::Principal& principal,
                                                 const v1::GetServiceRequest& request) {
  const auto viewer = Viewer::at(snapshot, principal, snapshot.head().seq);
  if (!viewer) return viewer.error();
  if (!viewer.value().sees_service(request.service_id())) return no_such_service("service_id");
  auto row = find_service(snapshot.rows(), request.service_id());
  if (!row) return row.error();
  if (!row.value()) return no_such_service("service_id");
  v1::GetServiceResponse response;
  response.mutable_entry()->Swap(row.value()->mutable_entry());
  return response;
}

core::Result<v1::ListServicesResponse> list_services(const log::LogSnapshot& snapshot,
                                                     const domain::Principal& principal,
                                                     const v1::ListServicesRequest& request) {
  GJALLAR_TRY(check_area_filter(request.area(), "area"));
  const auto seq = resolve_moment(snapshot, request.as_of());
  if (!seq) return seq.error();
  const auto viewer = Viewer::at(snapshot, principal, seq.value());
  if (!viewer) return viewer.error();
  const auto directory = directory_as_of(snapshot, seq.value());
  if (!directory) return directory.error();
  std::vector<const v1::DirectoryEntry*> found;
  directory.value().for_each([&](const v1::DirectoryEntry& entry) {
    if (passes(entry, request) && viewer.value().sees_service(entry.service().service_id()))
      found.push_back(&entry);
  });
  std::sort(found.begin(), found.end(), [](const v1::DirectoryEntry* a, const v1::DirectoryEntry* b) {
    return a->service().service_id() < b->service().service_id();
  });
  v1::ListServicesResponse response;
  for (const v1::DirectoryEntry* entry : found)
    *response.add_entries() = *entry;
  return response;
}

}  // namespace gjallar::projections
