// The spool's bytes on disk.
//
//   segment  <index of its first record, 20 digits>.seg: records, one after another
//   record   | magic 4 | crc32 4 | payload length 4 | rows 4 | index 8 | time ns 8 | payload |
//   payload  | end offset of each row 4 | ... | ILP bytes |
//
// Little-endian. The crc is over everything behind it. Indices grow by one. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/time.h"

namespace tw::ilp {

struct RecordHeader {
  uint32_t payload_bytes = 0;
  uint32_t rows = 0;
  uint64_t index = 0;
  Timestamp time;
};

inline constexpr size_t kRecordHeaderBytes = 32;
inline constexpr size_t kRecordPayloadBytesMax = 64u << 20;

std::string EncodeRecord(uint64_t index,
                         Timestamp time,
                         std::span<const uint32_t> row_ends,
                         std::string_view lines);

// The record that starts at `bytes`, which may go on behind it; nullopt when there is none, or it
// is cut off, or its checksum is wrong, or its rows do not cover its lines from first to last.
std::optional<RecordHeader> DecodeRecord(std::string_view bytes);

// Where the next whole record starts at or after `from`; nullopt when there is none. For getting
// past damage.
std::optional<size_t> FindRecord(std::string_view bytes, size_t from);

}  // namespace tw::ilp
