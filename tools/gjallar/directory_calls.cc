#include "tools/gjallar/directory_calls.h"

#include <limits>
#include <utility>

namespace gjallar::tool {
namespace {

namespace v1 = gjallar::v1;
constexpr std::chrono::seconds kDirectoryPatience{30};

}  // namespace

DirectoryCalls::DirectoryCalls(std::shared_ptr<client::Connection> connection)
    : connection_(std::move(connection)),
      publisher_(connection_),
      stub_(v1::DirectoryService::NewStub(connection_->channel())) {}

core::Result<std::unique_ptr<DirectoryCalls>> DirectoryCalls::open(const Globals& globals) {
  auto connection = client::Connection::open(globals.connection);
  if (!connection) return connection.error();
  return std::unique_ptr<DirectoryCalls>(new DirectoryCalls(std::move(*connection)));
}

core::Result<v1::DirectoryEntry> DirectoryCalls::get(const std::string& service_id) {
  grpc::ClientContext context;
  connection_->authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + kDirectoryPatience);
  v1::GetServiceRequest request;
  request.set_service_id(service_id);
  v1::GetServiceResponse response;
  const grpc::Status status = stub_->GetService(&context, request, &response);
  if (!status.ok()) return client::error_of(status);
  return response.entry();
}

core::Result<std::vector<v1::DirectoryEntry>> DirectoryCalls::list() {
  grpc::ClientContext context;
  connection_->authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + kDirectoryPatience);
  v1::ListServicesRequest request;
  request.set_include_disabled(true);
  v1::ListServicesResponse response;
  const grpc::Status status = stub_->ListServices(&context, request, &response);
  if (!status.ok()) return client::error_of(status);
  return std::vector<v1::DirectoryEntry>(response.entries().begin(), response.entries().end());
}

core::Result<void> DirectoryCalls::check(const v1::Service& service, const std::string& entry) {
  grpc::ClientContext context;
  connection_->authorize(context);
  context.set_deadline(std::chrono::system_clock::now() + kDirectoryPatience);
  // A change that no service can be ready for: the broker looks at all of it and then refuses the version.
  v1::ChangeServiceRequest request;
  *request.mutable_change()->mutable_service() = service;
  request.mutable_change()->set_expected_version(std::numeric_limits<std::uint64_t>::max());
  v1::ChangeServiceResponse response;
  const grpc::Status status = stub_->ChangeService(&context, request, &response);
  if (status.ok()) return {};
  core::Error error = client::error_of(status);
  if (error.code == v1::ERROR_CODE_STALE_VERSION || error.code == v1::ERROR_CODE_NOT_FOUND) return {};
  constexpr std::string_view kPath = "change_service.service";
  if (error.field.rfind(kPath, 0) == 0) error.field.replace(0, kPath.size(), entry);
  return error;
}

core::Result<v1::CommandOutcome> DirectoryCalls::send(const v1::Command& command,
                                                      const std::string& idempotency_key) {
  return publisher_.send(command, idempotency_key);
}

}  // namespace gjallar::tool
