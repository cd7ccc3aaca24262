// Journal files with any bytes in them. Recovery takes them, cuts a torn tail or calls it damage;
// what it took is there the next time, and a writer goes on behind it.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "libs/journal/mem_file.h"
#include "libs/journal/segment.h"
#include "libs/journal/writer.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace tw::journal;  // NOLINT(google-build-using-namespace): a test of this one library

const std::string kDir = "journal";  // NOLINT(cert-err58-cpp): a short string

using Records = std::vector<std::string>;

Options SmallSegments() {
  Options options;
  options.segment_bytes = 4096;
  options.prepare_retry = std::chrono::milliseconds(0);
  return options;
}

RecordCallback Into(Records& records) {
  return [&records](uint64_t number, std::string_view record) {
    TW_CHECK(number == records.size() + 1);
    records.emplace_back(record);
    return absl::OkStatus();
  };
}

bool IsRefusal(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDataLoss ||
         status.code() == absl::StatusCode::kFailedPrecondition;
}

// A journal as a writer leaves it, its groups and records by the tape.
void WriteJournal(MemFileSystem& files, tw::fuzz::Tape& tape) {
  auto writer = Writer::Open(files, kDir, SmallSegments());
  TW_CHECK(writer.ok());
  for (int groups = tape.Byte() % 8; groups > 0; --groups) {
    for (int n = 1 + tape.Byte() % 3; n > 0; --n) {
      const size_t bytes = size_t{tape.Byte()} * 4;
      TW_CHECK((*writer)->Append(std::string(bytes, static_cast<char>(tape.Byte()))).ok());
    }
    TW_CHECK((*writer)->Sync().ok());
  }
}

// Header checksums made right again, so that what lies behind them is reached.
void Seal(std::string& bytes) {
  constexpr size_t kCrcAt = kGroupHeaderBytes - 4;
  constexpr size_t kPayloadBytesAt = 32;
  constexpr size_t kPayloadCrcAt = 36;
  const auto crc = [&](size_t at, size_t n) {
    return static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()) + at, n));
  };
  for (size_t at = bytes.find(kGroupMagic);
       at != std::string::npos && at + kGroupHeaderBytes <= bytes.size();
       at = bytes.find(kGroupMagic, at + 1)) {
    const size_t payload = DecodeU32(std::string_view(bytes).substr(at + kPayloadBytesAt));
    if (payload <= bytes.size() - at - kGroupHeaderBytes) {
      const uint32_t payload_crc = crc(at + kGroupHeaderBytes, payload);
      std::memcpy(bytes.data() + at + kPayloadCrcAt, &payload_crc, 4);
    }
    const uint32_t header_crc = crc(at, kCrcAt);
    std::memcpy(bytes.data() + at + kCrcAt, &header_crc, 4);
  }
}

// Overwrites, cuts and lengthens the files that are there.
void Damage(MemFileSystem& files, tw::fuzz::Tape& tape) {
  const auto image = files.Image();
  if (image.empty()) {
    return;
  }
  while (!tape.empty()) {
    auto it = image.begin();
    std::advance(it, tape.Byte() % image.size());
    std::string bytes = files.Contents(it->first);
    const uint8_t what = tape.Byte();
    const size_t at = bytes.empty() ? 0 : tape.Word() % bytes.size();
    const std::string_view patch = tape.Take(1 + what / 8 % 16);
    switch (what % 8) {
      case 0: bytes.resize(at); break;
      case 1: bytes.append(patch); break;
      case 2: Seal(bytes); break;
      case 3: bytes.insert(at, patch); break;
      default: bytes.replace(at, patch.size(), patch); break;
    }
    files.SetContents(it->first, bytes);
  }
}

void CheckRecovery(MemFileSystem& files) {
  Records scanned;
  const auto scan =
      Scan(files, kDir, {.from_number = 1, .on_record = Into(scanned), .on_group = {}});
  Records recovered;
  const auto recovery = Recover(files, kDir, 1, Into(recovered));
  TW_CHECK(scan.ok() == recovery.ok());
  if (!scan.ok()) {
    TW_CHECK(IsRefusal(scan.status()) && scan.status() == recovery.status());
    return;
  }
  TW_CHECK(scanned == recovered && scan->last_number == recovered.size());
  const auto verified = Verify(files, kDir);
  TW_CHECK(verified.ok() && verified->torn_bytes == 0 && verified->head_hash == scan->head_hash);
  {
    auto writer = Writer::Open(files, kDir, SmallSegments());
    TW_CHECK(writer.ok() && (*writer)->last_number() == recovered.size());
    TW_CHECK((*writer)->Append("one more").ok() && (*writer)->Sync().ok());
    recovered.emplace_back("one more");
    Records read;
    const auto end = (*writer)->NewReader()->Read(1, recovered.size(), UINT64_MAX, Into(read));
    TW_CHECK(end.ok());
  }
  Records after;
  TW_CHECK(Recover(files, kDir, 1, Into(after)).ok() && after == recovered);
}

}  // namespace

// First byte 255: the rest is the first segment. Else a journal is written by the tape, and
// damaged.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tw::fuzz::Tape tape(tw::fuzz::Text(data, size));
  MemFileSystem files;
  if (size > 0 && data[0] == 255) {
    tape.Byte();
    TW_CHECK(files.CreateDirectory(kDir).ok());
    files.SetContents(SegmentPath(kDir, 1), std::string(tape.Rest()));
  } else {
    WriteJournal(files, tape);
    Damage(files, tape);
  }
  CheckRecovery(files);
  return 0;
}
