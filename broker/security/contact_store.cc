#include "broker/security/contact_store.h"

#include <fmt/format.h>

#include <utility>

#include "broker/core/digest.h"
#include "broker/log/wire.h"
#include "broker/security/files.h"

namespace gjallar::security {
namespace {

constexpr std::uint8_t kContactsFormat = 1;

/// A service id is made of letters, digits and hyphens alone.
std::filesystem::path file_of(const std::filesystem::path& folder, const std::string& service_id) {
  return folder / (service_id + ".contacts");
}

core::Error damaged(const std::filesystem::path& file) {
  return core::make_error(v1::ERROR_CODE_DATA_CORRUPT, "",
                          fmt::format("The file {} is damaged.", file.string()),
                          "Restore it from a backup, or set the service's contacts again.");
}

}  // namespace

core::Result<std::unique_ptr<ContactStore>> ContactStore::open(std::filesystem::path folder) {
  GJALLAR_TRY(make_private_folder(folder));
  return std::unique_ptr<ContactStore>(new ContactStore(std::move(folder)));
}

core::Result<void> ContactStore::put(const std::string& service_id, const core::Cursor& noted,
                                     const Contacts& contacts) {
  const std::lock_guard lock(mutex_);
  // What is damaged is replaced.
  if (const auto kept = read(service_id); kept && kept->log_id == noted.log_id && kept->seq >= noted.seq)
    return {};
  log::ByteWriter out;
  out.u8(kContactsFormat);
  out.text(noted.log_id.value());
  out.u64(noted.seq);
  out.text(contacts.SerializeAsString());
  std::string bytes = out.take();
  const core::Digest digest = core::sha256(bytes);
  bytes += core::as_view(digest);
  return write_file(file_of(folder_, service_id), bytes);
}

core::Result<ContactStore::Contacts> ContactStore::get(const std::string& service_id) const {
  const std::lock_guard lock(mutex_);
  auto kept = read(service_id);
  if (!kept) return kept.error();
  return std::move(kept->contacts);
}

core::Result<ContactStore::Kept> ContactStore::read(const std::string& service_id) const {
  const std::filesystem::path file = file_of(folder_, service_id);
  const auto bytes = read_file(file);
  if (!bytes) {
    if (bytes.error().code == v1::ERROR_CODE_NOT_FOUND) return Kept();
    return bytes.error();
  }
  const std::size_t digest_size = core::Digest().size();
  if (bytes->size() < digest_size) return damaged(file);
  const auto body = std::string_view(*bytes).substr(0, bytes->size() - digest_size);
  const core::Digest digest = core::sha256(body);
  if (std::string_view(*bytes).substr(body.size()) != core::as_view(digest)) return damaged(file);
  log::ByteReader in(body);
  Kept kept;
  const bool known = in.u8() == kContactsFormat;
  kept.log_id = core::LogId(in.text());
  kept.seq = in.u64();
  if (!known || !kept.contacts.ParseFromString(in.text()) || !in.whole()) return damaged(file);
  return kept;
}

}  // namespace gjallar::security
