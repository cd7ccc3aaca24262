#include "libs/recording/block.h"

#include <zlib.h>

#include <cstring>

namespace tw::recording {
namespace {

constexpr std::string_view kMagic = "TWB1";
constexpr size_t kCrcAt = 40;

template <typename T>
void Put(std::string& out, size_t at, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out[at + i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
  }
}

template <typename T>
T Get(std::string_view in, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<uint64_t>(static_cast<unsigned char>(in[at + i])) << (8 * i);
  }
  return static_cast<T>(value);
}

uint32_t Crc(std::string_view head, std::string_view payload) {
  const auto add = [](uLong crc, std::string_view bytes) {
    return crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  return static_cast<uint32_t>(add(add(0, head), payload));
}

}  // namespace

std::string EncodeBlock(const Block& block) {
  uLongf packed = compressBound(static_cast<uLong>(block.payload.size()));
  std::string out(kBlockHeader + packed, '\0');
  compress2(reinterpret_cast<Bytef*>(out.data() + kBlockHeader), &packed,
            reinterpret_cast<const Bytef*>(block.payload.data()),
            static_cast<uLong>(block.payload.size()), 1);
  out.resize(kBlockHeader + packed);
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  Put(out, 4, static_cast<uint8_t>(block.kind));
  Put(out, 5, uint8_t{1});
  Put(out, 8, static_cast<uint32_t>(packed));
  Put(out, 12, static_cast<uint32_t>(block.payload.size()));
  Put(out, 16, block.events);
  Put(out, 24, block.first);
  Put(out, 32, block.time_ns);
  const std::string_view view(out);
  Put(out, kCrcAt, Crc(view.substr(0, kCrcAt), view.substr(kBlockHeader)));
  return out;
}

absl::StatusOr<Decoded> DecodeBlock(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic.substr(0, bytes.size())) {
    return absl::DataLossError("does not begin as one");
  }
  if (bytes.size() < kBlockHeader) {
    return Decoded{};
  }
  const auto packed = Get<uint32_t>(bytes, 8);
  const auto unpacked = Get<uint32_t>(bytes, 12);
  if (packed > kPayloadMax + 1024 || unpacked > kPayloadMax || Get<uint8_t>(bytes, 5) != 1) {
    return absl::DataLossError("its size or codec is none that is written");
  }
  if (bytes.size() < kBlockHeader + packed) {
    return Decoded{};
  }
  const std::string_view payload = bytes.substr(kBlockHeader, packed);
  if (Crc(bytes.substr(0, kCrcAt), payload) != Get<uint32_t>(bytes, kCrcAt)) {
    return absl::DataLossError("its checksum does not fit");
  }
  Decoded out;
  out.bytes = kBlockHeader + packed;
  out.block.kind = static_cast<BlockKind>(Get<uint8_t>(bytes, 4));
  out.block.events = Get<uint32_t>(bytes, 16);
  out.block.first = Get<uint64_t>(bytes, 24);
  out.block.time_ns = Get<int64_t>(bytes, 32);
  out.block.payload.resize(unpacked);
  uLongf size = unpacked;
  if (uncompress(reinterpret_cast<Bytef*>(out.block.payload.data()), &size,
                 reinterpret_cast<const Bytef*>(payload.data()), packed) != Z_OK ||
      size != unpacked) {
    return absl::DataLossError("its events cannot be unpacked");
  }
  return out;
}

}  // namespace tw::recording
