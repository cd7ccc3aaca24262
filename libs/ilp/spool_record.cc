#include "libs/ilp/spool_record.h"

#include <zlib.h>

#include <bit>
#include <cstring>

#include "libs/base/check.h"

namespace tw::ilp {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr char kMagic[] = {'T', 'W', 'S', '1'};
constexpr size_t kCrcOffset = 4;
constexpr size_t kLengthOffset = 8;
constexpr size_t kRowsOffset = 12;
constexpr size_t kIndexOffset = 16;
constexpr size_t kTimeOffset = 24;

template <typename T>
void Put(std::string& out, size_t offset, T value) {
  std::memcpy(out.data() + offset, &value, sizeof(value));
}

template <typename T>
T Get(std::string_view in, size_t offset) {
  T value;
  std::memcpy(&value, in.data() + offset, sizeof(value));
  return value;
}

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

bool RowsCoverLines(const RecordHeader& header, std::string_view payload) {
  uint32_t end = 0;
  for (uint32_t row = 0; row < header.rows; ++row) {
    const auto next = Get<uint32_t>(payload, row * sizeof(uint32_t));
    if (next <= end) {
      return false;
    }
    end = next;
  }
  return header.rows * sizeof(uint32_t) + end == payload.size();
}

}  // namespace

std::string EncodeRecord(uint64_t index,
                         Timestamp time,
                         std::span<const uint32_t> row_ends,
                         std::string_view lines) {
  const size_t payload = row_ends.size_bytes() + lines.size();
  TW_CHECK(payload <= kRecordPayloadBytesMax);
  std::string out;
  out.reserve(kRecordHeaderBytes + payload);
  out.resize(kRecordHeaderBytes);
  std::memcpy(out.data(), kMagic, sizeof(kMagic));
  Put(out, kLengthOffset, static_cast<uint32_t>(payload));
  Put(out, kRowsOffset, static_cast<uint32_t>(row_ends.size()));
  Put(out, kIndexOffset, index);
  Put(out, kTimeOffset, time.ns);
  out.append(reinterpret_cast<const char*>(row_ends.data()), row_ends.size_bytes());
  out.append(lines);
  Put(out, kCrcOffset, Crc(std::string_view(out).substr(kLengthOffset)));
  return out;
}

std::optional<RecordHeader> DecodeRecord(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes || std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) != 0) {
    return std::nullopt;
  }
  RecordHeader header;
  header.payload_bytes = Get<uint32_t>(bytes, kLengthOffset);
  header.rows = Get<uint32_t>(bytes, kRowsOffset);
  header.index = Get<uint64_t>(bytes, kIndexOffset);
  header.time = Timestamp{Get<int64_t>(bytes, kTimeOffset)};
  if (header.payload_bytes > bytes.size() - kRecordHeaderBytes ||
      size_t{header.rows} * sizeof(uint32_t) > header.payload_bytes) {
    return std::nullopt;
  }
  const size_t end = kRecordHeaderBytes + header.payload_bytes;
  if (Crc(bytes.substr(kLengthOffset, end - kLengthOffset)) != Get<uint32_t>(bytes, kCrcOffset)) {
    return std::nullopt;
  }
  if (!RowsCoverLines(header, bytes.substr(kRecordHeaderBytes, header.payload_bytes))) {
    return std::nullopt;
  }
  return header;
}

std::optional<size_t> FindRecord(std::string_view bytes, size_t from) {
  const std::string_view magic(kMagic, sizeof(kMagic));
  for (size_t at = bytes.find(magic, from); at != std::string_view::npos;
       at = bytes.find(magic, at + 1)) {
    if (DecodeRecord(bytes.substr(at))) {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace tw::ilp
