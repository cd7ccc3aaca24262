// The bytes of a recording: a line that says what it is, then blocks (docs/recorded-data.md). Pure.
//
//   0  "TWB1"            20  zero (4)
//   4  kind (1)          24  number of the first event, from 1 (8)
//   5  codec (1)         32  event time of the first event (8)
//   6  zero (2)          40  crc32 of bytes 0 to 39 and of the payload (4)
//   8  payload bytes (4) 44  payload: events, zlib
//  12  bytes unpacked (4)
//  16  events (4)        all little-endian
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tw::recording {

inline constexpr std::string_view kFirstLine = "tradewind recording 1\n";
inline constexpr size_t kBlockHeader = 44;
inline constexpr uint32_t kPayloadMax = 16 << 20;  // packed or not

enum class BlockKind : uint8_t {
  kEvents = 1,
  kEnd = 2,  // the recording was ended on purpose; `first` is one past the last event
};

struct Block {
  BlockKind kind = BlockKind::kEvents;
  uint32_t events = 0;
  uint64_t first = 0;
  int64_t time_ns = 0;
  std::string payload{};  // unpacked
};

// REQUIRES: a payload within kPayloadMax.
std::string EncodeBlock(const Block& block);

struct Decoded {
  Block block;
  size_t bytes = 0;  // of the encoded block; 0: `bytes` ends inside it
};

// The block that `bytes` begins with. DataLoss: they are no block, or not what was written.
absl::StatusOr<Decoded> DecodeBlock(std::string_view bytes);

}  // namespace tw::recording
