#include "services/live-gateway/driver.h"

#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/live-gateway/sides.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kPiecesMax = 256;  // of a side; beyond, the last one goes to the back

bool IsThere(const BookLevel& level) {
  return level.price > Price();
}

// What is known of the market after a row. Of two sides that cross, the one that the row does not
// tell has gone stale; two that cross in one row are both of no use.
void Take(const DrivenRow& row, BookLevel& bid, BookLevel& ask) {
  bid = IsThere(row.bid) ? row.bid : bid;
  ask = IsThere(row.ask) ? row.ask : ask;
  if (IsThere(bid) && IsThere(ask) && bid.price >= ask.price) {
    bid = IsThere(row.ask) ? BookLevel{} : bid;
    ask = IsThere(row.bid) ? BookLevel{} : ask;
  }
}

}  // namespace

absl::Status MarketDriver::Start(std::string_view symbol, Timestamp now, Output& out) {
  const std::optional<size_t> instrument = exchange_.IndexOf(symbol);
  if (!instrument) {
    return FieldError("drive", "the venue does not list " + std::string(symbol));
  }
  const auto [it, added] = driven_.try_emplace(std::string(symbol));
  if (added) {
    it->second.instrument = *instrument;
    synthetic_.Halt(exchange_, *instrument, now, out);
    exchange_.SetBanded(*instrument, false, now, out);
  }
  return absl::OkStatus();
}

absl::Status MarketDriver::Apply(const std::vector<DrivenRow>& rows, Timestamp now, Output& out) {
  for (const DrivenRow& row : rows) {
    TW_RETURN_IF_ERROR(Start(row.symbol, now, out));
    DrivenMarket& market = driven_.at(row.symbol);
    if (row.is_trade) {
      exchange_.Print(market.instrument, row.price, row.quantity, now, out);
      TakeTrade(market, row, now, out);
      continue;
    }
    Take(row, market.bid, market.ask);
    ShowQuotes(market, now, out);
  }
  return absl::OkStatus();
}

void MarketDriver::Stop(Timestamp now, Output& out) {
  for (auto& [name, market] : driven_) {
    Orders orders;
    for (const Side side : kSides) {
      CountGone(market, side);
      Withdraw(market.sides[Index(side)], orders);
    }
    exchange_.Participate(market.instrument, orders, now, out);
    exchange_.SetBanded(market.instrument, true, now, out);
    synthetic_.SetHalted(exchange_, name, false);
  }
  driven_.clear();
}

std::vector<std::string> MarketDriver::symbols() const {
  std::vector<std::string> names;
  for (const auto& [name, market] : driven_) {
    names.push_back(name);
  }
  return names;
}

int64_t DrivenSide::shown() const {
  int64_t sum = 0;
  for (const Piece& piece : pieces) {
    sum += piece.left;
  }
  return sum;
}

// What should stand in the book of a side, were nothing of it taken.
MarketDriver::Wish MarketDriver::Wanted(const DrivenMarket& market, Side side) const {
  const BookLevel& level = side == Side::kBuy ? market.bid : market.ask;
  if (!IsThere(level)) {
    return {};
  }
  const Instrument& instrument = exchange_.instruments().list()[market.instrument];
  const Rounding outward = side == Side::kBuy ? Rounding::kDown : Rounding::kUp;
  const int64_t ticks =
      RoundToTick(level.price, instrument.tick_size, outward).e8() / instrument.tick_size.e8();
  const int64_t lots = level.size.e8() / instrument.lot_size.e8();
  if (ticks < 1 || ticks > book::kPriceMax) {
    return {};
  }
  return {ticks, std::clamp<int64_t>(lots, 1, book::kQuantityMax)};
}

int64_t MarketDriver::CountGone(DrivenMarket& market, Side side) const {
  const book::Book& book = exchange_.book(market.instrument);
  DrivenSide& driven = market.sides[Index(side)];
  int64_t gone = 0;
  for (DrivenSide::Piece& piece : driven.pieces) {
    const int64_t left = book.Leaves(piece.id).value_or(0);
    gone += piece.left - left;
    piece.left = left;
  }
  std::erase_if(driven.pieces, [](const DrivenSide::Piece& piece) { return piece.left == 0; });
  return gone;
}

// True: no order of ours rests among the pieces.
bool MarketDriver::IsAlone(const DrivenMarket& market, Side side) const {
  const DrivenSide& driven = market.sides[Index(side)];
  return exchange_.book(market.instrument).At(side, driven.price).quantity == driven.shown();
}

void MarketDriver::Withdraw(DrivenSide& side, Orders& orders) {
  for (const DrivenSide::Piece& piece : side.pieces) {
    orders.emplace_back(book::CancelOrder{piece.id});
  }
  side = DrivenSide{};
}

void MarketDriver::Show(DrivenMarket& market, Side side, Orders& less, Orders& more) {
  DrivenSide& driven = market.sides[Index(side)];
  const Wish wanted = Wanted(market, side);
  if (driven.price != wanted.price) {
    Withdraw(driven, less);
    driven.price = wanted.price;
  }
  const int64_t target = std::max<int64_t>(0, wanted.quantity - driven.taken);
  int64_t excess = driven.shown() - target;
  while (excess > 0) {
    DrivenSide::Piece& last = driven.pieces.back();
    const int64_t part = std::min(excess, last.left);
    last.left -= part;
    excess -= part;
    if (last.left > 0) {
      less.emplace_back(book::ModifyOrder{last.id, driven.price, last.left});
    } else {
      less.emplace_back(book::CancelOrder{last.id});
      driven.pieces.pop_back();
    }
  }
  if (excess == 0) {
    return;
  }
  int64_t added = -excess;
  // With nobody of ours among them the pieces may as well be one.
  const size_t kept = IsAlone(market, side) ? 0 : std::min(driven.pieces.size(), kPiecesMax - 1);
  while (driven.pieces.size() > kept) {
    added += driven.pieces.back().left;
    less.emplace_back(book::CancelOrder{driven.pieces.back().id});
    driven.pieces.pop_back();
  }
  driven.pieces.push_back({++last_id_, added});
  more.emplace_back(
      book::NewOrder{last_id_, 0, side, book::OrderKind::kLimit, driven.price, added});
}

void MarketDriver::ShowQuotes(DrivenMarket& market, Timestamp now, Output& out) {
  Orders orders;
  Orders more;
  for (const Side side : kSides) {
    market.sides[Index(side)].taken += CountGone(market, side);
    Show(market, side, orders, more);
  }
  // What goes out goes first, so that the two sides never meet.
  orders.insert(orders.end(), more.begin(), more.end());
  if (!orders.empty()) {
    exchange_.Participate(market.instrument, orders, now, out);
  }
}

std::optional<std::pair<Side, int64_t>> MarketDriver::Comer(const DrivenMarket& market,
                                                            Price price) const {
  const Instrument& instrument = exchange_.instruments().list()[market.instrument];
  const book::Book& book = exchange_.book(market.instrument);
  const bool at_bid = IsThere(market.bid) && price <= market.bid.price;
  const bool at_ask = IsThere(market.ask) && price >= market.ask.price;
  for (const Side resting : kSides) {
    if (resting == Side::kBuy ? at_ask : at_bid) {
      continue;  // the other side was met
    }
    const Rounding inward = resting == Side::kBuy ? Rounding::kUp : Rounding::kDown;
    const int64_t limit =
        RoundToTick(price, instrument.tick_size, inward).e8() / instrument.tick_size.e8();
    if (limit < 1 || limit > book::kPriceMax) {
      continue;
    }
    const DrivenSide& driven = market.sides[Index(resting)];
    const bool reached = resting == Side::kBuy ? driven.price >= limit : driven.price <= limit;
    const int64_t of_others = reached && driven.price > 0 ? driven.shown() : 0;
    if (book.Available(resting, limit) > of_others) {
      return std::pair(Opposite(resting), limit);
    }
  }
  return std::nullopt;
}

// The printed trade, as it reaches what rests here.
void MarketDriver::TakeTrade(DrivenMarket& market,
                             const DrivenRow& row,
                             Timestamp now,
                             Output& out) {
  for (const Side side : kSides) {
    market.sides[Index(side)].taken += CountGone(market, side);
  }
  const auto comer = Comer(market, row.price);
  const Instrument& instrument = exchange_.instruments().list()[market.instrument];
  const int64_t lots =
      std::min(row.quantity.e8() / instrument.lot_size.e8(), int64_t{book::kQuantityMax});
  if (!comer || lots < 1) {
    return;  // it meets nobody of ours: the quotes stand as they were recorded
  }
  exchange_.Reach(market.instrument,
                  {++last_id_, 0, comer->first, book::OrderKind::kIoc, comer->second, lots}, now,
                  out);
  CountGone(market, Opposite(comer->first));  // by the record itself: nobody of ours took that
}

}  // namespace tw::live_gateway
