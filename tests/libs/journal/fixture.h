// What the journal's tests share: small journals in memory, and reading everything back.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "libs/journal/mem_file.h"
#include "libs/journal/recovery.h"
#include "libs/journal/segment.h"
#include "libs/journal/writer.h"

namespace tw::journal {

inline const std::string kDir = "journal";

inline Options SmallSegments() {
  Options options;
  options.segment_bytes = 4096;
  options.prepare_retry = std::chrono::milliseconds(0);
  return options;
}

inline std::unique_ptr<Writer> MustOpen(FileSystem& files, Options options = SmallSegments()) {
  auto writer = Writer::Open(files, kDir, options);
  EXPECT_TRUE(writer.ok()) << writer.status();
  return *std::move(writer);
}

// std::mt19937 with the width that it says.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  uint32_t operator()() { return static_cast<uint32_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

using Records = std::vector<std::string>;

// Appends `groups` groups of 1 to 4 records each, 0 to `record_max` bytes long, and syncs each.
// Answers all records; `ends`, when given, gets the number of records up to each group's end.
inline Records Fill(Writer& writer,
                    int groups,
                    uint32_t seed,
                    size_t record_max = 300,
                    std::vector<uint64_t>* ends = nullptr) {
  Random random(seed);
  Records records;
  for (int i = 0; i < groups; ++i) {
    for (uint32_t n = 1 + random() % 4; n > 0; --n) {
      std::string record(random() % (record_max + 1), '\0');
      for (char& c : record) {
        c = static_cast<char>(random());
      }
      EXPECT_TRUE(writer.Append(record).ok());
      records.push_back(record);
    }
    EXPECT_TRUE(writer.Sync().ok());
    if (ends != nullptr) {
      ends->push_back(records.size());
    }
  }
  return records;
}

struct ReadBack {
  absl::StatusOr<RecoveryReport> report;
  Records records;
};

inline ReadBack ScanAll(FileSystem& files) {
  ReadBack back;
  ScanOptions options;
  options.on_record = [&back](uint64_t number, std::string_view record) {
    EXPECT_EQ(number, back.records.size() + 1);
    back.records.emplace_back(record);
    return absl::OkStatus();
  };
  back.report = Scan(files, kDir, options);
  return back;
}

inline Records Prefix(const Records& records, size_t n) {
  return Records(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(n));
}

}  // namespace tw::journal
