#include "services/risk/exposure.h"

#include <algorithm>
#include <limits>

#include "libs/base/check.h"
#include "services/risk/view.h"

namespace tw::risk {
namespace {

void AddTotals(Totals& to, const Totals& change) {
  to.opening += change.opening;
  to.reserved_buy += change.reserved_buy;
  to.reserved_sell += change.reserved_sell;
  to.open_orders += change.open_orders;
}

Totals TotalsOf(const Cell& cell) {
  return {OpeningReserved(cell, Side::kBuy) + OpeningReserved(cell, Side::kSell), cell.reserved_buy,
          cell.reserved_sell, 0};
}

Totals Difference(const Totals& after, const Totals& before) {
  return {after.opening - before.opening, after.reserved_buy - before.reserved_buy,
          after.reserved_sell - before.reserved_sell, 0};
}

template <typename Item>
Item& At(std::vector<Item>& items, size_t index) {
  if (index >= items.size()) {
    items.resize(index + 1);
  }
  return items[index];
}

// Working orders against the position that only close it.
Quantity ClosingQuantity(const Cell& cell, Side side) {
  const bool against = Sign(side) * cell.position.e8() < 0;
  return against ? std::min(cell.position.Abs(), cell.open(side)) : Quantity();
}

}  // namespace

Money ClampMoney(Wide e8) {
  constexpr Wide kMax = std::numeric_limits<int64_t>::max();
  return Money::FromE8(static_cast<int64_t>(std::clamp(e8, -kMax, kMax)));
}

Money ReserveNotional(Price price, Quantity quantity) {
  return Notional(price, quantity, Rounding::kUp).value_or(Money::Max());
}

void Cell::AddOpen(Side side, Quantity quantity, Wide notional) {
  (side == Side::kBuy ? open_buy : open_sell) += quantity;
  (side == Side::kBuy ? reserved_buy : reserved_sell) += notional;
}

Quantity OpeningQuantity(const Cell& cell, Side side) {
  return cell.open(side) - ClosingQuantity(cell, side);
}

Wide OpeningReserved(const Cell& cell, Side side) {
  const Quantity open = cell.open(side);
  const Quantity opening = OpeningQuantity(cell, side);
  if (opening == open) {
    return cell.reserved(side);
  }
  if (opening.IsZero()) {
    return 0;
  }
  return MulDiv(ClampMoney(cell.reserved(side)).e8(), opening.e8(), open.e8(), Rounding::kUp)
      .value_or(Money::Max().e8());
}

void AddFill(Cell& cell, Quantity signed_quantity, Price price) {
  const Quantity held = cell.position;
  const bool closes = (held < Quantity()) != (signed_quantity < Quantity()) && !held.IsZero();
  const Quantity closed = closes ? std::min(held.Abs(), signed_quantity.Abs()) : Quantity();
  if (!closed.IsZero()) {
    // By share, toward zero; the last of the position takes what is left.
    cell.cost -= closed == held.Abs() ? cell.cost : cell.cost * closed.e8() / held.Abs().e8();
  }
  const int64_t opened = (signed_quantity.Abs() - closed).e8();
  const int sign = signed_quantity < Quantity() ? -1 : 1;
  cell.cost += Wide{sign} * opened * price.e8() / kDecimalScale;
  cell.position += signed_quantity;
}

Exposure::Exposure(const Instruments& instruments) {
  InternDesk(kDefaultDesk);
  for (const Instrument& instrument : instruments.list()) {
    InternSymbol(instrument.symbol);
  }
}

void Exposure::SetOpening(std::string_view account,
                          std::string_view symbol,
                          Quantity position,
                          Price average_price) {
  const size_t place = InternAccount(account);
  AddPosition(place, InternSymbol(symbol), position, average_price);
  accounts_[place].opening.push_back({std::string(symbol), position, average_price, {}});
}

void Exposure::BringIn(const Opening& opening) {
  const size_t place = InternAccount(opening.account);
  Account& account = accounts_[place];
  if (!opening.adds) {  // in place of that
    account.cash -= account.opening_cash;
    for (const OpeningLot& lot : account.opening) {
      AddPosition(place, InternSymbol(lot.symbol), -lot.quantity, lot.price);
    }
  }
  account.cash += opening.cash.e8();
  for (const OpeningLot& lot : opening.lots) {
    AddPosition(place, InternSymbol(lot.symbol), lot.quantity, lot.price);
  }
}

void Exposure::SetAccount(std::string_view account, std::string_view desk, Money opening_cash) {
  Account& known = accounts_[InternAccount(account)];
  known.desk = InternDesk(desk);
  known.cash = opening_cash.e8();
  known.opening_cash = known.cash;
}

// The order, made and counted if it is new.
Exposure::Order& Exposure::OrderOf(OrderId id,
                                   std::string_view account,
                                   std::string_view symbol,
                                   std::string_view strategy,
                                   Side side) {
  const auto [it, added] = orders_.try_emplace(id);
  Order& order = it->second;
  if (added) {
    order.account = InternAccount(account);
    order.symbol = InternSymbol(symbol);
    order.strategy = strategy.empty() ? kNowhere : InternStrategy(strategy);
    order.side = side;
    CountOrder(order, 1);
  }
  return order;
}

void Exposure::CountOrder(const Order& order, int64_t change) {
  accounts_[order.account].totals.open_orders += change;
  desks_[accounts_[order.account].desk].totals.open_orders += change;
  symbols_[order.symbol].totals.open_orders += change;
  firm_.open_orders += change;
  if (order.strategy != kNowhere) {
    strategies_[order.strategy].totals.open_orders += change;
  }
}

void Exposure::Reserve(const Reservation& reservation) {
  Order& order = OrderOf(reservation.order_id, reservation.account, reservation.symbol,
                         reservation.strategy, reservation.side);
  volatile_count_ += order.reservation == 0 ? 1 : 0;
  order.reservation = ++last_number_;
  made_.push_back({order.reservation, reservation.epoch, reservation.order_id, reservation.time});
  order.pending_total = reservation.quantity;
  order.pending_price = reservation.price;
  Count(order);
}

void Exposure::Apply(const OrderView& view) {
  Order& order = OrderOf(view.order_id, view.account, view.symbol, view.strategy, view.side);
  if (!view.fill_quantity.IsZero()) {
    Symbol& symbol = symbols_[order.symbol];
    if (!symbol.quoted) {
      symbol.mark = view.fill_price;
    }
    const Quantity filled = Quantity::FromE8(view.fill_quantity.e8() * Sign(order.side));
    AddPosition(order.account, order.symbol, filled, view.fill_price);
    accounts_[order.account].cash -=
        Wide{Notional(view.fill_price, filled).value_or(Money()).e8()} + view.fee.e8();
    if (order.strategy != kNowhere) {
      ChangeStrategy(order.strategy, order.symbol,
                     [&](Cell& cell) { AddFill(cell, filled, view.fill_price); });
    }
  }
  const bool finished = IsTerminal(view.status);
  // A fill or an acknowledgement on the way of a replace that was just approved leaves that one's
  // reservation; the ledger's own word on the replace, or on a new order, ends it.
  const bool replace_under_way = order.confirmed && order.reservation != 0 &&
                                 view.status != OrderStatus::kPendingReplace &&
                                 !view.ends_reservation;
  order.filled = view.filled;
  order.ledger = {view.leaves, ReserveNotional(view.reserve_price, view.leaves)};
  order.confirmed = true;
  if (finished) {
    Erase(view.order_id, order);
    return;
  }
  if (!replace_under_way) {
    volatile_count_ -= order.reservation != 0 ? 1 : 0;
    order.reservation = 0;
    const bool pending = view.status == OrderStatus::kPendingReplace;
    order.pending_total = pending ? view.requested_quantity : Quantity();
    order.pending_price = view.requested_price.IsZero() ? view.reserve_price : view.requested_price;
  }
  Count(order);
}

void Exposure::Release(OrderId order_id) {
  const auto it = orders_.find(order_id);
  if (it == orders_.end() || it->second.reservation == 0) {
    return;
  }
  Order& order = it->second;
  if (!order.confirmed) {
    Erase(order_id, order);
    return;
  }
  order.reservation = 0;
  --volatile_count_;
  order.pending_total = Quantity();
  Count(order);
}

size_t Exposure::DropOlderEpochs(uint64_t epoch) {
  size_t dropped = 0;
  while (!made_.empty() && made_.front().epoch < epoch) {
    dropped += DropFront();
  }
  return dropped;
}

size_t Exposure::DropReservedBefore(Timestamp time) {
  size_t dropped = 0;
  while (!made_.empty() && made_.front().time < time) {
    dropped += DropFront();
  }
  return dropped;
}

// Takes the oldest reservation off the list and, if it still holds something, releases it.
size_t Exposure::DropFront() {
  const Made made = made_.front();
  made_.pop_front();
  const auto it = orders_.find(made.order_id);
  if (it == orders_.end() || it->second.reservation != made.number) {
    return 0;
  }
  Release(made.order_id);
  return 1;
}

void Exposure::SetMark(size_t index, Price mark) {
  Symbol& symbol = symbols_[index];
  symbol.quoted = true;
  if (symbol.mark != mark) {
    symbol.mark = mark;
    Revalue(symbol);
  }
}

std::optional<size_t> Exposure::FindAccount(std::string_view account) const {
  const auto it = account_index_.find(View(account));
  return it == account_index_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

std::optional<size_t> Exposure::FindSymbol(std::string_view symbol) const {
  const auto it = symbol_index_.find(View(symbol));
  return it == symbol_index_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

const Cell* Exposure::FindCell(size_t account, size_t symbol) const {
  const std::vector<Cell>& cells = accounts_[account].cells;
  return symbol < cells.size() ? &cells[symbol] : nullptr;
}

Wide Exposure::CellUsed(size_t account, size_t symbol) const {
  const Cell* cell = FindCell(account, symbol);
  return cell == nullptr
             ? 0
             : PositionValue(cell->position, symbols_[symbol].mark) +
                   OpeningReserved(*cell, Side::kBuy) + OpeningReserved(*cell, Side::kSell);
}

std::optional<size_t> Exposure::FindStrategy(std::string_view strategy) const {
  const auto it = strategy_index_.find(View(strategy));
  return it == strategy_index_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

std::optional<size_t> Exposure::FindDesk(std::string_view desk) const {
  const auto it = desk_index_.find(View(desk));
  return it == desk_index_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

std::optional<Exposure::Held> Exposure::FindOrder(OrderId order_id) const {
  const auto it = orders_.find(order_id);
  if (it == orders_.end()) {
    return std::nullopt;
  }
  const Order& order = it->second;
  return Held{order.account, order.symbol, order.side, order.filled, order.counted, order.strategy};
}

size_t Exposure::InternAccount(std::string_view name) {
  const auto it = account_index_.find(View(name));
  if (it != account_index_.end()) {
    return it->second;
  }
  accounts_.push_back({.name = std::string(name),
                       .cells = {},
                       .totals = {},
                       .cash = kDefaultCash.e8(),
                       .desk = 0,
                       .opening_cash = kDefaultCash.e8()});
  account_index_.emplace(std::string(name), accounts_.size() - 1);
  return accounts_.size() - 1;
}

size_t Exposure::InternSymbol(std::string_view name) {
  const auto it = symbol_index_.find(View(name));
  if (it != symbol_index_.end()) {
    return it->second;
  }
  Symbol symbol;
  symbol.name = std::string(name);
  symbols_.push_back(std::move(symbol));
  symbol_index_.emplace(std::string(name), symbols_.size() - 1);
  return symbols_.size() - 1;
}

size_t Exposure::InternDesk(std::string_view name) {
  const auto [it, added] = desk_index_.try_emplace(std::string(name), desks_.size());
  if (added) {
    desks_.push_back({std::string(name), {}, {}});
  }
  return it->second;
}

size_t Exposure::InternStrategy(std::string_view name) {
  const auto it = strategy_index_.find(View(name));
  if (it != strategy_index_.end()) {
    return it->second;
  }
  strategies_.push_back({std::string(name), {}, {}});
  strategy_index_.emplace(std::string(name), strategies_.size() - 1);
  return strategies_.size() - 1;
}

// Changes a cell and carries its opening part, its orders and its position into the sums above it.
template <typename Change>
void Exposure::ChangeCell(size_t account, size_t symbol, Change change) {
  Cell& cell = At(accounts_[account].cells, symbol);
  const Totals before = TotalsOf(cell);
  const Quantity held = cell.position;
  change(cell);
  const Totals totals = Difference(TotalsOf(cell), before);
  Desk& desk = desks_[accounts_[account].desk];
  AddTotals(accounts_[account].totals, totals);
  AddTotals(desk.totals, totals);
  AddTotals(symbols_[symbol].totals, totals);
  AddTotals(firm_, totals);
  if (cell.position != held) {
    const Quantity gross = cell.position.Abs() - held.Abs();
    Sum& sum = At(desk.positions, symbol);
    sum.gross += gross;
    sum.net += cell.position - held;
    symbols_[symbol].gross += gross;
    symbols_[symbol].net += cell.position - held;
  }
}

template <typename Change>
void Exposure::ChangeStrategy(size_t strategy, size_t symbol, Change change) {
  Cell& cell = At(strategies_[strategy].cells, symbol);
  const Totals before = TotalsOf(cell);
  change(cell);
  AddTotals(strategies_[strategy].totals, Difference(TotalsOf(cell), before));
}

// Adds to what stands for an order in its cells.
void Exposure::ChangeOpen(Order& order, Quantity quantity, Wide notional) {
  const auto add = [&](Cell& cell) { cell.AddOpen(order.side, quantity, notional); };
  ChangeCell(order.account, order.symbol, add);
  if (order.strategy != kNowhere) {
    ChangeStrategy(order.strategy, order.symbol, add);
  }
}

// Brings the cell to what the order holds now: the ledger's part or, where larger, the pending one.
void Exposure::Count(Order& order) {
  Open now = order.ledger;
  if (order.pending_total > order.filled) {
    const Quantity leaves = order.pending_total - order.filled;
    now.leaves = std::max(now.leaves, leaves);
    now.notional = std::max(now.notional, ReserveNotional(order.pending_price, leaves));
  }
  ChangeOpen(order, now.leaves - order.counted.leaves,
             Wide{now.notional.e8()} - order.counted.notional.e8());
  order.counted = now;
}

void Exposure::Erase(OrderId order_id, Order& order) {
  volatile_count_ -= order.reservation != 0 ? 1 : 0;
  ChangeOpen(order, -order.counted.leaves, -Wide{order.counted.notional.e8()});
  CountOrder(order, -1);
  orders_.erase(order_id);
}

void Exposure::AddPosition(size_t account, size_t index, Quantity signed_quantity, Price price) {
  ChangeCell(account, index, [&](Cell& cell) { AddFill(cell, signed_quantity, price); });
  Revalue(symbols_[index]);
}

void Exposure::Revalue(Symbol& symbol) {
  const Wide value = PositionValue(symbol.gross, symbol.mark);
  firm_positions_ += value - symbol.value;
  symbol.value = value;
}

}  // namespace tw::risk
