#include "services/ptrc/csv.h"

namespace tw::ptrc {
namespace {

std::string Field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += c;
    }
  }
  return out + "\"";
}

std::string Time(Timestamp t) {
  return t.IsSet() ? FormatRfc3339(t) : "";
}

}  // namespace

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string out;
  for (size_t i = 0; i < fields.size(); ++i) {
    out += (i == 0 ? "" : ",") + Field(fields[i]);
  }
  return out + "\r\n";
}

std::string TradesCsv(const std::vector<Trade>& trades) {
  std::string out = CsvLine({"time", "venue", "venue_exec_id", "order_id", "account", "symbol",
                             "side", "quantity", "price", "liquidity", "fee", "fee_currency"});
  for (const Trade& t : trades) {
    out += CsvLine({Time(t.time), t.venue, t.venue_exec_id, t.order_id.ToString(), t.account,
                    t.symbol, std::string(Name(t.side)), t.quantity.ToString(), t.price.ToString(),
                    std::string(Name(t.liquidity)), t.fee.ToString(), t.fee_currency});
  }
  return out;
}

std::string PositionsCsv(const std::vector<pnl::PositionView>& positions) {
  std::string out = CsvLine({"account", "symbol", "quantity", "average_price", "realized_pnl",
                             "realized_pnl_fifo", "fees", "changed"});
  for (const pnl::PositionView& p : positions) {
    out += CsvLine({p.account, p.symbol, p.quantity.ToString(), p.average_price.ToString(),
                    p.realized.ToString(), p.realized_fifo.ToString(), p.fees.ToString(),
                    Time(p.changed)});
  }
  return out;
}

std::string BreaksCsv(const std::vector<Break>& breaks) {
  std::string out = CsvLine({"break_id", "kind", "status", "key", "account", "symbol", "ours",
                             "theirs", "since", "closed"});
  for (const Break& b : breaks) {
    out += CsvLine({b.id, std::string(Name(b.kind)), b.closed.IsSet() ? "CLOSED" : "OPEN", b.key,
                    b.account, b.symbol, b.ours, b.theirs, Time(b.since), Time(b.closed)});
  }
  return out;
}

}  // namespace tw::ptrc
