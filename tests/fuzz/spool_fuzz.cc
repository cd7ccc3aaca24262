// Spool segments with any bytes in them. Opening never fails on them: it counts what is damaged,
// hands out whole rows, and takes new ones behind.
#include <zlib.h>

#include <cstring>

#include "libs/ilp/spool.h"
#include "libs/ilp/spool_record.h"
#include "tests/fuzz/fuzz.h"

namespace {

using tw::Timestamp;
using tw::ilp::LineBuffer;
using tw::ilp::Spool;

// Records by the tape: each a few rows of a few bytes.
std::string Records(tw::fuzz::Tape& tape) {
  std::string bytes;
  uint64_t index = tape.Byte();
  for (int n = tape.Byte() % 6; n > 0; --n) {
    std::vector<uint32_t> ends;
    std::string lines;
    for (int rows = 1 + tape.Byte() % 4; rows > 0; --rows) {
      lines.append(1 + tape.Byte() % 20, 'r');
      lines += '\n';
      ends.push_back(static_cast<uint32_t>(lines.size()));
    }
    bytes += tw::ilp::EncodeRecord(index, Timestamp{int64_t{tape.Byte()}}, ends, lines);
    index += tape.Byte() % 8 == 7 ? tape.Word() : 1;
  }
  return bytes;
}

// Checksums made right again, so that what lies behind them is reached.
void Seal(std::string& bytes) {
  for (size_t at = bytes.find("TWS1"); at != std::string::npos; at = bytes.find("TWS1", at + 1)) {
    if (bytes.size() - at < tw::ilp::kRecordHeaderBytes) {
      return;
    }
    uint32_t payload = 0;
    std::memcpy(&payload, bytes.data() + at + 8, 4);
    if (payload > bytes.size() - at - tw::ilp::kRecordHeaderBytes) {
      continue;
    }
    const auto crc = static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()) + at + 8,
                tw::ilp::kRecordHeaderBytes - 8 + payload));
    std::memcpy(bytes.data() + at + 4, &crc, 4);
  }
}

void Damage(std::string& bytes, tw::fuzz::Tape& tape) {
  for (int n = tape.Byte() % 8; n > 0; --n) {
    const size_t at = bytes.empty() ? 0 : tape.Word() % bytes.size();
    const uint8_t what = tape.Byte();
    const std::string_view patch = tape.Take(1 + what / 8 % 16);
    switch (what % 8) {
      case 0: bytes.resize(at); break;
      case 1: bytes.insert(at, patch); break;
      case 2:
      case 3: Seal(bytes); break;
      default: bytes.replace(at, patch.size(), patch); break;
    }
  }
}

// Rows cover the lines from first to last, each at least one byte.
void CheckRows(const tw::ilp::SpooledRows& rows) {
  uint32_t before = 0;
  for (const uint32_t end : rows.row_ends) {
    TW_CHECK(end > before);
    before = end;
  }
  TW_CHECK(before == rows.lines.size());
}

uint64_t Drain(Spool& spool) {
  uint64_t rows = 0;
  for (int reads = 0;; ++reads) {
    TW_CHECK(reads < 10'000);
    const auto read = spool.Read(3, 1000);
    if (!read.ok()) {
      TW_CHECK(read.status().code() == absl::StatusCode::kDataLoss);
      continue;
    }
    if (!*read) {
      return rows;
    }
    CheckRows(**read);
    rows += (*read)->row_ends.size();
    spool.MarkDelivered((*read)->next_index, Timestamp{});
  }
}

LineBuffer OneRow() {
  LineBuffer row;
  TW_CHECK(row.Table("t").Int("n", 1).At(Timestamp{1}).ok());
  return row;
}

uint64_t WaitingRows(const Spool& spool) {
  return spool.stats().waiting_rows;
}

void CheckSpool(const std::string& folder) {
  uint64_t left = 0;
  {
    auto spool = Spool::Open({.dir = folder});
    TW_CHECK(spool.ok());
    const uint64_t found = WaitingRows(**spool);
    TW_CHECK((*spool)->Append(OneRow(), Timestamp{1}).ok());
    TW_CHECK(WaitingRows(**spool) == found + 1);
    TW_CHECK(Drain(**spool) == found + 1 && WaitingRows(**spool) == 0);
    (*spool)->Rewind();
    left = WaitingRows(**spool);
    TW_CHECK(left >= 1);
  }
  auto again = Spool::Open({.dir = folder});
  TW_CHECK(again.ok() && WaitingRows(**again) == left && (*again)->stats().torn_bytes == 0);
  TW_CHECK(Drain(**again) == left);
}

}  // namespace

// First byte odd: the rest is one segment. Else: two segments of records, damaged.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tw::fuzz::Folder home("spool");
  tw::fuzz::Tape tape(tw::fuzz::Text(data, size));
  const std::string folder = home.path() + "/s";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  if (tape.Byte() % 2 == 1) {
    home.Write("s/00000000000000000001.seg", tape.Rest());
  } else {
    std::string first = Records(tape);
    std::string second = Records(tape);
    Damage(first, tape);
    Damage(second, tape);
    home.Write("s/00000000000000000001.seg", first);
    home.Write("s/00000000000000000100.seg", second);
    if (!tape.empty()) {
      home.Write("s/delivered", tape.Rest());
    }
  }
  CheckSpool(folder);
  return 0;
}
