#include "services/live-gateway/driver.h"

#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"

namespace tw::live_gateway {
namespace {

constexpr Side kSides[] = {Side::kBuy, Side::kSell};

size_t Index(Side side) {
  return side == Side::kBuy ? 0 : 1;
}

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
      continue;
    }
    Take(row, market.bid, market.ask);
    ShowQuotes(market, now, out);
  }
  return absl::OkStatus();
}

void MarketDriver::Stop(Timestamp now, Output& out) {
  for (auto& [name, market] : driven_) {
    std::vector<ParticipantOrder> orders;
    Withdraw(market, orders);
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

// What should stand in the book of a side; none (id zero, price zero) where nothing is known.
MarketDriver::Quote MarketDriver::Wanted(const DrivenMarket& market, Side side) const {
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
  return {0, ticks, std::clamp<int64_t>(lots, 1, book::kQuantityMax)};
}

void MarketDriver::ShowQuotes(DrivenMarket& market, Timestamp now, Output& out) {
  std::vector<ParticipantOrder> orders;
  std::vector<ParticipantOrder> fresh;
  const book::Book& book = exchange_.book(market.instrument);
  for (const Side side : kSides) {
    Quote& shown = market.quotes[Index(side)];
    const Quote wanted = Wanted(market, side);
    const int64_t left = shown.id != 0 ? book.Leaves(shown.id).value_or(0) : 0;
    if (shown.id != 0 && shown.price == wanted.price && left == wanted.quantity) {
      continue;
    }
    if (left > 0) {
      orders.emplace_back(book::CancelOrder{shown.id});
    }
    shown = wanted;
    if (wanted.price > 0) {
      shown.id = ++last_id_;
      fresh.emplace_back(
          book::NewOrder{shown.id, 0, side, book::OrderKind::kLimit, shown.price, shown.quantity});
    }
  }
  // What goes out goes first, so that the two sides never meet.
  orders.insert(orders.end(), fresh.begin(), fresh.end());
  if (!orders.empty()) {
    exchange_.Participate(market.instrument, orders, now, out);
  }
}

void MarketDriver::Withdraw(DrivenMarket& market, std::vector<ParticipantOrder>& orders) const {
  const book::Book& book = exchange_.book(market.instrument);
  for (Quote& quote : market.quotes) {
    if (quote.id != 0 && book.Leaves(quote.id).value_or(0) > 0) {
      orders.emplace_back(book::CancelOrder{quote.id});
    }
    quote = Quote{};
  }
}

}  // namespace tw::live_gateway
