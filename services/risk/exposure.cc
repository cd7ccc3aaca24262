#include "services/risk/exposure.h"

#include <algorithm>
#include <limits>

#include "libs/base/check.h"

namespace tw::risk {
namespace {

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

Wide PositionValue(Quantity position, Price mark) {
  return ReserveNotional(mark, position.Abs()).e8();
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

Exposure::Exposure(const Instruments& instruments) {
  for (const Instrument& instrument : instruments.list()) {
    InternSymbol(instrument.symbol);
  }
}

void Exposure::SetOpening(std::string_view account, std::string_view symbol, Quantity position) {
  AddPosition(InternAccount(account), InternSymbol(symbol), position);
}

void Exposure::Reserve(const Reservation& reservation) {
  auto [it, added] = orders_.try_emplace(reservation.order_id);
  Order& order = it->second;
  if (added) {
    order.account = InternAccount(reservation.account);
    order.symbol = InternSymbol(reservation.symbol);
    order.side = reservation.side;
  }
  volatile_count_ += order.reservation == 0 ? 1 : 0;
  order.reservation = ++last_number_;
  made_.push_back({order.reservation, reservation.epoch, reservation.order_id, reservation.time});
  order.pending_total = reservation.quantity;
  order.pending_price = reservation.price;
  Count(order);
}

void Exposure::Apply(const OrderView& view) {
  auto [it, added] = orders_.try_emplace(view.order_id);
  Order& order = it->second;
  if (added) {
    order.account = InternAccount(view.account);
    order.symbol = InternSymbol(view.symbol);
    order.side = view.side;
  }
  if (!view.fill_quantity.IsZero()) {
    Symbol& symbol = symbols_[order.symbol];
    if (!symbol.quoted) {
      symbol.mark = view.fill_price;
    }
    AddPosition(order.account, order.symbol,
                Quantity::FromE8(view.fill_quantity.e8() * Sign(order.side)));
  }
  const bool finished = IsTerminal(view.status);
  // A fill or an acknowledgement on the way of a replace that was just approved leaves that one's
  // reservation; the ledger's own word on the replace, or on a new order, ends it.
  const bool replace_under_way =
      order.confirmed && order.reservation != 0 && view.status != OrderStatus::kPendingReplace;
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

Wide Exposure::AccountUsed(size_t account) const {
  Wide used = accounts_[account].opening;
  const std::vector<Cell>& cells = accounts_[account].cells;
  for (size_t s = 0; s < cells.size(); ++s) {
    if (!cells[s].position.IsZero()) {
      used += PositionValue(cells[s].position, symbols_[s].mark);
    }
  }
  return used;
}

Wide Exposure::CellUsed(size_t account, size_t symbol) const {
  const Cell* cell = FindCell(account, symbol);
  return cell == nullptr
             ? 0
             : PositionValue(cell->position, symbols_[symbol].mark) +
                   OpeningReserved(*cell, Side::kBuy) + OpeningReserved(*cell, Side::kSell);
}

std::optional<Exposure::Held> Exposure::FindOrder(OrderId order_id) const {
  const auto it = orders_.find(order_id);
  if (it == orders_.end()) {
    return std::nullopt;
  }
  const Order& order = it->second;
  return Held{order.account, order.symbol, order.side, order.filled, order.counted};
}

size_t Exposure::InternAccount(std::string_view name) {
  const auto it = account_index_.find(View(name));
  if (it != account_index_.end()) {
    return it->second;
  }
  accounts_.push_back({std::string(name), {}, 0});
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

Cell& Exposure::CellAt(size_t account, size_t symbol) {
  std::vector<Cell>& cells = accounts_[account].cells;
  if (symbol >= cells.size()) {
    cells.resize(symbol + 1);
  }
  return cells[symbol];
}

// Changes a cell and carries its opening part into the sums above it.
template <typename Change>
void Exposure::ChangeCell(size_t account, size_t symbol, Change change) {
  Cell& cell = CellAt(account, symbol);
  const Wide before = OpeningReserved(cell, Side::kBuy) + OpeningReserved(cell, Side::kSell);
  change(cell);
  const Wide after = OpeningReserved(cell, Side::kBuy) + OpeningReserved(cell, Side::kSell);
  accounts_[account].opening += after - before;
  firm_opening_ += after - before;
}

// Brings the cell to what the order holds now: the ledger's part or, where larger, the pending one.
void Exposure::Count(Order& order) {
  Open now = order.ledger;
  if (order.pending_total > order.filled) {
    const Quantity leaves = order.pending_total - order.filled;
    now.leaves = std::max(now.leaves, leaves);
    now.notional = std::max(now.notional, ReserveNotional(order.pending_price, leaves));
  }
  ChangeCell(order.account, order.symbol, [&](Cell& cell) {
    cell.AddOpen(order.side, now.leaves - order.counted.leaves,
                 Wide{now.notional.e8()} - order.counted.notional.e8());
  });
  order.counted = now;
}

void Exposure::Erase(OrderId order_id, Order& order) {
  volatile_count_ -= order.reservation != 0 ? 1 : 0;
  ChangeCell(order.account, order.symbol, [&](Cell& cell) {
    cell.AddOpen(order.side, -order.counted.leaves, -Wide{order.counted.notional.e8()});
  });
  orders_.erase(order_id);
}

void Exposure::AddPosition(size_t account, size_t index, Quantity signed_quantity) {
  Symbol& symbol = symbols_[index];
  ChangeCell(account, index, [&](Cell& cell) {
    symbol.gross -= cell.position.Abs();
    cell.position += signed_quantity;
    symbol.gross += cell.position.Abs();
  });
  Revalue(symbol);
}

void Exposure::Revalue(Symbol& symbol) {
  const Wide value = PositionValue(symbol.gross, symbol.mark);
  firm_positions_ += value - symbol.value;
  symbol.value = value;
}

}  // namespace tw::risk
