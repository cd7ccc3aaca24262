// Exchange: the paper venue. One price-time book per instrument, in which orders of ours and those
// of the synthetic participants trade by the same rules.
//
// State of our orders is Apply over the reports, live and at recovery; the books themselves are not
// journaled. After a restart: Apply each journaled report, let the participants quote, then Resume,
// which puts our open orders back at the end of their queues with what they had left.
//
// No trade is outside the price band round an instrument's start price: an order willing to pay
// more (or take less) than the band's edge trades and rests at that edge, never worse than its own
// limit. A market that a recording drives (driver.h) has no band meanwhile.
//
// Prices and quantities are checked here against tick, lot, minimum and maximum. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "libs/base/time.h"
#include "libs/book/book.h"
#include "libs/core/instrument.h"
#include "services/live-gateway/venue_events.h"

namespace tw::live_gateway {

struct ExchangeConfig {
  // Share of the notional, in 1e-8: 10,000 is one basis point. Negative is a rebate.
  int64_t maker_fee_e8 = 10'000;
  int64_t taker_fee_e8 = 50'000;
  int64_t minimum_fee_e8 = 0;            // of each fill that is not a rebate, in quote currency
  int64_t price_band_bps = 300;          // either way from the start price; 0: none
  size_t open_orders_max = 100'000;      // of ours, over all books; more are rejected
  size_t finished_orders_max = 200'000;  // of ours, still known by child_id; the oldest go first
  uint64_t first_source_seq = 1;         // of each symbol's market data
};

// An order of ours.
struct OwnOrder {
  enum class State : uint8_t { kOpen, kFilled, kCanceled, kRejected };

  PlaceOrder terms;  // price and quantity as last replaced
  Quantity cumulative;
  State state = State::kOpen;
  uint64_t book_id = 0;
  Report last;  // the last report that is not the refusal of a cancel or replace

  Quantity leaves() const {
    return state == State::kOpen ? terms.quantity - cumulative : Quantity();
  }
};

// A report about an order as it stands.
Report ReportOf(ReportKind kind, const OwnOrder& order);

using ParticipantOrder = std::variant<book::NewOrder, book::CancelOrder, book::ModifyOrder>;

class Exchange {
 public:
  // REQUIRES: sizes of the instruments are positive, as libs/config checks.
  Exchange(Instruments instruments, ExchangeConfig config);

  // Takes in one journaled report, oldest first. REQUIRES: before Resume; numbers that ascend
  // (those between are of other venues).
  void Apply(const Report& report);
  // Ends recovery; needed once on a fresh venue too. What the instruments of today do not allow
  // (the file may have changed) is canceled with the reason.
  void Resume(Timestamp now, Output& out);

  // REQUIRES: after Resume, for both. Reports, trades, at most one BookChanged.
  void Process(const Command& command, Timestamp now, Output& out);
  // For what stands before the venue (a kill switch, a full disk): the order, or the change of an
  // order, is refused with this reason; a known order placed again is answered as it stands.
  void Refuse(const PlaceOrder& order,
              RejectReason reason,
              const std::string& message,
              Timestamp now,
              Output& out);
  void Refuse(const ReplaceOrder& change,
              RejectReason reason,
              const std::string& message,
              Timestamp now,
              Output& out);
  // Takes the trade that `fill` reported back, or, with terms, puts it right: a report of its own.
  // Nothing of the market or an order's progress changes. FAILED_PRECONDITION where it was busted,
  // INVALID_ARGUMENT where the terms are none the trade could have had.
  struct TradeTerms {
    Quantity quantity;  // zero: it is busted
    Price price;
  };
  absl::Status Adjust(const Report& fill,
                      const TradeTerms& terms,
                      const std::string& message,
                      Timestamp now,
                      Output& out);
  // The trade as it stands now.
  TradeTerms TermsOf(const Report& fill) const;
  // Cancels every open order of ours; how many there were.
  size_t CancelAll(const std::string& message, Timestamp now, Output& out);

  // Orders of synthetic participants, in ticks and lots, as one change of the book. Their ids are
  // the caller's to choose, below kOwnBit. Any time.
  void Participate(size_t instrument,
                   const std::vector<ParticipantOrder>& orders,
                   Timestamp now,
                   Output& out);
  static constexpr uint64_t kOwnBit = uint64_t{1} << 63;
  // Lifts the price band of a book, or puts it back; orders of ours move to where their own limit
  // and the band have them then. REQUIRES: after Resume.
  void SetBanded(size_t instrument, bool banded, Timestamp now, Output& out);
  // An order of others reaches what rests, as a recording tells: fills of ours are reported, and
  // nothing goes to the tape. `order` is IOC, its id as in Participate.
  void Reach(size_t instrument, const book::NewOrder& order, Timestamp now, Output& out);
  // A trade between others, for the tape only.
  void Print(size_t instrument, Price price, Quantity quantity, Timestamp now, Output& out);

  const Instruments& instruments() const { return instruments_; }
  const ExchangeConfig& config() const { return config_; }
  // By position in instruments().list().
  const book::Book& book(size_t instrument) const { return markets_[instrument].book; }
  std::optional<size_t> IndexOf(std::string_view symbol) const;
  // The best `levels` of each side. REQUIRES: instrument < instruments().list().size().
  BookSnapshot Snapshot(size_t instrument, size_t levels) const;
  TopOfBook Top(size_t instrument) const;

  // Null once an order is finished and forgotten, or was never seen.
  const OwnOrder* Find(const std::string& child_id) const;
  // Of ours, in the order of acceptance.
  std::vector<const OwnOrder*> OpenOrders() const;
  size_t open_order_count() const { return open_.size(); }
  uint64_t last_report() const { return last_number_; }

 private:
  struct Touched {
    Side side;
    int64_t price;
  };
  struct Market {
    int64_t low = 1;  // the band, in ticks
    int64_t high = book::kPriceMax;
    book::Book book;
    uint64_t source_seq = 0;
    uint64_t update = 0;
    TopOfBook top;
    std::vector<Touched> touched;
  };
  struct Refusal {
    RejectReason reason = RejectReason::kNone;
    std::string message;
  };

  void On(const PlaceOrder& order, Timestamp now, Output& out);
  void On(const CancelOrder& order, Timestamp now, Output& out);
  void On(const ReplaceOrder& order, Timestamp now, Output& out);

  Refusal CheckTerms(const PlaceOrder& order) const;
  Refusal CheckSizes(size_t index, const PlaceOrder& order) const;
  Refusal CheckSpecials(size_t index, const PlaceOrder& order) const;
  Refusal CheckReplace(const OwnOrder& order, const ReplaceOrder& change) const;
  Refusal CheckResume(const OwnOrder& order) const;
  // The order as the book takes it, `leaves` open, its price within the band.
  book::NewOrder ForBook(const PlaceOrder& terms, Quantity leaves, uint64_t book_id) const;
  int64_t BookPrice(size_t instrument, const PlaceOrder& terms) const;

  void SetBand(size_t instrument, bool banded);
  static Refusal WhyCanceled(book::Reason reason);
  // Turns events_ of one book into reports, trades and touched levels.
  void Settle(size_t instrument, Timestamp now, Output& out);
  void SettleTrade(size_t instrument, const book::Event& event, Timestamp now, Output& out);
  void ReportFill(uint64_t book_id, const TradePrinted& trade, Liquidity liquidity, Output& out);
  Money FeeOf(Price price, Quantity quantity, Liquidity liquidity) const;
  void ReportCancel(const OwnOrder& order, const Refusal& why, Timestamp now, Output& out);
  // Emits one BookChanged for what was touched since the last.
  void PublishBook(size_t instrument, Timestamp now, Output& out);
  // Numbers a report, applies it, and puts it out.
  void Emit(Report report, Timestamp now, Output& out);
  void Record(const Report& report);
  void Finish(OwnOrder& order, OwnOrder::State state);

  Price ToPrice(size_t instrument, int64_t ticks) const;
  Quantity ToQuantity(size_t instrument, int64_t lots) const;

  Instruments instruments_;
  ExchangeConfig config_;
  std::vector<Market> markets_;
  absl::flat_hash_map<std::string, size_t> index_;
  absl::flat_hash_map<std::string, std::unique_ptr<OwnOrder>> orders_;  // by child_id
  absl::btree_map<uint64_t, OwnOrder*> open_;                           // by book_id
  std::deque<std::string> finished_;                   // child ids, the oldest first
  absl::flat_hash_map<std::string, Report> adjusted_;  // by the trade's id, the last adjustment
  uint64_t last_number_ = 0;
  bool resumed_ = false;
  bool off_tape_ = false;   // trades are not printed
  book::EventRing events_;  // of the command at hand
};

}  // namespace tw::live_gateway
