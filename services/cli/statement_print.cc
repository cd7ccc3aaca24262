#include "services/cli/statement_print.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "services/cli/table.h"

namespace tw::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* SideName(const pnl::Fill& fill) {
  return fill.side == Side::kBuy ? "buy" : "sell";
}

std::string Note(const StatementFill& each) {
  if (each.original_fill_id.empty()) {
    return each.fill.quantity < Quantity() ? "takes back" : "";
  }
  return (each.fill.quantity < Quantity() ? "takes back " : "corrects ") + each.original_fill_id;
}

std::string Mark(const Valuation& value) {
  return value.mark.IsZero() ? "" : value.mark.ToString();
}

// RFC 4180: quoted where it must be.
std::string Quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) {
    return cell;
  }
  std::string out = "\"";
  for (const char c : cell) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + "\"";
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    line += (line.empty() ? "" : ",") + Quoted(cell);
  }
  return line + "\r\n";
}

Json ValuationJson(const Valuation& value) {
  return {{"quantity", value.quantity.ToString()},
          {"mark", Mark(value)},
          {"mark_source", Name(value.source)},
          {"value", value.value.ToString()},
          {"unrealized", value.unrealized.ToString()}};
}

}  // namespace

std::string StatementText(const StatementHead& head, const Statement& s) {
  std::string out = fmt::format("account {}, day {}, {}{}\n\n", s.account, head.day, s.currency,
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
                         Mark(p.closing), Name(p.closing.source), p.realized.ToString(),
                         p.closing.unrealized.ToString(), p.fees.ToString()});
  }
  out += "\n" + FormatTable({"POSITION", "OPENING", "BROUGHT IN", "BOUGHT", "SOLD", "CLOSING",
                             "MARK", "BY", "REALIZED", "UNREALIZED", "FEES"},
                            positions);
  std::vector<TableRow> fills;
  for (const StatementFill& f : s.fills) {
    fills.push_back({FormatRfc3339(f.booked), f.fill.symbol, SideName(f.fill),
                     f.fill.quantity.ToString(), f.fill.price.ToString(), f.fill.fee.ToString(),
                     CashOf(f.fill).ToString(), f.fill.fill_id, f.order_id, Note(f)});
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

std::string StatementCsv(const StatementHead& head, const Statement& s) {
  std::string out = CsvLine({"record", "account", "day", "symbol", "time", "id", "order_id", "side",
                             "quantity", "price", "fee", "amount", "note"});
  const auto line = [&](const std::string& record, const std::string& amount,
                        const std::string& symbol = "", const std::string& quantity = "",
                        const std::string& price = "", const std::string& note = "") {
    out += CsvLine(
        {record, s.account, head.day, symbol, "", "", "", "", quantity, price, "", amount, note});
  };
  line("opening_cash", s.cash_opening.ToString());
  line("brought_in_cash", s.cash_brought_in.ToString());
  for (const StatementFill& f : s.fills) {
    out += CsvLine({"fill", s.account, head.day, f.fill.symbol, FormatRfc3339(f.booked),
                    f.fill.fill_id, f.order_id, SideName(f.fill), f.fill.quantity.ToString(),
                    f.fill.price.ToString(), f.fill.fee.ToString(), CashOf(f.fill).ToString(),
                    Note(f)});
  }
  line("closing_cash", s.cash_closing.ToString());
  for (const StatementPosition& p : s.positions) {
    line("opening_position", p.opening.value.ToString(), p.symbol, p.opening.quantity.ToString(),
         Mark(p.opening), Name(p.opening.source));
    line("brought_in", p.brought_in_cost.ToString(), p.symbol, p.brought_in.ToString());
    line("closing_position", p.closing.value.ToString(), p.symbol, p.closing.quantity.ToString(),
         Mark(p.closing), Name(p.closing.source));
    line("realized", p.realized.ToString(), p.symbol);
    line("unrealized", p.closing.unrealized.ToString(), p.symbol);
  }
  line("opening_equity", s.equity_opening.ToString());
  line("brought_in_equity", s.equity_brought_in.ToString());
  line("closing_equity", s.equity_closing.ToString(), "", "", "", head.is_over ? "" : "not over");
  return out;
}

std::string StatementJson(const StatementHead& head, const Statement& s) {
  Json positions = Json::array();
  for (const StatementPosition& p : s.positions) {
    positions.push_back({{"symbol", p.symbol},
                         {"from", FormatRfc3339(p.day.begin)},
                         {"to", FormatRfc3339(p.day.end)},
                         {"opening", ValuationJson(p.opening)},
                         {"brought_in", p.brought_in.ToString()},
                         {"brought_in_cost", p.brought_in_cost.ToString()},
                         {"bought", p.bought.ToString()},
                         {"sold", p.sold.ToString()},
                         {"closing", ValuationJson(p.closing)},
                         {"realized", p.realized.ToString()},
                         {"fees", p.fees.ToString()}});
  }
  Json fills = Json::array();
  for (const StatementFill& f : s.fills) {
    fills.push_back({{"booked", FormatRfc3339(f.booked)},
                     {"venue_time", FormatRfc3339(f.fill.time)},
                     {"sequence", f.fill.sequence},
                     {"fill_id", f.fill.fill_id},
                     {"order_id", f.order_id},
                     {"symbol", f.fill.symbol},
                     {"side", SideName(f.fill)},
                     {"quantity", f.fill.quantity.ToString()},
                     {"price", f.fill.price.ToString()},
                     {"fee", f.fill.fee.ToString()},
                     {"cash", CashOf(f.fill).ToString()},
                     {"original_fill_id", f.original_fill_id}});
  }
  const Json json = {{"account", s.account},
                     {"day", head.day},
                     {"is_over", head.is_over},
                     {"currency", s.currency},
                     {"cash",
                      {{"opening", s.cash_opening.ToString()},
                       {"brought_in", s.cash_brought_in.ToString()},
                       {"bought", s.cash_bought.ToString()},
                       {"sold", s.cash_sold.ToString()},
                       {"fees", s.cash_fees.ToString()},
                       {"closing", s.cash_closing.ToString()}}},
                     {"positions", positions},
                     {"fills", fills},
                     {"realized", s.realized.ToString()},
                     {"unrealized_opening", s.unrealized_opening.ToString()},
                     {"unrealized_closing", s.unrealized_closing.ToString()},
                     {"equity_opening", s.equity_opening.ToString()},
                     {"equity_brought_in", s.equity_brought_in.ToString()},
                     {"equity_closing", s.equity_closing.ToString()}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tw::cli
