#include "services/pnl/statement_print.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace tw::pnl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFillsHere = "\"fills\":null";

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
          {"mark", MarkText(value)},
          {"mark_source", Name(value.source)},
          {"value", value.value.ToString()},
          {"unrealized", value.unrealized.ToString()}};
}

Json FillJson(const StatementFill& f) {
  return {{"booked", FormatRfc3339(f.booked)},
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
          {"original_fill_id", f.original_fill_id}};
}

Json PositionJson(const StatementPosition& p) {
  return {{"symbol", p.symbol},
          {"from", FormatRfc3339(p.day.begin)},
          {"to", FormatRfc3339(p.day.end)},
          {"opening", ValuationJson(p.opening)},
          {"brought_in", p.brought_in.ToString()},
          {"brought_in_cost", p.brought_in_cost.ToString()},
          {"bought", p.bought.ToString()},
          {"sold", p.sold.ToString()},
          {"closing", ValuationJson(p.closing)},
          {"realized", p.realized.ToString()},
          {"fees", p.fees.ToString()}};
}

// What is no text is replaced, not refused.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

FillSource FillsOf(const Statement& statement) {
  return [&statement](const std::function<void(const StatementFill&)>& take) {
    for (const StatementFill& fill : statement.fills) {
      take(fill);
    }
    return absl::OkStatus();
  };
}

template <typename Write>
std::string AsText(const Write& write, const StatementHead& head, const Statement& statement) {
  std::string out;
  // Fills in memory cannot fail.
  write(head, statement, FillsOf(statement), [&out](std::string_view text) {
    out += text;
  }).IgnoreError();
  return out;
}

}  // namespace

const char* SideName(const Fill& fill) {
  return fill.side == Side::kBuy ? "buy" : "sell";
}

std::string NoteOf(const StatementFill& fill) {
  const bool back = fill.fill.quantity < Quantity();
  if (fill.original_fill_id.empty()) {
    return back ? "takes back" : "";
  }
  return (back ? "takes back " : "corrects ") + fill.original_fill_id;
}

std::string MarkText(const Valuation& value) {
  return value.mark.IsZero() ? "" : value.mark.ToString();
}

absl::Status WriteStatementCsv(const StatementHead& head,
                               const Statement& s,
                               const FillSource& fills,
                               const TextSink& out) {
  out(CsvLine({"record", "account", "day", "symbol", "time", "id", "order_id", "side", "quantity",
               "price", "fee", "amount", "note"}));
  const auto line = [&](const std::string& record, const std::string& amount,
                        const std::string& symbol = "", const std::string& quantity = "",
                        const std::string& price = "", const std::string& note = "") {
    out(CsvLine(
        {record, s.account, head.day, symbol, "", "", "", "", quantity, price, "", amount, note}));
  };
  line("opening_cash", s.cash_opening.ToString());
  line("brought_in_cash", s.cash_brought_in.ToString());
  absl::Status listed = fills([&](const StatementFill& f) {
    out(CsvLine({"fill", s.account, head.day, f.fill.symbol, FormatRfc3339(f.booked),
                 f.fill.fill_id, f.order_id, SideName(f.fill), f.fill.quantity.ToString(),
                 f.fill.price.ToString(), f.fill.fee.ToString(), CashOf(f.fill).ToString(),
                 NoteOf(f)}));
  });
  line("closing_cash", s.cash_closing.ToString());
  for (const StatementPosition& p : s.positions) {
    line("opening_position", p.opening.value.ToString(), p.symbol, p.opening.quantity.ToString(),
         MarkText(p.opening), Name(p.opening.source));
    line("brought_in", p.brought_in_cost.ToString(), p.symbol, p.brought_in.ToString());
    line("closing_position", p.closing.value.ToString(), p.symbol, p.closing.quantity.ToString(),
         MarkText(p.closing), Name(p.closing.source));
    line("realized", p.realized.ToString(), p.symbol);
    line("unrealized", p.closing.unrealized.ToString(), p.symbol);
  }
  line("opening_equity", s.equity_opening.ToString());
  line("brought_in_equity", s.equity_brought_in.ToString());
  line("closing_equity", s.equity_closing.ToString(), "", "", "", head.is_over ? "" : "not over");
  return listed;
}

absl::Status WriteStatementJson(const StatementHead& head,
                                const Statement& s,
                                const FillSource& fills,
                                const TextSink& out) {
  Json positions = Json::array();
  for (const StatementPosition& p : s.positions) {
    positions.push_back(PositionJson(p));
  }
  Json json = {{"account", s.account}, {"day", head.day}, {"is_over", head.is_over}};
  if (!head.market.empty()) {
    json["market"] = head.market;
  }
  json["currency"] = s.currency;
  json["cash"] = {
      {"opening", s.cash_opening.ToString()}, {"brought_in", s.cash_brought_in.ToString()},
      {"bought", s.cash_bought.ToString()},   {"sold", s.cash_sold.ToString()},
      {"fees", s.cash_fees.ToString()},       {"closing", s.cash_closing.ToString()}};
  json["positions"] = std::move(positions);
  json["fills"] = nullptr;  // they may be many: written one by one below
  json["realized"] = s.realized.ToString();
  json["unrealized_opening"] = s.unrealized_opening.ToString();
  json["unrealized_closing"] = s.unrealized_closing.ToString();
  json["equity_opening"] = s.equity_opening.ToString();
  json["equity_brought_in"] = s.equity_brought_in.ToString();
  json["equity_closing"] = s.equity_closing.ToString();
  const std::string text = Dump(json);
  // No name or value can hold it: a quotation mark in a text is escaped.
  const size_t at = text.find(kFillsHere);
  out(std::string_view(text).substr(0, at));
  out("\"fills\":[");
  bool first = true;
  absl::Status listed = fills([&](const StatementFill& fill) {
    out((first ? "" : ",") + Dump(FillJson(fill)));
    first = false;
  });
  out("]");
  out(std::string_view(text).substr(at + kFillsHere.size()));
  out("\n");
  return listed;
}

std::string StatementCsv(const StatementHead& head, const Statement& statement) {
  return AsText(WriteStatementCsv, head, statement);
}

std::string StatementJson(const StatementHead& head, const Statement& statement) {
  return AsText(WriteStatementJson, head, statement);
}

}  // namespace tw::pnl
