// What accounts bring in from elsewhere: when it is taken, and what the ledger makes of it.
#include <gtest/gtest.h>

#include "tests/services/oms/ledger_world.h"
#include "tests/services/oms/saved_orders.h"

namespace tw::oms {
namespace {

using testing::Kind;
using testing::kNow;
using testing::World;

OpeningLot Lot(const char* symbol, const char* quantity, const char* price = "100") {
  return {symbol, *Quantity::Parse(quantity), *Price::Parse(price), {}};
}

Opening Of(const char* account, std::vector<OpeningLot> lots, bool adds = false) {
  Opening out;
  out.import_id = "i-1";
  out.by = "ann";
  out.reason = "moved from the old system";
  out.account = account;
  out.adds = adds;
  out.currency = "USD";
  out.cash = Money::FromUnits(500);
  out.lots = std::move(lots);
  return out;
}

struct OpeningWorld : World {
  // "": imported; "=": it was before; else why not.
  std::string Import(const std::vector<Opening>& openings) {
    const absl::StatusOr<bool> imported = ledger.IsImported(openings);
    if (!imported.ok()) {
      return std::string(imported.status().message());
    }
    if (*imported) {
      return "=";
    }
    for (const OpeningEvent& event : ledger.DecideImport(openings, kNow)) {
      ledger.Apply(event);
      imports.push_back(event);
    }
    return "";
  }
  std::string Held(const char* account, const char* symbol) const {
    return ledger.Position(account, symbol).ToString();
  }
  std::vector<OpeningEvent> imports;
};

// What openings leave is saved with the rest, and a ledger that is restored knows it.
TEST(LedgerOpeningTest, ARestoredLedgerKnowsWhatWasBroughtInAndWhoTraded) {
  testing::SavedOrders saved;
  OpeningWorld w;
  w.ledger.SetPast(&saved);
  w.ledger.SetOpening("a", "SOLUSDT", *Quantity::Parse("9"));
  const OrderId id = w.New(1);
  w.Venue(id, Kind::kAccepted);
  w.Venue(id, Kind::kFilled, "10");
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", "3")})}), "");
  saved.Take(w.ledger);
  saved.Save(w.ledger);
  EXPECT_EQ(w.ledger.unsaved(), 0U);
  const uint64_t hash = w.ledger.StateHash();

  w.ledger = Ledger();
  w.ledger.SetOpening("a", "SOLUSDT", *Quantity::Parse("9"));
  saved.Restore(w.ledger);
  EXPECT_EQ(w.ledger.StateHash(), hash);
  EXPECT_EQ(w.Held("a", "IBM"), "3");
  EXPECT_EQ(w.Held("a", "SOLUSDT"), "0") << "what was brought in takes the place of all else";
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", "3")})}), "=");
  Opening again = Of("a", {Lot("IBM", "1")});
  again.import_id = "i-2";
  EXPECT_EQ(w.Import({again}), "account a has brought in import i-1 before");
  Opening traded = Of("demo", {});
  traded.import_id = "i-3";
  EXPECT_EQ(w.Import({traded}), "account demo has traded");
}

TEST(LedgerOpeningTest, PositionsAreThereAndTheNumbersGoOn) {
  OpeningWorld w;
  w.New(1);
  const uint64_t before = w.ledger.last_sequence();
  EXPECT_EQ(w.Import({Of("a", {Lot("ETHUSDT", "-2"), Lot("IBM", "3"), Lot("IBM", "4")}),
                      Of("b", {Lot("IBM", "5")})}),
            "");
  EXPECT_EQ(w.Held("a", "IBM"), "7");
  EXPECT_EQ(w.Held("a", "ETHUSDT"), "-2");
  EXPECT_EQ(w.Held("b", "IBM"), "5");
  EXPECT_EQ(w.ledger.last_sequence(), before + 2);
  w.New(2);
  EXPECT_EQ(w.ledger.last_sequence(), before + 4);
}

TEST(LedgerOpeningTest, ASecondTimeChangesNothing) {
  OpeningWorld w;
  const std::vector<Opening> openings = {Of("a", {Lot("IBM", "3")}), Of("b", {})};
  EXPECT_EQ(w.Import(openings), "");
  EXPECT_EQ(w.Import(openings), "=");
  std::vector<Opening> by_another = openings;
  by_another[0].by = by_another[1].by = "bob";
  EXPECT_EQ(w.Import(by_another), "=") << "who repeats it does not matter";
  EXPECT_EQ(w.Held("a", "IBM"), "3");
  std::vector<Opening> other = openings;
  other[0].lots[0].price = Price::FromUnits(101);
  EXPECT_EQ(w.Import(other),
            "import i-1 was used for something else, at 1970-01-01T00:00:00.001000000Z by ann");
  EXPECT_EQ(w.Import({openings[0]}).substr(0, 31), "import i-1 was used for somethi");
}

TEST(LedgerOpeningTest, WhoMayBeginWithIt) {
  OpeningWorld w;
  EXPECT_EQ(w.Import({Of("demo", {})}), "");
  Opening again = Of("demo", {});
  again.import_id = "i-2";
  EXPECT_EQ(w.Import({again}), "account demo has brought in import i-1 before");

  OpeningWorld open;
  const OrderId id = open.New(1);
  EXPECT_EQ(open.Import({Of("other", {}), Of("demo", {})}), "account demo has open orders");
  open.Venue(id, Kind::kAccepted);
  open.Venue(id, Kind::kFilled, "4");
  open.Venue(id, Kind::kCanceled);
  EXPECT_EQ(open.Import({Of("demo", {})}), "account demo has traded");
  EXPECT_EQ(open.ledger.IsImported({Of("demo", {})}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(open.Import({Of("demo", {Lot("BTCUSDT", "6")}, true)}), "") << "unless it adds";
  EXPECT_EQ(open.Held("demo", "BTCUSDT"), "10");
}

TEST(LedgerOpeningTest, WhatIsHeldTheOtherWayIsClosedFirst) {
  OpeningWorld w;
  w.ledger.SetOpening("a", "IBM", Quantity::FromUnits(-2));
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", "5")}, true), Of("b", {Lot("IBM", "5")}, true)}),
            "account a holds -2 IBM: close that before 5 are brought in");
  EXPECT_EQ(w.Held("b", "IBM"), "0") << "nothing of it was taken";
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", "5")})}), "") << "it stands in place of the file's";
  EXPECT_EQ(w.Held("a", "IBM"), "5");
}

TEST(LedgerOpeningTest, OutOfRangeIsRefused) {
  OpeningWorld w;
  const char* const half = "50000000000";
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", half), Lot("IBM", half)})}),
            "account a: the lots of a symbol are out of range");
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", half)})}), "");
  Opening more = Of("a", {Lot("IBM", half)}, true);
  more.import_id = "i-2";
  EXPECT_EQ(w.Import({more}), "account a: the position in IBM would be out of range");
}

TEST(LedgerOpeningTest, ReadAnewItIsTheSameState) {
  OpeningWorld w;
  w.ledger.SetOpening("a", "IBM", Quantity::FromUnits(9));
  EXPECT_EQ(w.Import({Of("a", {Lot("IBM", "3")}), Of("b", {Lot("IBM", "5")})}), "");
  Ledger again;
  again.SetOpening("a", "IBM", Quantity::FromUnits(9));
  const uint64_t empty = again.StateHash();
  for (const OpeningEvent& event : w.imports) {
    again.Apply(event);
  }
  EXPECT_EQ(again.StateHash(), w.ledger.StateHash());
  EXPECT_NE(again.StateHash(), empty);
  EXPECT_EQ(again.Position("a", "IBM").ToString(), "3");
  EXPECT_TRUE(*again.IsImported({Of("a", {Lot("IBM", "3")}), Of("b", {Lot("IBM", "5")})}));
}

}  // namespace
}  // namespace tw::oms
