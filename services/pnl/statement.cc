#include "services/pnl/statement.h"

#include <utility>

namespace tw::pnl {
namespace {

bool IsBuy(const Fill& fill) {
  return fill.side == Side::kBuy;
}

bool Adds(Money opening, std::initializer_list<Money> movements, Money closing) {
  Amount sum = opening.e8();
  for (const Money& each : movements) {
    sum += each.e8();
  }
  return sum == closing.e8();
}

}  // namespace

const char* Name(MarkSource source) {
  switch (source) {
    case MarkSource::kNone: return "";
    case MarkSource::kQuote: return "quote";
    case MarkSource::kFill: return "fill";
    case MarkSource::kCost: return "cost";
  }
  return "";
}

Money CashOf(const Fill& fill) {
  const Amount notional = NotionalOf(fill.price, fill.quantity);
  return ToMoney((IsBuy(fill) ? -notional : notional) - fill.fee.e8());
}

bool Statement::Reconciles() const {
  for (const StatementPosition& p : positions) {
    if (Amount{p.opening.quantity.e8()} + p.brought_in.e8() + p.bought.e8() - p.sold.e8() !=
        p.closing.quantity.e8()) {
      return false;
    }
  }
  return Adds(cash_opening, {cash_brought_in, -cash_bought, cash_sold, -cash_fees}, cash_closing) &&
         Adds(equity_opening,
              {equity_brought_in, realized, unrealized_closing, -unrealized_opening, -cash_fees},
              equity_closing);
}

StatementMaker::StatementMaker(const Account& account, Windows windows, Fills fills)
    : account_(account),
      keep_(fills),
      windows_(std::move(windows)),
      cash_day_(windows_("")),
      cash_opening_(account.opening_cash.e8()) {
  for (const OpeningPosition& held : account.opening_positions) {
    Book& book = BookOf(held.symbol);
    book.opening = AverageCost(held.quantity, NotionalOf(held.average_price, held.quantity));
    book.now = book.opening;
  }
}

StatementMaker::Book& StatementMaker::BookOf(const std::string& symbol) {
  const auto [book, added] = books_.try_emplace(symbol);
  if (added) {
    book->second.day = windows_(symbol);
  }
  return book->second;
}

void StatementMaker::Take(const OpeningLot& lot, Timestamp booked) {
  Book& book = BookOf(lot.symbol);
  const auto next = Quantity::CheckedAdd(book.now.quantity(), lot.quantity);
  if (booked >= book.day.end) {
    return;  // of a later day
  }
  if (!next || *next < -Quantity::Max()) {
    ++left_out_;  // as pnl does
    return;
  }
  const bool is_long = lot.quantity > Quantity();
  book.now.Apply(is_long ? Side::kBuy : Side::kSell, lot.quantity.Abs(),
                 NotionalOf(lot.price, lot.quantity.Abs()));
  if (booked < book.day.begin) {
    book.opening = book.now;
    return;
  }
  book.seen = true;
  book.brought_in = Quantity::SaturatingAdd(book.brought_in, lot.quantity);
  book.brought_in_cost += NotionalOf(lot.price, lot.quantity);
}

void StatementMaker::Apply(const Opening& opening, Timestamp booked) {
  Amount cash = opening.cash.e8();
  if (!opening.adds) {
    cash -= account_.opening_cash.e8();
    for (const OpeningPosition& p : account_.opening_positions) {
      Take({p.symbol, -p.quantity, p.average_price, {}}, booked);
    }
  }
  for (const OpeningLot& lot : opening.lots) {
    Take(lot, booked);
  }
  if (booked < cash_day_.begin) {
    cash_opening_ += cash;
  } else if (booked < cash_day_.end) {
    cash_brought_in_ += cash;
  }
}

bool StatementMaker::Apply(const StatementFill& told) {
  const Fill& fill = told.fill;
  Book& book = BookOf(fill.symbol);
  if (told.booked >= book.day.end || fill.quantity.IsZero()) {
    return false;  // of a later day
  }
  const Amount notional = NotionalOf(fill.price, fill.quantity);
  // One that takes another back is that one the other way.
  const bool back = fill.quantity < Quantity();
  const auto next =
      Quantity::CheckedAdd(book.now.quantity(), IsBuy(fill) ? fill.quantity : -fill.quantity);
  if (!next || *next < -Quantity::Max()) {
    ++left_out_;  // as pnl does
    return false;
  }
  book.now.Apply(back ? Opposite(fill.side) : fill.side, back ? -fill.quantity : fill.quantity,
                 back ? -notional : notional);
  book.last = fill.price;
  if (told.booked < book.day.begin) {
    book.opening = book.now;
    book.last_before = fill.price;
    cash_opening_ += (IsBuy(fill) ? -notional : notional) - fill.fee.e8();
    return false;
  }
  book.seen = true;
  book.fees += fill.fee.e8();
  Quantity& sum = IsBuy(fill) ? book.bought : book.sold;
  sum = Quantity::CheckedAdd(sum, fill.quantity).value_or(Quantity::Max());
  (IsBuy(fill) ? book.paid : book.received) += notional;
  if (keep_ == Fills::kKept) {
    fills_.push_back(told);
  }
  return true;
}

void StatementMaker::Begin(Windows windows) {
  windows_ = std::move(windows);
  cash_day_ = windows_("");
  cash_opening_ += cash_brought_in_;
  cash_brought_in_ = 0;
  for (auto& [symbol, book] : books_) {
    cash_opening_ += book.received - book.paid - book.fees;
    Book next;
    next.day = windows_(symbol);
    next.opening = next.now = book.now;
    next.last_before = next.last = book.last;
    book = next;
  }
  fills_.clear();
}

Valuation StatementMaker::Value(const AverageCost& position,
                                std::optional<Price> quote,
                                Price last_fill) {
  Valuation out;
  out.quantity = position.quantity();
  if (out.quantity.IsZero()) {
    return out;
  }
  Amount value = position.cost();
  out.source = MarkSource::kCost;
  if (quote) {
    out.source = MarkSource::kQuote;
    out.mark = *quote;
  } else if (!last_fill.IsZero()) {
    out.source = MarkSource::kFill;
    out.mark = last_fill;
  }
  if (out.source != MarkSource::kCost) {
    value = NotionalOf(out.mark, out.quantity);
  }
  out.value = ToMoney(value);
  out.unrealized = ToMoney(value - position.cost());
  return out;
}

Statement StatementMaker::Make(const Quotes& quotes) const {
  Statement out;
  out.account = account_.name;
  out.currency = account_.base_currency;
  out.fills = fills_;
  Amount paid = 0;
  Amount received = 0;
  Amount fees = 0;
  Amount realized = 0;
  Amount brought_in = cash_brought_in_;
  Amount value_opening = 0;
  Amount value_closing = 0;
  Amount unrealized_opening = 0;
  Amount unrealized_closing = 0;
  for (const auto& [symbol, book] : books_) {
    if (book.opening.quantity().IsZero() && !book.seen) {
      continue;
    }
    const auto quote = [&quotes, name = symbol](const AverageCost& held, Timestamp before) {
      return held.quantity().IsZero() ? std::nullopt : quotes(name, before);
    };
    StatementPosition line;
    line.symbol = symbol;
    line.day = book.day;
    line.opening = Value(book.opening, quote(book.opening, book.day.begin), book.last_before);
    line.closing = Value(book.now, quote(book.now, book.day.end), book.last);
    line.brought_in = book.brought_in;
    line.brought_in_cost = ToMoney(book.brought_in_cost);
    line.bought = book.bought;
    line.sold = book.sold;
    line.realized = ToMoney(book.now.realized() - book.opening.realized());
    line.fees = ToMoney(book.fees);
    brought_in += book.brought_in_cost;
    paid += book.paid;
    received += book.received;
    fees += book.fees;
    realized += book.now.realized() - book.opening.realized();
    value_opening += line.opening.value.e8();
    value_closing += line.closing.value.e8();
    unrealized_opening += line.opening.unrealized.e8();
    unrealized_closing += line.closing.unrealized.e8();
    out.positions.push_back(std::move(line));
  }
  const Amount cash_closing = cash_opening_ + cash_brought_in_ - paid + received - fees;
  out.left_out = left_out_;
  out.cash_opening = ToMoney(cash_opening_);
  out.cash_brought_in = ToMoney(cash_brought_in_);
  out.cash_bought = ToMoney(paid);
  out.cash_sold = ToMoney(received);
  out.cash_fees = ToMoney(fees);
  out.cash_closing = ToMoney(cash_closing);
  out.realized = ToMoney(realized);
  out.unrealized_opening = ToMoney(unrealized_opening);
  out.unrealized_closing = ToMoney(unrealized_closing);
  out.equity_opening = ToMoney(cash_opening_ + value_opening);
  out.equity_brought_in = ToMoney(brought_in);
  out.equity_closing = ToMoney(cash_closing + value_closing);
  return out;
}

}  // namespace tw::pnl
