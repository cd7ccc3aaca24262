// What is left after kill -9: the reports that were journaled, and what Exchange makes of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "services/live-gateway/exchange.h"
#include "services/live-gateway/synthetic.h"
#include "tests/services/live-gateway/venue_fixture.h"

namespace tw::live_gateway {
namespace {

Exchange Recovered(const std::vector<Report>& journal, Instruments instruments, Output& out) {
  Exchange exchange(std::move(instruments), ExchangeConfig{});
  for (const Report& report : journal) {
    exchange.Apply(report);
  }
  exchange.Resume(kStart, out);
  return exchange;
}

std::vector<Report> Play(Exchange& exchange, const std::vector<Command>& commands) {
  Output out;
  for (const Command& command : commands) {
    exchange.Process(command, kStart, out);
  }
  return out.reports;
}

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    Exchange exchange(FourInstruments(), ExchangeConfig{});
    Output out;
    exchange.Resume(kStart, out);
    journal_ =
        Play(exchange,
             {Order("part", Side::kSell, "3", "45000"), Order("whole", Side::kBuy, "1", "45000"),
              Order("low", Side::kBuy, "2", "44000"), Order("gone", Side::kBuy, "2", "44000"),
              Order("moved", Side::kBuy, "2", "44000"), CancelOf("gone"),
              ReplaceOf("moved", "5", "44100"), Order("bad", Side::kBuy, "2", "44000.001"),
              CancelOf("nobody")});
  }

  std::vector<Report> journal_;
};

TEST_F(RecoveryTest, ATradeThatWasTakenBackStaysSo) {
  Output out;
  Exchange exchange = Recovered(journal_, FourInstruments(), out);
  const auto found = std::find_if(journal_.begin(), journal_.end(), [](const Report& report) {
    return report.kind == ReportKind::kFilled && report.child_id == "whole";
  });
  ASSERT_NE(found, journal_.end());
  Report fill = *found;                      // the journal grows below
  fill.venue_exec_id = ExecId(fill.number);  // as it is read from the journal
  Output corrected;
  ASSERT_TRUE(
      exchange.Adjust(fill, {QuantityOf("0.5"), PriceOf("44900")}, "wrong", kStart, corrected)
          .ok());
  const Report& correction = corrected.reports.at(0);
  EXPECT_EQ(correction.kind, ReportKind::kTradeCorrected);
  EXPECT_EQ(correction.original_exec_id, ExecId(fill.number));
  EXPECT_EQ(correction.venue_exec_id, "") << "it gets one of its own";
  EXPECT_EQ(correction.original_quantity, fill.quantity);
  EXPECT_EQ(correction.original_fee, fill.fee);
  EXPECT_EQ(correction.fee, *Money::Parse("11.225")) << "of the new notional, 5 basis points";
  Output busted;
  ASSERT_TRUE(exchange.Adjust(fill, {}, "erroneous (desk)", kStart, busted).ok());
  EXPECT_EQ(busted.reports.at(0).kind, ReportKind::kTradeBusted);
  EXPECT_EQ(busted.reports.at(0).quantity, QuantityOf("0.5")) << "as it was by then";
  EXPECT_EQ(busted.reports.at(0).message, "erroneous (desk)");

  journal_.push_back(correction);
  journal_.push_back(busted.reports.at(0));
  Output again;
  Exchange recovered = Recovered(journal_, FourInstruments(), again);
  EXPECT_EQ(recovered.Adjust(fill, {}, "again", kStart, again).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(recovered.Find("low")->leaves(), QuantityOf("2")) << "orders are as they were";
}

TEST_F(RecoveryTest, ACorrectionIsOneThatTheTradeCouldHaveHad) {
  Output out;
  Exchange exchange = Recovered(journal_, FourInstruments(), out);
  const auto fill = std::find_if(journal_.begin(), journal_.end(), [](const Report& report) {
    return report.kind == ReportKind::kFilled;
  });
  for (const auto& [quantity, price] : {std::pair("2", "45000"), std::pair("0.000001", "45000"),
                                        std::pair("1", "45000.001"), std::pair("1", "0")}) {
    EXPECT_EQ(
        exchange.Adjust(*fill, {QuantityOf(quantity), PriceOf(price)}, "wrong", kStart, out).code(),
        absl::StatusCode::kInvalidArgument)
        << quantity << " @ " << price;
  }
  EXPECT_TRUE(out.reports.empty());
}

TEST_F(RecoveryTest, OpenOrdersRestAgainWithWhatTheyHadLeft) {
  Output out;
  const Exchange exchange = Recovered(journal_, FourInstruments(), out);
  EXPECT_TRUE(out.reports.empty());
  ASSERT_EQ(out.market.size(), 1U);
  const BookSnapshot book = exchange.Snapshot(0, 10);
  EXPECT_EQ(book.bids, (std::vector<BookLevel>{{PriceOf("44100"), QuantityOf("5")},
                                               {PriceOf("44000"), QuantityOf("2")}}));
  EXPECT_EQ(book.asks, (std::vector<BookLevel>{{PriceOf("45000"), QuantityOf("2")}}));
  EXPECT_EQ(exchange.Find("part")->cumulative, QuantityOf("1"));
  EXPECT_EQ(exchange.Find("gone")->state, OwnOrder::State::kCanceled);
  EXPECT_EQ(exchange.Find("bad")->state, OwnOrder::State::kRejected);
}

TEST_F(RecoveryTest, ExecutionIdsGoOnWhereTheyWere) {
  Output out;
  Exchange exchange = Recovered(journal_, FourInstruments(), out);
  EXPECT_EQ(exchange.last_report(), journal_.back().number);
  const std::vector<Report> more = Play(exchange, {CancelOf("low")});
  ASSERT_EQ(more.size(), 1U);
  EXPECT_EQ(more[0].kind, ReportKind::kCanceled);
  EXPECT_EQ(more[0].number, journal_.back().number + 1);
}

TEST_F(RecoveryTest, KnownOrdersAreAnsweredNotPlacedAgain) {
  Output out;
  Exchange exchange = Recovered(journal_, FourInstruments(), out);
  const size_t resting = exchange.book(0).order_count();
  for (const char* child_id : {"part", "whole", "low", "gone", "moved", "bad"}) {
    Output again;
    exchange.Process(Order(child_id, Side::kBuy, "1", "45000"), kStart, again);
    EXPECT_TRUE(again.reports.empty()) << child_id;
    ASSERT_EQ(again.repeats.size(), 1U) << child_id;
    EXPECT_EQ(again.repeats[0], exchange.Find(child_id)->last);
  }
  EXPECT_EQ(exchange.book(0).order_count(), resting);
}

TEST_F(RecoveryTest, AnyPrefixOfTheJournalIsAState) {
  // A kill may come between any two batches: what was not journaled was told to nobody.
  for (size_t kept = 0; kept <= journal_.size(); ++kept) {
    SCOPED_TRACE(kept);
    const std::vector<Report> prefix(journal_.begin(),
                                     journal_.begin() + static_cast<std::ptrdiff_t>(kept));
    Output out;
    const Exchange exchange = Recovered(prefix, FourInstruments(), out);
    EXPECT_EQ(exchange.last_report(), kept + out.reports.size());
    for (const OwnOrder* order : exchange.OpenOrders()) {
      const auto resting = exchange.book(0).Find(order->book_id);
      ASSERT_TRUE(resting.has_value());
      EXPECT_EQ(resting->leaves * QuantityOf("0.00001").e8(), order->leaves().e8());
    }
    EXPECT_EQ(exchange.book(0).order_count(), exchange.open_order_count());
  }
}

TEST_F(RecoveryTest, RestsBehindTheParticipants) {
  Exchange exchange(FourInstruments(), ExchangeConfig{});
  for (const Report& report : journal_) {
    exchange.Apply(report);
  }
  Output out;
  exchange.Participate(
      0, {book::NewOrder{1, 0, Side::kBuy, book::OrderKind::kLimit, 4'410'000, 100}}, kStart, out);
  exchange.Resume(kStart, out);
  const std::vector<Report> reports = Play(exchange, {Order("s", Side::kSell, "0.002", "44100")});
  ASSERT_EQ(reports.size(), 4U);  // accepted, two fills of ours as taker, one as maker
  EXPECT_EQ(reports[1].quantity, QuantityOf("0.001"));
  EXPECT_EQ(reports[2].quantity, QuantityOf("0.001"));
  EXPECT_EQ(reports[3].child_id, "moved");
}

TEST_F(RecoveryTest, PostOnlyAndIcebergAreThatAfterwardsToo) {
  Output first;
  Exchange before(FourInstruments(), ExchangeConfig{});
  before.Resume(kStart, first);
  std::vector<Report> journal =
      Play(before, {PostOnly(Order("post", Side::kBuy, "1", "44000")),
                    Iceberg(Order("ice", Side::kSell, "3", "45000"), "1")});
  ASSERT_EQ(journal.size(), 2U);
  Output out;
  Exchange after = Recovered(journal, FourInstruments(), out);
  EXPECT_EQ(after.Snapshot(0, 1).asks[0].size, QuantityOf("1"));
  EXPECT_TRUE(after.Find("post")->terms.post_only);

  // Where the market now is, the post-only one would trade.
  Exchange crossed(FourInstruments(), ExchangeConfig{});
  for (const Report& report : journal) {
    crossed.Apply(report);
  }
  crossed.Participate(
      0, {book::NewOrder{1, 0, Side::kSell, book::OrderKind::kLimit, 4'400'000, 100}}, kStart, out);
  out = Output{};
  crossed.Resume(kStart, out);
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].kind, ReportKind::kCanceled);
  EXPECT_EQ(out.reports[0].reason, RejectReason::kPostOnlyWouldTrade);
}

TEST_F(RecoveryTest, OrdersThatFitNoMoreAreCanceledWithTheReason) {
  Instruments coarser({MakeInstrument("BTCUSDT", "1000", "0.00001", "45000", "20")}, "new");
  Output out;
  const Exchange exchange = Recovered(journal_, coarser, out);
  ASSERT_EQ(out.reports.size(), 1U);
  EXPECT_EQ(out.reports[0].child_id, "moved");
  EXPECT_EQ(out.reports[0].reason, RejectReason::kTickSize);
  EXPECT_EQ(out.reports[0].quantity, QuantityOf("5"));

  // "part" has 2 of 3 left, "low" 2, "moved" 5.
  Instruments larger_lots({MakeInstrument("BTCUSDT", "0.01", "2", "45000", "20")}, "new");
  Output lots;
  const Exchange kept = Recovered(journal_, larger_lots, lots);
  ASSERT_EQ(lots.reports.size(), 2U);
  EXPECT_EQ(lots.reports[0].child_id, "part");
  EXPECT_EQ(lots.reports[0].reason, RejectReason::kLotSize);
  EXPECT_EQ(lots.reports[1].child_id, "moved");
  EXPECT_EQ(kept.book(0).order_count(), 1U);

  Output none;
  const Exchange empty = Recovered(journal_, Instruments(), none);
  EXPECT_EQ(none.reports.size(), 3U);
  EXPECT_EQ(empty.open_order_count(), 0U);
}

}  // namespace
}  // namespace tw::live_gateway
