#include "broker/log/wal_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace gjallar::log {
namespace {

using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

// github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format: blocks of 32 KiB; records of crc u32, length
// u16 (both little-endian), type u8, data; the crc covers type and data and is stored masked; 1 full, 2
// first, 3 middle, 4 last.
constexpr std::size_t kBlockBytes = std::size_t{32} * 1024;
constexpr std::size_t kRecordHeaderBytes = 7;
constexpr std::uint8_t kTypeMax = 4;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t stored_crc(std::string_view record) {
  std::uint32_t masked = 0;
  for (std::size_t i = 4; i-- > 0;)
    masked = masked << 8 | byte_at(record, i);
  const std::uint32_t rotated = masked - 0xA282EAD8U;
  return rotated >> 17 | rotated << 15;
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

/// Whether a record that seems to be cut off is whole under some shorter length: then its length was damaged.
bool whole_if_shorter(std::string_view record) {
  const auto wanted = stored_crc(record);
  Crc32c crc;
  for (std::size_t at = 6; at < record.size(); ++at) {
    crc.process_byte(byte_at(record, at));
    if (crc.checksum() == wanted) return true;
  }
  return false;
}

enum class Finding { kFine, kEnd, kDamaged };

/// Checks the records of one block up to `at`, the position of what was found.
Finding check_block(std::string_view block, bool last, std::size_t& at) {
  while (block.size() - at >= kRecordHeaderBytes) {
    const auto record = block.substr(at);
    const std::size_t length = byte_at(record, 4) | static_cast<std::size_t>(byte_at(record, 5)) << 8;
    const auto type = byte_at(record, 6);
    if (type == 0) return all_zero(record) ? Finding::kEnd : Finding::kDamaged;
    if (type > kTypeMax) return Finding::kDamaged;
    if (kRecordHeaderBytes + length > record.size()) {
      return last && !whole_if_shorter(record) ? Finding::kEnd : Finding::kDamaged;
    }
    Crc32c crc;
    crc.process_bytes(record.data() + 6, 1 + length);
    if (crc.checksum() != stored_crc(record)) return Finding::kDamaged;
    at += kRecordHeaderBytes + length;
  }
  return last || all_zero(block.substr(at)) ? Finding::kFine : Finding::kDamaged;
}

core::Error damaged(const std::filesystem::path& file, std::string_view what) {
  return core::make_error(
      gjallar::v1::ERROR_CODE_DATA_CORRUPT, "", fmt::format("{} {}.", file.string(), what),
      "Don't delete the file: it holds acknowledged events. Copy the folder and restore a backup.");
}

}  // namespace

std::optional<std::uint64_t> find_damage(std::istream& in) {
  std::string block;
  std::string next;
  const auto fill = [&in](std::string& into) {
    into.resize(kBlockBytes);
    in.read(into.data(), static_cast<std::streamsize>(into.size()));
    into.resize(static_cast<std::size_t>(in.gcount()));
  };
  bool ended = false;
  fill(block);
  for (std::uint64_t start = 0; !block.empty(); start += kBlockBytes) {
    fill(next);
    std::size_t at = 0;
    // A whole last block ends like any other; only a cut-off one may end within a record.
    const bool last = next.empty() && block.size() < kBlockBytes;
    const auto finding = ended && !all_zero(block) ? Finding::kDamaged : check_block(block, last, at);
    if (finding == Finding::kDamaged) return start + at;
    ended = ended || finding == Finding::kEnd;
    block.swap(next);
  }
  return std::nullopt;
}

core::Result<void> check_log_file(const std::filesystem::path& file) {
  std::optional<std::uint64_t> before;
  while (true) {
    std::ifstream in(file, std::ios::binary);
    std::error_code failed;
    // A flush may have moved all of it into tables and deleted it since the folder was listed.
    if (!in && !std::filesystem::exists(file, failed) && !failed) return {};
    if (!in) return damaged(file, "can't be read");
    const auto at = find_damage(in);
    if (in.bad()) return damaged(file, "can't be read");
    if (!at) return {};
    // Bytes once written never change, and what looks cut off while an append goes on is whole the next time.
    if (at == before) return damaged(file, fmt::format("is damaged at byte {} (write-ahead log)", *at));
    before = at;
  }
}

core::Result<void> check_log_files(const std::filesystem::path& directory) {
  std::error_code failed;
  if (!std::filesystem::exists(directory, failed)) return {};
  bool holds_data = false;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    const auto extension = entry.path().extension();
    if (extension == ".sst") holds_data = true;
    if (extension != ".log") continue;
    std::error_code gone;
    if (const auto size = entry.file_size(gone); !gone && size > 0) holds_data = true;
    GJALLAR_TRY(check_log_file(entry.path()));
  }
  if (failed) return damaged(directory, "can't be read: " + failed.message());
  std::ifstream current(directory / "CURRENT");
  if (std::string manifest; current && std::getline(current, manifest)) {
    if (!std::filesystem::exists(directory / manifest, failed))
      return damaged(directory / manifest, "is missing");
    return check_log_file(directory / manifest);
  }
  if (holds_data) return damaged(directory / "CURRENT", "is missing though the folder holds data");
  return {};
}

}  // namespace gjallar::log
