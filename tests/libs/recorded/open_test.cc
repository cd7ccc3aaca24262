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

TEST_F(IbmDayTest, MinuteBarsAreAllThere) {
  const std::string folder = (SharedData() / "lean/crypto/coinbase/minute/btcusd").string();
  auto trades = Open(folder + "/20180405_trade.zip");
  ASSERT_TRUE(trades.ok()) << trades.status();
  EXPECT_EQ((*trades)->facts().symbol, "BTCUSD");
  EXPECT_EQ((*trades)->facts().format, "LEAN minute bars of trades of 2018-04-05");
  const auto totals = ReadAll(**trades);
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->rows, 1'440u);
  EXPECT_EQ(totals->first.kind, RowKind::kBar);
  EXPECT_EQ(totals->first.bar.interval, "1m");
  EXPECT_EQ(FormatRfc3339(totals->first.time), "2018-04-05T00:00:00.000000000Z");
  EXPECT_EQ(totals->first.bar.open.ToString(), "6791.68");
  EXPECT_EQ(totals->first.bar.volume.ToString(), "26.84379253");
  EXPECT_EQ(totals->last.bar.close.ToString(), "6785.85");

  auto quotes = Open(folder + "/20180405_quote.zip");
  ASSERT_TRUE(quotes.ok()) << quotes.status();
  const auto sides = ReadAll(**quotes);
  ASSERT_TRUE(sides.ok()) << sides.status();
  EXPECT_EQ(sides->rows, 2 * 1'436u);
  EXPECT_EQ(sides->first.bar.interval, "1m-bid");
  EXPECT_EQ(sides->last.bar.interval, "1m-ask");
  EXPECT_EQ(sides->last.bar.volume.ToString(), "70.15211337");  // written as 70.15211337000005
}

TEST_F(IbmDayTest, DepthMessagesAreWhole) {
  auto snap = Open((SharedData() / "binance/btcusdt-depth-snap.csv").string());
  ASSERT_TRUE(snap.ok()) << snap.status();
  Row row;
  ASSERT_TRUE(*(*snap)->Next(row));
  EXPECT_EQ(row.kind, RowKind::kBook);
  EXPECT_EQ(row.symbol, "BTCUSDT");
  EXPECT_EQ(row.source_seq, 1u);
  EXPECT_EQ(row.book.last_update, 2098021528332u);
  EXPECT_EQ(row.book.previous_update, 0u);  // -1 in the file
  EXPECT_EQ(row.book.bids.size(), 100u);
  EXPECT_EQ(row.book.bids[0].price.ToString(), "20377");
  EXPECT_TRUE(row.book.asks.empty());
  EXPECT_FALSE(*(*snap)->Next(row));

  auto update = Open((SharedData() / "binance/btcusdt-depth-update.csv").string());
  ASSERT_TRUE(update.ok()) << update.status();
  ASSERT_TRUE(*(*update)->Next(row));
  EXPECT_EQ(row.kind, RowKind::kDelta);
  EXPECT_EQ(row.book.first_update, 2098041693435u);
  EXPECT_EQ(row.book.previous_update, 2098041693400u);
  EXPECT_EQ(row.book.bids.size() + row.book.asks.size(), 100u);
  EXPECT_EQ(FormatRfc3339(row.time), "2022-11-01T23:59:59.939000000Z");
  EXPECT_FALSE(*(*update)->Next(row));
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
  EXPECT_EQ(one("equity/usa/hour/abc/20240102_trade.zip").code(),
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
