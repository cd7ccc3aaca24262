// What positions and orders come to, by firm, desk, account, strategy and symbol.
#include "services/risk/exposure.h"

namespace tw::risk {

Wide PositionValue(Quantity position, Price mark) {
  if (position.IsZero()) {  // most cells of a sum hold none
    return 0;
  }
  return ReserveNotional(mark, position.Abs()).e8();
}

Wide SignedValue(Quantity position, Price mark) {
  const Wide value = PositionValue(position, mark);
  return position < Quantity() ? -value : value;
}

Wide CellValue(const Cell& cell, Price mark) {
  return mark.IsZero() ? cell.cost : SignedValue(cell.position, mark);
}

const Cell* Exposure::FindStrategyCell(size_t strategy, size_t symbol) const {
  const std::vector<Cell>& cells = strategies_[strategy].cells;
  return symbol < cells.size() ? &cells[symbol] : nullptr;
}

// Over the symbols that there are items for: `value` of what `quantity` picks, at the mark.
template <typename Items, typename Quantities>
Wide Exposure::SumOver(const Items& items,
                       const Quantities& quantity,
                       Wide (*value)(Quantity, Price)) const {
  Wide sum = 0;
  for (size_t s = 0; s < items.size(); ++s) {
    sum += value(quantity(items[s]), symbols_[s].mark);
  }
  return sum;
}

Wide Exposure::DeskUsed(size_t desk) const {
  return desks_[desk].totals.opening +
         SumOver(
             desks_[desk].positions, [](const Sum& sum) { return sum.gross; }, PositionValue);
}

Wide Exposure::StrategyUsed(size_t strategy) const {
  return strategies_[strategy].totals.opening + SumOver(
                                                    strategies_[strategy].cells,
                                                    [](const Cell& cell) { return cell.position; },
                                                    PositionValue);
}

Wide Exposure::FirmNet() const {
  return SumOver(
      symbols_, [](const Symbol& symbol) { return symbol.net; }, SignedValue);
}

Wide Exposure::DeskNet(size_t desk) const {
  return SumOver(
      desks_[desk].positions, [](const Sum& sum) { return sum.net; }, SignedValue);
}

Wide Exposure::StrategyNet(size_t strategy) const {
  return SumOver(
      strategies_[strategy].cells, [](const Cell& cell) { return cell.position; }, SignedValue);
}

Wide Exposure::SymbolNet(size_t symbol) const {
  return SignedValue(symbols_[symbol].net, symbols_[symbol].mark);
}

Exposure::Worth Exposure::WorthOf(size_t account) const {
  Worth worth;
  worth.used = accounts_[account].totals.opening;
  worth.equity = accounts_[account].cash;
  const std::vector<Cell>& cells = accounts_[account].cells;
  for (size_t s = 0; s < cells.size(); ++s) {
    const Cell& cell = cells[s];
    if (cell.position.IsZero()) {
      continue;
    }
    const Price mark = symbols_[s].mark;
    const Wide value = PositionValue(cell.position, mark);
    const Wide net = cell.position < Quantity() ? -value : value;
    worth.positions += value;
    worth.used += value;
    worth.net += net;
    worth.equity += mark.IsZero() ? cell.cost : net;
  }
  return worth;
}

Wide Exposure::PositionLoss(size_t account, size_t symbol) const {
  const Cell* cell = FindCell(account, symbol);
  return cell == nullptr ? Wide{0} : cell->cost - CellValue(*cell, symbols_[symbol].mark);
}

int64_t Exposure::OpenOrdersOf(LimitScope scope, std::string_view name) const {
  const auto of = [](std::optional<size_t> place, const auto& items) {
    return place ? items[*place].totals.open_orders : int64_t{0};
  };
  switch (scope) {
    case LimitScope::kDesk: return of(FindDesk(name), desks_);
    case LimitScope::kAccount: return of(FindAccount(name), accounts_);
    case LimitScope::kStrategy: return of(FindStrategy(name), strategies_);
    case LimitScope::kSymbol: return of(FindSymbol(name), symbols_);
    default: return firm_.open_orders;
  }
}

}  // namespace tw::risk
