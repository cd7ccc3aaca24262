#include "libs/journal/format.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace tw::journal {
namespace {

std::string OneGroup() {
  GroupBuilder builder;
  builder.Add("ab");
  builder.Add("");
  builder.Add("xyz");
  Hash previous{};
  previous[0] = 0xaa;
  previous[31] = 0xbb;
  return std::string(builder.Seal(0x1122334455667788, 7, previous));
}

TEST(FormatTest, WritesTheseBytes) {
  const std::string group = OneGroup();
  ASSERT_EQ(group.size(), kGroupHeaderBytes + 3 * kRecordHeaderBytes + 5);
  EXPECT_EQ(absl::BytesToHexString(group),
            "545747524f55501a"  // magic
            "01000000"          // version
            "03000000"          // records
            "8877665544332211"  // journal id
            "0700000000000000"  // first number
            "11000000"          // payload bytes
            "dee9f82f"          // payload crc
            "aa000000000000000000000000000000000000000000000000000000000000bb"
            "00000000"  // reserved
            "1b6a7413"  // header crc
            "020000006162"
            "00000000"
            "0300000078797a");
}

TEST(FormatTest, ReadsBackWhatItWrote) {
  const std::string group = OneGroup();
  const auto header = DecodeGroupHeader(group);
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->journal_id, 0x1122334455667788u);
  EXPECT_EQ(header->first_number, 7u);
  EXPECT_EQ(header->record_count, 3u);
  EXPECT_EQ(header->last_number(), 9u);
  EXPECT_EQ(header->group_bytes(), group.size());
  const std::string_view payload = std::string_view(group).substr(kGroupHeaderBytes);
  ASSERT_TRUE(PayloadIntact(*header, payload));
  std::vector<std::string> records;
  ASSERT_TRUE(ForEachRecord(*header, payload, [&](uint64_t number, std::string_view record) {
                EXPECT_EQ(number, 7 + records.size());
                records.emplace_back(record);
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(records, (std::vector<std::string>{"ab", "", "xyz"}));
}

TEST(FormatTest, ForEachRecordStopsAtAnError) {
  const std::string group = OneGroup();
  int seen = 0;
  const absl::Status status =
      ForEachRecord(*DecodeGroupHeader(group), std::string_view(group).substr(kGroupHeaderBytes),
                    [&](uint64_t, std::string_view) {
                      ++seen;
                      return absl::AbortedError("enough");
                    });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(seen, 1);
}

TEST(FormatTest, FindsEveryChangedByte) {
  const std::string group = OneGroup();
  for (size_t at = 0; at < group.size(); ++at) {
    for (int mask = 1; mask < 256; ++mask) {
      std::string bad = group;
      bad[at] = static_cast<char>(bad[at] ^ mask);
      const auto header = DecodeGroupHeader(bad);
      if (at < kGroupHeaderBytes) {
        EXPECT_TRUE(absl::IsDataLoss(header.status())) << at;
      } else {
        EXPECT_FALSE(PayloadIntact(*header, std::string_view(bad).substr(kGroupHeaderBytes))) << at;
      }
    }
  }
}

TEST(FormatTest, EveryCutIsIncomplete) {
  const std::string group = OneGroup();
  for (size_t n = 0; n < group.size(); ++n) {
    const std::string_view cut = std::string_view(group).substr(0, n);
    const auto header = DecodeGroupHeader(cut);
    EXPECT_EQ(header.ok(), n >= kGroupHeaderBytes);
    if (header.ok()) {
      EXPECT_FALSE(PayloadIntact(*header, cut.substr(kGroupHeaderBytes)));
    }
  }
}

TEST(FormatTest, HashDependsOnEveryByte) {
  const std::string group = OneGroup();
  const Hash hash = HashOfGroup(group);
  for (size_t at = 0; at < group.size(); ++at) {
    std::string other = group;
    other[at] = static_cast<char>(other[at] ^ 1);
    EXPECT_NE(HashOfGroup(other), hash);
  }
  // SHA-256 of "abc", from FIPS 180-2.
  EXPECT_EQ(Hex(HashOfGroup("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(FormatTest, BuilderStartsAgainAfterClear) {
  GroupBuilder builder;
  EXPECT_TRUE(builder.empty());
  builder.Add("first");
  builder.Clear();
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.bytes(), kGroupHeaderBytes);
  EXPECT_EQ(builder.bytes_with(4), kGroupHeaderBytes + 8);
  builder.Add("four");
  const auto header = DecodeGroupHeader(builder.Seal(1, 1, Hash{}));
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->record_count, 1u);
}

}  // namespace
}  // namespace tw::journal
