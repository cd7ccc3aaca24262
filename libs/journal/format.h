// The journal's bytes: one group of records per sync, checksummed and chained. Drawn in
// docs/journal-format.md. Pure: no files, no clock. Little endian on disk and in memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/check.h"

namespace tw::journal {

using Hash = std::array<uint8_t, 32>;  // SHA-256

inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kGroupHeaderBytes = 80;
inline constexpr size_t kRecordHeaderBytes = 4;
inline constexpr size_t kRecordBytesMax = size_t{1} << 20;
inline constexpr size_t kGroupBytesMax = size_t{8} << 20;  // header and payload
inline constexpr std::string_view kGroupMagic = "TWGROUP\x1a";

struct GroupHeader {
  uint64_t journal_id = 0;    // drawn at random when a journal is made; the same in all its groups
  uint64_t first_number = 0;  // of its first record; the journal's first record is 1
  uint32_t record_count = 0;  // >= 1
  uint32_t payload_bytes = 0;
  uint32_t payload_crc = 0;
  Hash previous_hash{};  // of the group before this one; zeros in the first group

  uint64_t last_number() const { return first_number + record_count - 1; }
  size_t group_bytes() const { return kGroupHeaderBytes + payload_bytes; }
};

// The header at the start of `bytes`. DATA_LOSS: there is none, or it is damaged.
// FAILED_PRECONDITION: it is intact and of a format version that this program does not know.
absl::StatusOr<GroupHeader> DecodeGroupHeader(std::string_view bytes);

// Whether `payload` is what `header` speaks of: length, checksum and record lengths.
bool PayloadIntact(const GroupHeader& header, std::string_view payload);

// SHA-256 over a whole group, header and payload.
Hash HashOfGroup(std::string_view group);

std::string Hex(const Hash& hash);

// Calls `visit(number, record)` for each record of an intact payload; stops at the first status
// that is not OK.
template <typename Visit>
absl::Status ForEachRecord(const GroupHeader& header, std::string_view payload, Visit&& visit);

// Gathers records into one group, in one buffer that is reused from group to group.
class GroupBuilder {
 public:
  GroupBuilder() { Clear(); }

  // Requires: record.size() <= kRecordBytesMax and bytes_with(record.size()) <= kGroupBytesMax.
  void Add(std::string_view record);
  void Clear();

  bool empty() const { return count_ == 0; }
  uint32_t count() const { return count_; }
  size_t bytes() const { return buffer_.size(); }
  size_t bytes_with(size_t record_bytes) const {
    return buffer_.size() + kRecordHeaderBytes + record_bytes;
  }

  // Fills the header in. The view is valid until the next Add or Clear. Requires: !empty().
  std::string_view Seal(uint64_t journal_id, uint64_t first_number, const Hash& previous_hash);

 private:
  std::string buffer_;  // starts with room for the header
  uint32_t count_ = 0;
};

// The u32 at the start of `bytes`. Requires: bytes.size() >= 4.
uint32_t DecodeU32(std::string_view bytes);

template <typename Visit>
absl::Status ForEachRecord(const GroupHeader& header, std::string_view payload, Visit&& visit) {
  uint64_t number = header.first_number;
  while (!payload.empty()) {
    const size_t length = DecodeU32(payload);
    TW_CHECK(length <= payload.size() - kRecordHeaderBytes);
    if (absl::Status status = visit(number, payload.substr(kRecordHeaderBytes, length));
        !status.ok()) {
      return status;
    }
    payload.remove_prefix(kRecordHeaderBytes + length);
    ++number;
  }
  return absl::OkStatus();
}

}  // namespace tw::journal
