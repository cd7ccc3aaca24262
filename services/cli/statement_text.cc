#include "services/cli/statement_text.h"

#include <fmt/format.h>

#include <vector>

#include "services/cli/table.h"

namespace tw::cli {

using pnl::MarkText;
using pnl::NoteOf;
using pnl::SideName;
using pnl::StatementFill;
using pnl::StatementPosition;

std::string StatementText(const pnl::StatementHead& head, const pnl::Statement& s) {
  std::string out = fmt::format("account {}, day {}{}, {}{}\n\n", s.account, head.day,
                                head.market.empty() ? "" : " of " + head.market, s.currency,
                                head.is_over ? "" : " (not over: figures may change)");
  out += FormatTable({"CASH", "AMOUNT"}, {{"opening", s.cash_opening.ToString()},
                                          {"brought in", s.cash_brought_in.ToString()},
                                          {"bought", (-s.cash_bought).ToString()},
                                          {"sold", s.cash_sold.ToString()},
                                          {"fees", (-s.cash_fees).ToString()},
                                          {"closing", s.cash_closing.ToString()}});
  std::vector<TableRow> positions;
  for (const StatementPosition& p : s.positions) {
    positions.push_back({p.symbol, p.opening.quantity.ToString(), p.brought_in.ToString(),
                         p.bought.ToString(), p.sold.ToString(), p.closing.quantity.ToString(),
                         MarkText(p.closing), Name(p.closing.source), p.realized.ToString(),
                         p.closing.unrealized.ToString(), p.fees.ToString()});
  }
  out += "\n" + FormatTable({"POSITION", "OPENING", "BROUGHT IN", "BOUGHT", "SOLD", "CLOSING",
                             "MARK", "BY", "REALIZED", "UNREALIZED", "FEES"},
                            positions);
  std::vector<TableRow> fills;
  for (const StatementFill& f : s.fills) {
    fills.push_back({FormatRfc3339(f.booked), f.fill.symbol, SideName(f.fill),
                     f.fill.quantity.ToString(), f.fill.price.ToString(), f.fill.fee.ToString(),
                     CashOf(f.fill).ToString(), f.fill.fill_id, f.order_id, NoteOf(f)});
  }
  out += "\n" + FormatTable({"FILL", "SYMBOL", "SIDE", "QUANTITY", "PRICE", "FEE", "CASH", "ID",
                             "ORDER", "NOTE"},
                            fills);
  out +=
      "\n" +
      FormatTable({"EQUITY", "AMOUNT"},
                  {{"opening", s.equity_opening.ToString()},
                   {"brought in", s.equity_brought_in.ToString()},
                   {"realized", s.realized.ToString()},
                   {"unrealized, change", (s.unrealized_closing - s.unrealized_opening).ToString()},
                   {"fees", (-s.cash_fees).ToString()},
                   {"closing", s.equity_closing.ToString()}});
  return out;
}

}  // namespace tw::cli
