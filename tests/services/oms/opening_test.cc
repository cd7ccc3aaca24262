// ImportOpening over the wire: what is refused and how it is said, and over a restart.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>

#include "libs/base/field_error.h"
#include "services/oms/opening_request.h"
#include "tests/services/oms/oms_fixture.h"
#include "tradewind/v1/events.pb.h"

namespace tw::oms {
namespace {

using testing::OmsTest;
using tw::testing::WaitFor;

void AddLot(v1::ImportOpeningRequest& request,
            const char* account,
            const char* symbol,
            const char* quantity,
            const char* price,
            int64_t opened = 0) {
  v1::OpeningRow& row = *request.add_rows();
  row.set_account(account);
  row.set_symbol(symbol);
  row.set_quantity(quantity);
  row.set_price(price);
  if (opened != 0) {
    row.mutable_opened()->set_seconds(opened);
  }
}

void AddCash(v1::ImportOpeningRequest& request,
             const char* account,
             const char* amount,
             const char* currency = "USD") {
  v1::OpeningRow& row = *request.add_rows();
  row.set_account(account);
  row.set_currency(currency);
  row.set_amount(amount);
}

v1::ImportOpeningRequest Good() {
  v1::ImportOpeningRequest request;
  request.set_import_id("move-1");
  request.set_by("ann");
  request.set_reason("moved from the old system");
  AddLot(request, "b", "IBM", "5", "180");
  AddLot(request, "a", "IBM", "10", "190", 2'000);
  AddCash(request, "a", "-12.5");
  AddLot(request, "a", "IBM", "30", "180", 1'000);
  AddLot(request, "a", "BTCUSDT", "-0.5", "45000");
  AddCash(request, "b", "0");
  return request;
}

Instruments TwoInstruments() {
  Instrument btc;
  btc.symbol = "BTCUSDT";
  Instrument ibm;
  ibm.symbol = "IBM";
  return Instruments({btc, ibm}, "h");
}

TEST(OpeningRequestTest, ByAccountLotsBySymbolAndAge) {
  const auto openings = DecodeOpenings(Good(), Accounts(), TwoInstruments());
  ASSERT_TRUE(openings.ok()) << openings.status();
  ASSERT_EQ(openings->size(), 2u);
  const Opening& a = openings->front();
  EXPECT_EQ(a.account + a.currency + a.cash.ToString(), "aUSD-12.5");
  ASSERT_EQ(a.lots.size(), 3u);
  EXPECT_EQ(a.lots[0].symbol, "BTCUSDT");
  EXPECT_EQ(a.lots[1].quantity.ToString(), "30") << "the older one first";
  const v1::ImportOpeningResponse said = EncodeImported(*openings, {false, 7});
  ASSERT_EQ(said.accounts_size(), 2);
  ASSERT_EQ(said.accounts(0).positions_size(), 2);
  const v1::ImportedPosition& ibm = said.accounts(0).positions(1);
  EXPECT_EQ(ibm.quantity() + " " + ibm.average_price() + " " + std::to_string(ibm.lots()),
            "40 182.5 2");
  EXPECT_EQ(said.accounts(0).positions(0).average_price(), "45000");
}

TEST(OpeningRequestTest, EveryFaultIsNamedWithItsRow) {
  using Spoil = std::function<void(v1::ImportOpeningRequest&)>;
  struct Row {
    Spoil spoil;
    const char* message;
  };
  const auto row = [](int i, std::function<void(v1::OpeningRow&)> change) -> Spoil {
    return [=](v1::ImportOpeningRequest& r) { change(*r.mutable_rows(i)); };
  };
  const Row rows[] = {
      {[](auto& r) { r.set_import_id("a b"); },
       "import_id: is required, 1 to 64 of A-Z a-z 0-9 . _ : -"},
      {[](auto& r) { r.clear_by(); }, "by: is required, a line of at most 64 characters"},
      {[](auto& r) { r.set_reason("a\nb"); },
       "reason: is required, a line of at most 256 characters"},
      {[](auto& r) { r.clear_rows(); }, "rows: must be 1 to 1000"},
      {row(0, [](auto& r) { r.set_symbol("XYZ"); }),
       "rows[0]: symbol: there is no instrument 'XYZ'"},
      {row(0, [](auto& r) { r.set_quantity("0"); }),
       "rows[0]: quantity: must be a decimal that is not zero; negative: short"},
      {row(0, [](auto& r) { r.set_quantity("1.000000001"); }),
       "rows[0]: quantity: must be a decimal that is not zero; negative: short"},
      {row(0, [](auto& r) { r.set_price("-1"); }), "rows[0]: price: must be a decimal above zero"},
      {row(0,
           [](auto& r) {
             r.set_quantity("90000000000");
             r.set_price("90000000000");
           }),
       "rows[0]: price times quantity is out of range"},
      {row(0, [](auto& r) { r.set_amount("5"); }),
       "rows[0]: is a lot (symbol, quantity, price) or cash (currency, amount), not both"},
      {row(0, [](auto& r) { r.Clear(); }), "rows[0]: account: is no account's name"},
      {row(2, [](auto& r) { r.set_currency("EUR"); }),
       "rows[2]: currency: account a keeps its cash in USD"},
      {row(2, [](auto& r) { r.set_amount("much"); }),
       "rows[2]: amount: must be a decimal with at most eight decimals\n"
       "account a: begins with this and has no row of cash; say it, be it 0"},
      {[](auto& r) { AddCash(r, "a", "1"); }, "rows[6]: the cash of account a is there twice"},
      {[](auto& r) { AddLot(r, "a", "IBM", "-1", "180"); },
       "rows[6]: quantity: the lots of IBM are long and short; they must be one of both"},
      {[](auto& r) { AddLot(r, "c", "IBM", "1", "180"); },
       "account c: begins with this and has no row of cash; say it, be it 0"},
      {row(3,
           [](auto& r) {
             r.set_line(17);
             r.set_price("");
           }),
       "line 17: price: must be a decimal above zero"},
  };
  for (const Row& each : rows) {
    v1::ImportOpeningRequest request = Good();
    each.spoil(request);
    const auto openings = DecodeOpenings(request, Accounts(), TwoInstruments());
    EXPECT_EQ(openings.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(openings.status().message(), each.message);
  }
  v1::ImportOpeningRequest request = Good();
  request.set_add(true);
  AddLot(request, "c", "IBM", "1", "180");
  EXPECT_TRUE(DecodeOpenings(request, Accounts(), TwoInstruments()).ok()) << "no cash is needed";
  for (int i = 0; i < 30; ++i) {
    AddLot(request, "c", "XYZ", "1", "180");
  }
  const std::string said(DecodeOpenings(request, Accounts(), TwoInstruments()).status().message());
  EXPECT_TRUE(said.ends_with("\nand 10 more")) << said;
}

TEST(OpeningRequestTest, AccountsAreListedAndTheirNumberIsBounded) {
  Account a;
  a.name = "a";
  const auto closed = DecodeOpenings(Good(), Accounts({a}, /*open=*/false, "h"), TwoInstruments());
  EXPECT_EQ(closed.status().message(),
            "rows[0]: account: b is not listed\n"
            "rows[5]: account: b is not listed");
  v1::ImportOpeningRequest request = Good();
  for (int i = 0; i < 100; ++i) {
    AddCash(request, ("n" + std::to_string(i)).c_str(), "1");
  }
  EXPECT_EQ(DecodeOpenings(request, Accounts(), TwoInstruments()).status().message(),
            "rows: name 102 accounts, 100 at most");
}

class OpeningTest : public OmsTest {
 protected:
  absl::StatusOr<v1::ImportOpeningResponse> Import(const v1::ImportOpeningRequest& request) {
    return host_->Call<v1::ImportOpeningResponse>("OrderAdminService/ImportOpening", request);
  }
};

TEST_F(OpeningTest, CheckedThenImportedThenKnownAlsoOverARestart) {
  StartReady();
  v1::ImportOpeningRequest request = Good();
  request.set_check_only(true);
  EXPECT_EQ(Import(request)->sequence(), 0u);
  EXPECT_FALSE(Import(request)->duplicate()) << "nothing was kept of it";
  request.set_check_only(false);
  const auto imported = Import(request);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->sequence(), 2u) << "an event for each account";
  EXPECT_TRUE(Import(request)->duplicate());
  Restart();
  EXPECT_TRUE(Import(request)->duplicate());
  request.mutable_rows(2)->set_amount("99");
  EXPECT_EQ(Import(request).status().code(), absl::StatusCode::kAlreadyExists);
  request.set_import_id("move-2");
  EXPECT_EQ(Import(request).status().code(), absl::StatusCode::kFailedPrecondition);
  request.set_add(true);
  EXPECT_EQ(Import(request)->sequence(), 4u);
  const v1::Order order = Submit(Limit("k"));
  EXPECT_EQ(order.sequence(), 6u) << "orders go on behind it";
}

TEST_F(OpeningTest, TheLedgerTellsItAndTheStreamOfOrdersDoesNot) {
  StartReady();
  ASSERT_TRUE(Import(Good()).ok());
  Submit(Limit("k"));
  std::mutex mutex;
  std::vector<v1::LedgerEvent> ledger;
  std::vector<v1::OrderEvent> orders;
  std::atomic<int> closed{0};
  const auto told = host_->channel().Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "tradewind.v1.OrderLedgerService/StreamLedger", [&](const auto& stream) {
        stream.OnMessage([&](const v1::LedgerBatch& batch) {
          const std::lock_guard lock(mutex);
          ledger.insert(ledger.end(), batch.events().begin(), batch.events().end());
        });
        stream.OnClosed([&](const absl::Status&) { ++closed; });
        stream.Write(v1::StreamLedgerRequest());
        stream.Finish();
      });
  v1::StreamOrderEventsRequest from;
  from.set_from_sequence(1);
  const auto shown = host_->channel().Open<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
      "tradewind.v1.OrderService/StreamOrderEvents", [&](const auto& stream) {
        stream.OnMessage([&](const v1::OrderEventBatch& batch) {
          const std::lock_guard lock(mutex);
          orders.insert(orders.end(), batch.events().begin(), batch.events().end());
        });
        stream.OnClosed([&](const absl::Status&) { ++closed; });
        stream.Write(from);
        stream.Finish();
      });
  EXPECT_TRUE(WaitFor([&] {
    const std::lock_guard lock(mutex);
    return ledger.size() == 4 && orders.size() == 2;
  }));
  told.Cancel();
  shown.Cancel();
  ASSERT_TRUE(WaitFor([&] { return closed == 2; }));
  const std::lock_guard lock(mutex);
  ASSERT_EQ(ledger.size(), 4u);
  EXPECT_EQ(ledger[0].kind(), v1::ORDER_EVENT_KIND_OPENING_IMPORTED);
  EXPECT_EQ(ledger[0].account() + ledger[0].opening().by(), "aann");
  EXPECT_EQ(ledger[0].opening().cash_e8(), -1'250'000'000);
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].sequence(), 3u);
}

}  // namespace
}  // namespace tw::oms
