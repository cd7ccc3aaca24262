// Market data routes, each with and without the /api/v1 prefix.
#include "services/gateway/rest.h"
#include "services/gateway/rest_answer.h"

namespace tw::gateway {
namespace {

using http::Request;
using http::Responder;

absl::Status UnknownSymbol(std::string_view symbol) {
  return absl::NotFoundError("no symbol '" + std::string(symbol.substr(0, 64)) + "'");
}

// A route about one symbol of the instruments; any other is 404 without asking anyone.
template <typename Req, typename Response>
void AddSymbolRoute(http::Server& server,
                    const RestBackend& backend,
                    const std::string& pattern,
                    std::function<void(Req, Done<Response>)> read,
                    Render<Response> render) {
  server.Route("GET", pattern,
               [&instruments = backend.instruments, read = std::move(read),
                render = std::move(render)](const Request& request, const Responder& responder) {
                 Req message;
                 const std::string symbol(request.Param("symbol"));
                 if (instruments.Find(symbol) == nullptr) {
                   responder.Fail(UnknownSymbol(symbol));
                 } else if (Read(request, responder, message)) {
                   message.set_symbol(symbol);
                   read(std::move(message), Answer<Response>(responder, render));
                 }
               });
}

// A method of MarketReader as what such a route reads from.
template <typename Req, typename Response>
std::function<void(Req, Done<Response>)> From(
    MarketReader& market, void (MarketReader::*method)(Req, Duration, Done<Response>)) {
  return [&market, method](Req request, Done<Response> done) {
    (market.*method)(std::move(request), kRestTimeLeft, std::move(done));
  };
}

// ?q= or, as the message has it, ?query=
void FillSearch(const Request& request, v1::ListInstrumentsRequest& list) {
  if (const auto q = request.Query("q")) {
    list.set_query(std::string(*q));
  }
}

void AddMarketRoutes(http::Server& server, const RestBackend& backend, const std::string& prefix) {
  Forwarder& forwarder = backend.forwarder;
  AddRoute<v1::ListTickersRequest, v1::ListTickersResponse>(
      server, forwarder,
      {.verb = "GET",
       .pattern = prefix + "/tickers",
       .method = methods::kListTickers,
       .render = [](const auto& list) { return RenderList(list.tickers()); }});
  for (const char* const pattern : {"/ticker/{symbol}", "/tickers/{symbol}"}) {
    AddSymbolRoute<v1::GetTickerRequest, v1::Ticker>(
        server, backend, prefix + pattern,
        [&forwarder](const v1::GetTickerRequest& request, Done<v1::Ticker> done) {
          forwarder.Call<v1::GetTickerRequest, v1::Ticker>(methods::kGetTicker, request,
                                                           kRestTimeLeft, std::move(done));
        },
        RenderMessage<v1::Ticker>);
  }
  AddSymbolRoute<v1::GetOrderBookRequest, v1::OrderBook>(
      server, backend, prefix + "/orderbook/{symbol}",
      From(backend.market, &MarketReader::GetOrderBook), RenderMessage<v1::OrderBook>);
  AddSymbolRoute<v1::ListMarketTradesRequest, v1::ListMarketTradesResponse>(
      server, backend, prefix + "/trades/{symbol}", From(backend.market, &MarketReader::ListTrades),
      [](const auto& list) { return RenderList(list.trades(), list.next()); });
  AddSymbolRoute<v1::ListBarsRequest, v1::ListBarsResponse>(
      server, backend, prefix + "/candles/{symbol}", From(backend.market, &MarketReader::ListBars),
      [](const auto& list) { return RenderList(list.bars(), list.next()); });
  for (const char* const pattern : {"/symbols", "/symbols/search"}) {
    AddRoute<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(
        server, forwarder,
        {.verb = "GET",
         .pattern = prefix + pattern,
         .method = methods::kListInstruments,
         .render = [](const auto& list) { return RenderList(list.instruments()); },
         .fill = FillSearch});
  }
}

}  // namespace

void RegisterMarketRoutes(http::Server& server, const RestBackend& backend) {
  for (const char* const prefix : {"", "/api/v1"}) {
    AddMarketRoutes(server, backend, prefix);
  }
}

}  // namespace tw::gateway
