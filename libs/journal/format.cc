#include "libs/journal/format.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <bit>
#include <cstring>

#include "absl/strings/escaping.h"

namespace tw::journal {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is written as memory lies");

// Places in the header; docs/journal-format.md draws them.
constexpr size_t kVersionAt = 8;
constexpr size_t kCountAt = 12;
constexpr size_t kJournalIdAt = 16;
constexpr size_t kFirstNumberAt = 24;
constexpr size_t kPayloadBytesAt = 32;
constexpr size_t kPayloadCrcAt = 36;
constexpr size_t kPreviousHashAt = 40;
constexpr size_t kReservedAt = 72;
constexpr size_t kHeaderCrcAt = 76;
static_assert(kHeaderCrcAt + sizeof(uint32_t) == kGroupHeaderBytes);
static_assert(kGroupMagic.size() == kVersionAt);

template <typename T>
void Put(char* at, T value) {
  std::memcpy(at, &value, sizeof(value));
}

template <typename T>
T Get(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(value));
  return value;
}

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

// SHA256() looks for its algorithm by name at each call, which takes longer than a small group
// does.
class Sha256 {
 public:
  Sha256() { TW_CHECK(algorithm_ != nullptr && context_ != nullptr); }
  ~Sha256() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(algorithm_);
  }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Hash Of(std::string_view bytes) {
    Hash hash;
    TW_CHECK(EVP_DigestInit_ex(context_, algorithm_, nullptr) == 1 &&
             EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1 &&
             EVP_DigestFinal_ex(context_, hash.data(), nullptr) == 1);
    return hash;
  }

 private:
  EVP_MD* const algorithm_ = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* const context_ = EVP_MD_CTX_new();
};

}  // namespace

uint32_t DecodeU32(std::string_view bytes) {
  return Get<uint32_t>(bytes, 0);
}

absl::StatusOr<GroupHeader> DecodeGroupHeader(std::string_view bytes) {
  if (bytes.size() < kGroupHeaderBytes || bytes.substr(0, kGroupMagic.size()) != kGroupMagic) {
    return absl::DataLossError("no group header");
  }
  bytes = bytes.substr(0, kGroupHeaderBytes);
  if (Get<uint32_t>(bytes, kHeaderCrcAt) != Crc(bytes.substr(0, kHeaderCrcAt))) {
    return absl::DataLossError("group header checksum differs");
  }
  if (const auto version = Get<uint32_t>(bytes, kVersionAt); version != kFormatVersion) {
    return absl::FailedPreconditionError("journal format version " + std::to_string(version) +
                                         " is unknown to this program, which reads version " +
                                         std::to_string(kFormatVersion));
  }
  GroupHeader header;
  header.record_count = Get<uint32_t>(bytes, kCountAt);
  header.journal_id = Get<uint64_t>(bytes, kJournalIdAt);
  header.first_number = Get<uint64_t>(bytes, kFirstNumberAt);
  header.payload_bytes = Get<uint32_t>(bytes, kPayloadBytesAt);
  header.payload_crc = Get<uint32_t>(bytes, kPayloadCrcAt);
  std::memcpy(header.previous_hash.data(), bytes.data() + kPreviousHashAt,
              header.previous_hash.size());
  if (header.record_count == 0 || header.first_number == 0 ||
      header.group_bytes() > kGroupBytesMax) {
    return absl::DataLossError("group header holds impossible values");
  }
  return header;
}

bool PayloadIntact(const GroupHeader& header, std::string_view payload) {
  if (payload.size() != header.payload_bytes || Crc(payload) != header.payload_crc) {
    return false;
  }
  uint32_t count = 0;
  while (!payload.empty()) {
    if (payload.size() < kRecordHeaderBytes) {
      return false;
    }
    const size_t length = DecodeU32(payload);
    if (length > kRecordBytesMax || length > payload.size() - kRecordHeaderBytes) {
      return false;
    }
    payload.remove_prefix(kRecordHeaderBytes + length);
    ++count;
  }
  return count == header.record_count;
}

Hash HashOfGroup(std::string_view group) {
  thread_local Sha256 sha256;
  return sha256.Of(group);
}

std::string Hex(const Hash& hash) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

void GroupBuilder::Add(std::string_view record) {
  TW_CHECK(record.size() <= kRecordBytesMax);
  TW_CHECK(bytes_with(record.size()) <= kGroupBytesMax);
  char length[kRecordHeaderBytes];
  Put(length, static_cast<uint32_t>(record.size()));
  buffer_.append(length, sizeof(length));
  buffer_.append(record);
  ++count_;
}

void GroupBuilder::Clear() {
  buffer_.assign(kGroupHeaderBytes, '\0');
  count_ = 0;
}

std::string_view GroupBuilder::Seal(uint64_t journal_id,
                                    uint64_t first_number,
                                    const Hash& previous_hash) {
  TW_CHECK(count_ > 0);
  char* header = buffer_.data();
  const std::string_view payload = std::string_view(buffer_).substr(kGroupHeaderBytes);
  std::memcpy(header, kGroupMagic.data(), kGroupMagic.size());
  Put(header + kVersionAt, kFormatVersion);
  Put(header + kCountAt, count_);
  Put(header + kJournalIdAt, journal_id);
  Put(header + kFirstNumberAt, first_number);
  Put(header + kPayloadBytesAt, static_cast<uint32_t>(payload.size()));
  Put(header + kPayloadCrcAt, Crc(payload));
  std::memcpy(header + kPreviousHashAt, previous_hash.data(), previous_hash.size());
  Put(header + kReservedAt, uint32_t{0});
  Put(header + kHeaderCrcAt, Crc(std::string_view(header, kHeaderCrcAt)));
  return buffer_;
}

}  // namespace tw::journal
