#include <algorithm>

#include "services/cli/commands.h"
#include "services/cli/print.h"
#include "services/cli/rpc_command.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::cli {
namespace {

int ShowBook(Context& context, const v1::OrderBook& book) {
  if (context.json) {
    PrintMessage(context, book);
    return kOk;
  }
  context.out() << book.symbol() << (book.stale() ? " (stale)" : "") << "\n";
  std::vector<TableRow> rows;
  for (int i = 0; i < std::max(book.bids_size(), book.asks_size()); ++i) {
    const v1::BookLevel bid = i < book.bids_size() ? book.bids(i) : v1::BookLevel();
    const v1::BookLevel ask = i < book.asks_size() ? book.asks(i) : v1::BookLevel();
    rows.push_back({bid.size(), bid.price(), ask.price(), ask.size()});
  }
  context.out() << FormatTable({"BID SIZE", "BID", "ASK", "ASK SIZE"}, rows);
  return kOk;
}

}  // namespace

void AddMarketCommands(CLI::App& app, Command& chosen) {
  AddRpc<v1::ListTickersRequest, v1::ListTickersResponse>(
      app, chosen,
      {"tickers", "Show every symbol's live prices", "MarketDataService/ListTickers", {}},
      [](Context& context, const v1::ListTickersResponse& response) {
        PrintList(context, response.tickers(),
                  {{"symbol", "SYMBOL"},
                   {"last_price", "LAST"},
                   {"bid", "BID"},
                   {"ask", "ASK"},
                   {"bid_size", "BID SIZE"},
                   {"ask_size", "ASK SIZE"},
                   {"volume_24h", "VOLUME 24H"},
                   {"change_24h", "CHANGE 24H"},
                   {"stale", "STALE"},
                   {"timestamp", "TIME"}});
        return kOk;
      });
  AddRpc<v1::GetOrderBookRequest, v1::OrderBook>(
      app, chosen,
      {"book",
       "Show a symbol's order book",
       "MarketDataService/GetOrderBook",
       {{"SYMBOL,--symbol", "symbol", "BTCUSDT, ...", true},
        {"--depth", "depth", "levels of each side, 1 to 100 (default 20)"}}},
      ShowBook);
}

}  // namespace tw::cli
