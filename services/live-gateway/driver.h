// MarketDriver: lets a recording move the paper market of a symbol. While it drives one, the
// synthetic participants of that symbol are halted and the price band is lifted; its best bid and
// offer stand in the book instead, in the recorded size, and its trades are printed.
//
// What an order of ours may trade is what the record allows, each share of it once:
//
//   - It takes of a recorded quote, at the quote's price, what is shown. What it took stays taken
//   for
//     as long as the record stays at that price, however often rows repeat it.
//   - At the recorded best it rests behind all that is shown then. What is added later is behind
//   it;
//     what goes without a trade goes from behind it first.
//   - A recorded trade reaches, up to its quantity, what rests at its price or better: what is
//   shown
//     ahead of ours, then ours, at our price. At or below the bid a seller came, at or above the
//     offer a buyer; between them whoever ours would have met.
//
// The tape has the recorded trades and what ours took, never a fill of ours by a recorded trade
// beside that trade. What the record would have done differently because of us, it does not do.
//
// Prices that are no whole tick go outward, sizes down to whole lots (at least one). A row with one
// side leaves the other as it was, unless they cross: then that one has gone stale and is taken
// out until a row tells it again. Pure; the venue's owner only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "services/live-gateway/exchange.h"
#include "services/live-gateway/synthetic.h"

namespace tw::live_gateway {

// A recorded trade, or a quote; a side of a quote with no price is not carried by that row.
struct DrivenRow {
  std::string symbol;
  bool is_trade = false;
  Price price;
  Quantity quantity;
  BookLevel bid;
  BookLevel ask;
};

// One side of a market that is driven, in ticks and lots: what was recorded last, and what of it
// stands in the book, in the order of its queue.
struct DrivenSide {
  struct Piece {
    uint64_t id = 0;
    int64_t left = 0;
  };
  int64_t price = 0;  // zero: none
  int64_t taken = 0;  // by orders of ours, since the record came to this price
  std::vector<Piece> pieces;

  int64_t shown() const;
};
struct DrivenMarket {
  size_t instrument = 0;
  BookLevel bid;
  BookLevel ask;
  std::array<DrivenSide, 2> sides{};  // bid, ask
};

class MarketDriver {
 public:
  // Both outlive the object.
  MarketDriver(Exchange& exchange, SyntheticMarket& synthetic)
      : exchange_(exchange), synthetic_(synthetic) {}

  // From now on the symbol follows Apply. InvalidArgument for one that the venue does not list.
  absl::Status Start(std::string_view symbol, Timestamp now, Output& out);
  // Starts what is not driven yet. InvalidArgument at the first row of an unknown symbol; those
  // before it were taken.
  absl::Status Apply(const std::vector<DrivenRow>& rows, Timestamp now, Output& out);
  // Gives every market back: the synthetic participants quote with their next step.
  void Stop(Timestamp now, Output& out);

  std::vector<std::string> symbols() const;

 private:
  struct Wish {
    int64_t price = 0;  // zero: nothing should stand there
    int64_t quantity = 0;
  };
  using Orders = std::vector<ParticipantOrder>;

  Wish Wanted(const DrivenMarket& market, Side side) const;
  void ShowQuotes(DrivenMarket& market, Timestamp now, Output& out);
  // Brings a side to what is wanted: what takes away, and what adds.
  void Show(DrivenMarket& market, Side side, Orders& less, Orders& more);
  // Looks at what is left of the pieces; what is gone, and how much that was.
  int64_t CountGone(DrivenMarket& market, Side side) const;
  bool IsAlone(const DrivenMarket& market, Side side) const;
  static void Withdraw(DrivenSide& side, Orders& orders);
  void TakeTrade(DrivenMarket& market, const DrivenRow& row, Timestamp now, Output& out);
  // Whose order came, and at which limit in ticks, if one of ours could be met.
  std::optional<std::pair<Side, int64_t>> Comer(const DrivenMarket& market, Price price) const;

  Exchange& exchange_;
  SyntheticMarket& synthetic_;
  absl::btree_map<std::string, DrivenMarket> driven_;
  uint64_t last_id_ = uint64_t{1} << 62;  // far from the synthetic participants' ids
};

}  // namespace tw::live_gateway
