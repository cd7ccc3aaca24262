#include "libs/recorded/open.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/libs/recorded/zip_file.h"

namespace tw::recorded {
namespace {

// The folder of recorded markets stands beside the repository.
std::filesystem::path SharedData() {
  return std::filesystem::path(TW_SOURCE_DIR).parent_path() / "shared" / "data";
}

struct Totals {
  uint64_t rows = 0;
  int64_t price_sum_e8 = 0;  // trade prices, or bid and ask prices
  int64_t size_sum = 0;      // in units
  Row first;
  Row last;
};

absl::StatusOr<Totals> ReadAll(RecordedSource& source) {
  Totals totals;
  Row row;
  while (true) {
    const absl::StatusOr<bool> more = source.Next(row);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      return totals;
    }
    ++totals.rows;
    EXPECT_EQ(row.source_seq, totals.rows);
    EXPECT_GE(row.time, totals.last.time);
    if (totals.rows == 1) {
      totals.first = row;
    }
    totals.last = row;
    totals.price_sum_e8 += row.price.e8() + row.bid.e8() + row.ask.e8();
    totals.size_sum += (row.quantity.e8() + row.bid_size.e8() + row.ask_size.e8()) / kDecimalScale;
  }
}

class IbmDayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = SharedData() / "lean/equity/usa/tick/ibm";
    if (!std::filesystem::exists(folder_)) {
      GTEST_SKIP() << "the recorded IBM days are not at " << folder_;
    }
  }
  std::filesystem::path folder_;
};

TEST_F(IbmDayTest, TradesAreAllThere) {
  auto source = Open((folder_ / "20131007_trade.zip").string());
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->facts().name, "20131007_trade.zip");
  EXPECT_EQ((*source)->facts().symbol, "IBM");
  EXPECT_EQ((*source)->facts().format, "LEAN equity trades of 2013-10-07");
  const auto totals = ReadAll(**source);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->rows, 24'293u);
  EXPECT_EQ(totals->first.kind, RowKind::kTrade);
  EXPECT_EQ(FormatRfc3339(totals->first.time), "2013-10-07T08:00:30.270000000Z");
  EXPECT_EQ(totals->first.price.ToString(), "181.52");
  EXPECT_EQ(totals->first.quantity.ToString(), "283");
  // Sums over the columns of the file, in its own units.
  EXPECT_EQ(totals->price_sum_e8, 44345491900 * (kDecimalScale / 10'000));
  EXPECT_EQ(totals->size_sum, 3960352);
}

TEST_F(IbmDayTest, QuotesAreAllThere) {
  auto source = Open((folder_ / "20131007_quote.zip").string(), "ibm.test");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->facts().symbol, "IBM.TEST");
  EXPECT_EQ((*source)->facts().format, "LEAN equity quotes of 2013-10-07");
  const auto totals = ReadAll(**source);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->rows, 109'067u);
  EXPECT_EQ(totals->first.kind, RowKind::kQuote);
  EXPECT_EQ(FormatRfc3339(totals->first.time), "2013-10-07T08:00:00.054000000Z");
  EXPECT_EQ(totals->price_sum_e8, 199086753500 * (kDecimalScale / 10'000));
  EXPECT_EQ(totals->size_sum, 33244800);
}

TEST_F(IbmDayTest, OtherFormatsAreRefusedByName) {
  for (const char* path : {"lean/crypto/coinbase/minute/btcusd/20180405_trade.zip",
                           "binance/btcusdt-depth-snap.csv"}) {
    const auto source = Open((SharedData() / path).string());
    ASSERT_EQ(source.status().code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_NE(std::string(source.status().message()).find("not a recording that can be read"),
              std::string::npos);
  }
}

TEST(OpenTest, ABadRowIsNamedByFileLineAndColumn) {
  const TempFolder folder;
  const std::string path =
      folder.Zip("equity/usa/tick/abc/20240102_trade.zip",
                 {{"20240102_abc_Trade_Tick.csv", "1000,10000,5,P,0,0\n1001,oops,5,P,0,0\n"}});
  auto source = Open(path);
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->facts().symbol, "ABC");
  Row row;
  ASSERT_TRUE((*source)->Next(row).ok());
  EXPECT_EQ(FormatRfc3339(row.time), "2024-01-02T05:00:01.000000000Z");
  const auto second = (*source)->Next(row);
  ASSERT_EQ(second.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(second.status().message(),
            "20240102_trade.zip:2: price: expected a whole number in range, found \"oops\"");
}

TEST(OpenTest, RefusesWithAReason) {
  const TempFolder folder;
  const auto one = [&](const std::string& name) {
    return Open(folder.Zip(name, {{"x.csv", "1,1,1,P,0,0\n"}})).status();
  };
  EXPECT_EQ(Open(folder.path() + "/none_trade.zip").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Open(folder.path()).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(one("equity/usa/minute/abc/20240102_trade.zip").code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(one("equity/usa/tick/abc/20240102_depth.zip").code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(one("equity/hk/tick/abc/20240102_trade.zip").code(),
            absl::StatusCode::kInvalidArgument);
  const absl::Status date = one("equity/usa/tick/abc/20240230_trade.zip");
  EXPECT_NE(std::string(date.message()).find("does not begin with a date"), std::string::npos);
}

}  // namespace
}  // namespace tw::recorded
