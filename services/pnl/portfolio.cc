#include "services/pnl/portfolio.h"

#include <algorithm>
#include <utility>

namespace tw::pnl {
namespace {

constexpr char kOpeningLotId[] = "opening";

bool Matches(std::string_view wanted, std::string_view found) {
  return wanted.empty() || wanted == found;
}

bool StaysInRange(Quantity held, const Fill& fill) {
  if (fill.quantity <= Quantity()) {
    return false;
  }
  const auto next =
      Quantity::CheckedAdd(held, fill.side == Side::kBuy ? fill.quantity : -fill.quantity);
  return next && *next >= -Quantity::Max();  // so that Abs() is always there
}

// A fill that takes another one back is that one the other way: to position and cash it is the
// same.
Fill OtherWay(Fill fill) {
  fill.side = Opposite(fill.side);
  fill.quantity = -fill.quantity;
  return fill;
}

}  // namespace

Portfolio::Portfolio(Accounts accounts) : accounts_(std::move(accounts)) {
  for (const Account& account : accounts_.listed()) {
    books_[account.name] = Opened(account);
  }
}

Applied Portfolio::Apply(const Fill& told) {
  if (told.sequence <= sequence_) {
    return Applied::kDuplicate;
  }
  sequence_ = told.sequence;
  const Fill fill = told.quantity < Quantity() ? OtherWay(told) : told;
  const auto [entry, added] = books_.try_emplace(fill.account);
  Book& book = entry->second;
  if (added) {
    book = BookAtOpening(fill.account);
  }
  const auto held = book.holdings.find(fill.symbol);
  if (!StaysInRange(held == book.holdings.end() ? Quantity() : held->second.average.quantity(),
                    fill)) {
    return Applied::kOutOfRange;
  }
  Holding& holding = book.holdings[fill.symbol];
  const Amount notional = NotionalOf(fill.price, fill.quantity);
  holding.average.Apply(fill.side, fill.quantity, notional);
  holding.fifo.Apply(fill, notional);
  holding.fees += fill.fee.e8();
  holding.sequence = fill.sequence;
  holding.changed = fill.time;
  book.cash -= Sign(fill.side) * notional + fill.fee.e8();
  return Applied::kApplied;
}

// What accounts.toml gave goes as it came, at cost: nothing is made or lost by it. The positions
// stay listed, flat, so that whoever has seen them learns of it.
void Portfolio::TakeBackOpening(const std::string& account,
                                uint64_t sequence,
                                Timestamp time,
                                Book& book) const {
  const std::optional<Account> known = accounts_.Find(account);
  if (!known) {
    return;
  }
  book.cash -= known->opening_cash.e8();
  for (const OpeningPosition& p : known->opening_positions) {
    Holding& holding = book.holdings[p.symbol];
    holding.Take({p.symbol, -p.quantity, p.average_price, {}}, kOpeningLotId);
    holding.sequence = sequence;
    holding.changed = time;
  }
}

void Portfolio::Holding::Take(const OpeningLot& lot, const std::string& id) {
  Fill fill;
  fill.fill_id = id;
  fill.side = lot.quantity < Quantity() ? Side::kSell : Side::kBuy;
  fill.quantity = lot.quantity.Abs();
  fill.price = lot.price;
  fill.time = lot.opened;
  const Amount notional = NotionalOf(lot.price, fill.quantity);
  average.Apply(fill.side, fill.quantity, notional);
  fifo.Apply(fill, notional);
}

Applied Portfolio::Open(uint64_t sequence, Timestamp time, const Opening& opening) {
  if (sequence <= sequence_) {
    return Applied::kDuplicate;
  }
  sequence_ = sequence;
  const auto [entry, added] = books_.try_emplace(opening.account);
  Book& book = entry->second;
  if (added) {
    book = BookAtOpening(opening.account);
  }
  if (!opening.adds) {
    TakeBackOpening(opening.account, sequence, time, book);
  }
  book.currency = opening.currency;
  book.cash += opening.cash.e8();
  Applied applied = Applied::kApplied;
  size_t number = 0;
  for (const OpeningLot& lot : opening.lots) {
    ++number;
    const auto held = book.holdings.find(lot.symbol);
    const Quantity before =
        held == book.holdings.end() ? Quantity() : held->second.average.quantity();
    const auto next = Quantity::CheckedAdd(before, lot.quantity);
    if (!next || *next < -Quantity::Max()) {
      applied = Applied::kOutOfRange;
      continue;
    }
    Holding& holding = book.holdings[lot.symbol];
    holding.Take(lot, opening.import_id + "/" + std::to_string(number));
    holding.sequence = sequence;
    holding.changed = time;
  }
  return applied;
}

void Portfolio::AdvanceTo(uint64_t sequence) {
  sequence_ = std::max(sequence_, sequence);
}

void Portfolio::SetMark(std::string_view symbol, Mark mark) {
  marks_[std::string(symbol)] = mark;
}

std::vector<PositionView> Portfolio::Positions(std::string_view account,
                                               std::string_view symbol) const {
  std::vector<PositionView> out;
  for (const auto& [name, book] : books_) {
    if (!Matches(account, name)) {
      continue;
    }
    for (const auto& [held, holding] : book.holdings) {
      if (Matches(symbol, held)) {
        out.push_back(View(name, held, holding));
      }
    }
  }
  return out;
}

std::optional<PositionView> Portfolio::Find(const std::string& account,
                                            const std::string& symbol) const {
  const auto book = books_.find(account);
  if (book == books_.end()) {
    return std::nullopt;
  }
  const auto holding = book->second.holdings.find(symbol);
  if (holding == book->second.holdings.end()) {
    return std::nullopt;
  }
  return View(account, symbol, holding->second);
}

const FifoLots* Portfolio::Lots(const std::string& account, const std::string& symbol) const {
  const auto book = books_.find(account);
  if (book == books_.end()) {
    return nullptr;
  }
  const auto holding = book->second.holdings.find(symbol);
  return holding == book->second.holdings.end() ? nullptr : &holding->second.fifo;
}

AccountView Portfolio::ViewAccount(const std::string& account) const {
  const auto found = books_.find(account);
  const Book book = found == books_.end() ? BookAtOpening(account) : Book();
  const Book& shown = found == books_.end() ? book : found->second;
  Amount realized = 0;
  Amount unrealized = 0;
  Amount fees = 0;
  Amount equity = shown.cash;
  for (const auto& [symbol, holding] : shown.holdings) {
    const AverageCost& average = holding.average;
    const std::optional<Mark> mark = MarkOf(symbol);
    const Amount value = mark ? NotionalOf(mark->price, average.quantity()) : average.cost();
    realized += average.realized();
    unrealized += value - average.cost();
    fees += holding.fees;
    equity += value;
  }
  return {.account = account,
          .currency = shown.currency,
          .cash = ToMoney(shown.cash),
          .realized = ToMoney(realized),
          .unrealized = ToMoney(unrealized),
          .fees = ToMoney(fees),
          .equity = ToMoney(equity)};
}

std::vector<std::string> Portfolio::ListAccounts() const {
  std::vector<std::string> out;
  out.reserve(books_.size());
  for (const auto& [account, book] : books_) {
    out.push_back(account);
  }
  return out;
}

Portfolio::Book Portfolio::Opened(const Account& account) {
  Book book{.currency = account.base_currency, .cash = account.opening_cash.e8(), .holdings = {}};
  for (const OpeningPosition& p : account.opening_positions) {
    const Amount cost = NotionalOf(p.average_price, p.quantity);
    Holding& holding = book.holdings[p.symbol];
    holding.average = AverageCost(p.quantity, cost);
    holding.fifo.Open(kOpeningLotId, p.quantity, p.average_price, cost);
  }
  return book;
}

Portfolio::Book Portfolio::BookAtOpening(const std::string& account) const {
  const std::optional<Account> known = accounts_.Find(account);
  return known ? Opened(*known) : Book();
}

std::optional<Mark> Portfolio::MarkOf(const std::string& symbol) const {
  const auto it = marks_.find(symbol);
  return it == marks_.end() ? std::nullopt : std::optional<Mark>(it->second);
}

PositionView Portfolio::View(const std::string& account,
                             const std::string& symbol,
                             const Holding& holding) const {
  const AverageCost& average = holding.average;
  PositionView view{.account = account,
                    .symbol = symbol,
                    .quantity = average.quantity(),
                    .average_price = PerUnit(average.cost(), average.quantity()),
                    .mark = MarkOf(symbol),
                    .realized = ToMoney(average.realized()),
                    .unrealized = {},
                    .realized_fifo = ToMoney(holding.fifo.realized()),
                    .unrealized_fifo = {},
                    .fees = ToMoney(holding.fees),
                    .sequence = holding.sequence,
                    .changed = holding.changed};
  if (view.mark) {
    const Amount value = NotionalOf(view.mark->price, average.quantity());
    view.unrealized = ToMoney(value - average.cost());
    view.unrealized_fifo = ToMoney(value - holding.fifo.cost());
  }
  return view;
}

}  // namespace tw::pnl
