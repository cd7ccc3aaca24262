#include "services/live-gateway/synthetic.h"

#include <algorithm>

#include "libs/base/check.h"
#include "services/live-gateway/sides.h"

namespace tw::live_gateway {
namespace {

constexpr int64_t kMillion = 1'000'000;

// Distance of each quote from the fair price in millionths, and its share of a side in percent.
constexpr std::array<int64_t, SyntheticMarket::kQuotesPerSide> kDistance = {
    100, 300, 600, 1'000, 1'500, 2'100, 2'800, 3'500};
constexpr std::array<int64_t, SyntheticMarket::kQuotesPerSide> kShare = {4,  6,  8,  10,
                                                                         14, 16, 20, 22};
// A quote stays while it is within a quarter of its distance and holds 85 % of its size; sizes vary
// by 10 % either way. 150 % * 0.85 * 0.9 = 115 % of the minimum depth is there at worst, within
// 3,500 * 1.25 = 4,375 millionths of the fair price.
constexpr int64_t kDepthPercent = 150;
constexpr int64_t kKeepPercent = 85;
constexpr int64_t kToleranceDivisor = 4;

constexpr int64_t kStepMillionths = 60;        // largest random move of the fair price in a step
constexpr int64_t kReversionSteps = 30'000;    // 50 minutes draw it back by 63 %
constexpr int64_t kWanderMillionths = 20'000;  // it never leaves 2 % of the start
constexpr int64_t kTakerReach = 4'000;         // millionths beyond the fair price a taker pays
constexpr int64_t kTakerDivisor = 200;         // its largest size: this part of the minimum depth
constexpr int64_t kDefaultDepthNotional = 250'000;

int64_t PartOf(int64_t whole, int64_t millionths) {
  const auto part = MulDiv(whole, millionths, kMillion, Rounding::kDown);
  TW_CHECK(part.has_value());
  return *part;
}

Quantity DepthOf(const Instrument& instrument, const SyntheticConfig& config) {
  if (const auto it = config.min_depth.find(instrument.symbol); it != config.min_depth.end()) {
    return it->second;
  }
  if (!instrument.min_depth.IsZero()) {
    return instrument.min_depth;
  }
  const auto depth = MulDiv(Money::FromUnits(kDefaultDepthNotional).e8(), kDecimalScale,
                            instrument.start_price.e8(), Rounding::kUp);
  TW_CHECK(depth.has_value());
  return Quantity::FromE8(*depth);
}

// Whole ticks away from the fair price, so that a bid is below it and an ask above it.
int64_t TicksOutward(Side side, int64_t price_e8, int64_t tick_e8) {
  const int64_t down = price_e8 / tick_e8;
  return std::max<int64_t>(1, side == Side::kBuy ? down : (price_e8 + tick_e8 - 1) / tick_e8);
}

}  // namespace

SyntheticMarket::SyntheticMarket(const Instruments& instruments, SyntheticConfig config)
    : config_(std::move(config)) {
  for (const Instrument& instrument : instruments.list()) {
    Symbol symbol{Prng(config_.seed * 1'000'003 + symbols_.size()), instrument.start_price,
                  instrument.start_price};
    symbol.tick_e8 = instrument.tick_size.e8();
    symbol.lot_e8 = instrument.lot_size.e8();
    const int64_t depth_e8 = DepthOf(instrument, config_).e8();
    symbol.depth_lots = std::max<int64_t>(1, (depth_e8 + symbol.lot_e8 - 1) / symbol.lot_e8);
    symbol.smallest_lots = std::max<int64_t>(1, instrument.min_quantity.e8() / symbol.lot_e8);
    TW_CHECK(symbol.depth_lots <= book::kQuantityMax / kDepthPercent);
    symbols_.push_back(symbol);
  }
}

Quantity SyntheticMarket::min_depth(size_t instrument) const {
  return Quantity::FromE8(symbols_[instrument].depth_lots * symbols_[instrument].lot_e8);
}

bool SyntheticMarket::SetHalted(const Exchange& exchange, std::string_view name, bool halted) {
  const auto index = exchange.IndexOf(name);
  if (!index) {
    return false;
  }
  symbols_[*index].halted = halted;
  return true;
}

void SyntheticMarket::Halt(Exchange& exchange, size_t instrument, Timestamp now, Output& out) {
  Symbol& symbol = symbols_[instrument];
  symbol.halted = true;
  exchange.Participate(instrument, Decide(symbol, exchange.book(instrument)), now, out);
}

void SyntheticMarket::Step(Exchange& exchange, Timestamp now, Output& out) {
  TW_CHECK(exchange.instruments().list().size() == symbols_.size());
  for (size_t i = 0; i < symbols_.size(); ++i) {
    const std::vector<ParticipantOrder> orders = Decide(symbols_[i], exchange.book(i));
    exchange.Participate(i, orders, now, out);
  }
}

std::vector<ParticipantOrder> SyntheticMarket::Decide(Symbol& symbol,
                                                      const book::Book& book) const {
  std::vector<ParticipantOrder> orders;
  if (!symbol.halted) {
    Wander(symbol);
  }
  Withdraw(symbol, book, orders);
  if (!symbol.halted) {
    TradeThrough(symbol, book, orders);
    QuoteAnew(symbol, orders);
    if (symbol.prng.Percent(config_.trade_percent)) {
      Take(symbol, orders);
    }
  }
  return orders;
}

void SyntheticMarket::Wander(Symbol& symbol) {
  const int64_t start = symbol.start.e8();
  const int64_t reach = PartOf(start, kStepMillionths);
  const int64_t limit = PartOf(start, kWanderMillionths);
  const int64_t noise = symbol.prng.Between(-reach, reach);
  const int64_t pull = (start - symbol.fair.e8()) / kReversionSteps;
  symbol.fair =
      Price::FromE8(std::clamp(symbol.fair.e8() + noise + pull, start - limit, start + limit));
}

int64_t SyntheticMarket::Target(const Symbol& symbol, Side side, size_t position) {
  const int64_t away = PartOf(symbol.fair.e8(), kDistance[position]);
  // At least one unit of 1e-8 away, so that a fair price on a whole tick is left to neither side.
  return TicksOutward(side, symbol.fair.e8() - Sign(side) * std::max<int64_t>(1, away),
                      symbol.tick_e8);
}

bool SyntheticMarket::Keep(const Symbol& symbol,
                           const book::Book& book,
                           Side side,
                           size_t position) {
  const Quote& quote = symbol.quotes[Index(side)][position];
  const int64_t nearest = Target(symbol, side, 0);
  // A quote nearer than the nearest of now could trade with a quote of the other side.
  if (book::KeyOf(side, quote.price) > book::KeyOf(side, nearest)) {
    return false;
  }
  const int64_t tolerance =
      PartOf(symbol.fair.e8(), kDistance[position]) / kToleranceDivisor / symbol.tick_e8;
  const int64_t target = Target(symbol, side, position);
  return quote.price >= target - tolerance && quote.price <= target + tolerance &&
         book.Leaves(quote.id).value_or(0) * 100 >= quote.quantity * kKeepPercent;
}

void SyntheticMarket::Withdraw(Symbol& symbol,
                               const book::Book& book,
                               std::vector<ParticipantOrder>& orders) {
  for (const Side side : kSides) {
    for (size_t position = 0; position < kQuotesPerSide; ++position) {
      Quote& quote = symbol.quotes[Index(side)][position];
      if (quote.id == 0 || (!symbol.halted && Keep(symbol, book, side, position))) {
        continue;
      }
      if (book.Leaves(quote.id)) {
        orders.emplace_back(book::CancelOrder{quote.id});
      }
      quote = Quote{};
    }
  }
}

// Orders of ours at or beyond the makers' best prices are taken whole, however large: the quotes
// that follow then rest untouched, and the depth rule holds.
void SyntheticMarket::TradeThrough(Symbol& symbol,
                                   const book::Book& book,
                                   std::vector<ParticipantOrder>& orders) {
  for (const Side side : kSides) {
    const Side other = Opposite(side);
    const int64_t price = Target(symbol, side, 0);
    int64_t crossing = book.Available(other, price);
    for (const ParticipantOrder& order : orders) {
      // What is about to be withdrawn is not there to trade with.
      const auto* cancel = std::get_if<book::CancelOrder>(&order);
      const auto view = cancel == nullptr ? std::nullopt : book.Find(cancel->id);
      if (view && view->side == other &&
          book::KeyOf(other, view->price) >= book::KeyOf(other, price)) {
        crossing -= view->leaves;
      }
    }
    while (crossing > 0) {
      const int64_t quantity = std::min(crossing, book::kQuantityMax);
      orders.emplace_back(
          book::NewOrder{++symbol.last_id, 0, side, book::OrderKind::kIoc, price, quantity});
      crossing -= quantity;
    }
  }
}

void SyntheticMarket::QuoteAnew(Symbol& symbol, std::vector<ParticipantOrder>& orders) {
  for (const Side side : kSides) {
    for (size_t position = 0; position < kQuotesPerSide; ++position) {
      Quote& quote = symbol.quotes[Index(side)][position];
      if (quote.id != 0) {
        continue;
      }
      const int64_t percent = kShare[position] * symbol.prng.Between(90, 110);
      const auto size =
          MulDiv(symbol.depth_lots * kDepthPercent, percent, 1'000'000, Rounding::kUp);
      TW_CHECK(size.has_value());
      quote = {++symbol.last_id, Target(symbol, side, position), *size};
      orders.emplace_back(book::NewOrder{quote.id, 0, side, book::OrderKind::kPostOnly, quote.price,
                                         quote.quantity});
    }
  }
}

void SyntheticMarket::Take(Symbol& symbol, std::vector<ParticipantOrder>& orders) {
  const Side side = symbol.prng.Percent(50) ? Side::kBuy : Side::kSell;
  const int64_t reach = PartOf(symbol.fair.e8(), kTakerReach);
  const int64_t price =
      TicksOutward(Opposite(side), symbol.fair.e8() + Sign(side) * reach, symbol.tick_e8);
  const int64_t largest = std::max(symbol.smallest_lots, symbol.depth_lots / kTakerDivisor);
  orders.emplace_back(book::NewOrder{++symbol.last_id, 0, side, book::OrderKind::kIoc, price,
                                     symbol.prng.Between(symbol.smallest_lots, largest)});
}

}  // namespace tw::live_gateway
