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
                    const Method<Req, Response>& method,
                    Render<Response> render) {
  server.Route("GET", pattern,
               [&forwarder = backend.forwarder, &instruments = backend.instruments, &method,
                render = std::move(render)](const Request& request, const Responder& responder) {
                 Req message;
                 const std::string symbol(request.Param("symbol"));
                 if (instruments.Find(symbol) == nullptr) {
                   responder.Fail(UnknownSymbol(symbol));
                 } else if (Read(request, responder, message)) {
                   message.set_symbol(symbol);
                   forwarder.Call<Req, Response>(method, message, kRestTimeLeft,
                                                 Answer<Response>(responder, render));
                 }
               });
}

// ?q= or, as the message has it, ?query=
void FillSearch(const Request& request, v1::ListInstrumentsRequest& list) {
  if (const auto q = request.Query("q")) {
    list.set_query(std::string(*q));
  }
}

void AddCandles(http::Server& server, const RestBackend& backend, const std::string& prefix) {
  server.Route("GET", prefix + "/candles/{symbol}",
               [&candles = backend.candles, &instruments = backend.instruments](
                   const Request& request, const Responder& responder) {
                 v1::ListBarsRequest list;
                 if (!Read(request, responder, list)) {
                   return;
                 }
                 const std::string symbol(request.Param("symbol"));
                 if (instruments.Find(symbol) == nullptr) {
                   responder.Fail(UnknownSymbol(symbol));
                   return;
                 }
                 list.set_symbol(symbol);
                 candles.Read(list, Answer<v1::ListBarsResponse>(responder, [](const auto& bars) {
                                return RenderList(bars.bars());
                              }));
               });
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
        server, backend, prefix + pattern, methods::kGetTicker, RenderMessage<v1::Ticker>);
  }
  AddSymbolRoute<v1::GetOrderBookRequest, v1::OrderBook>(
      server, backend, prefix + "/orderbook/{symbol}", methods::kGetOrderBook,
      RenderMessage<v1::OrderBook>);
  AddSymbolRoute<v1::ListMarketTradesRequest, v1::ListMarketTradesResponse>(
      server, backend, prefix + "/trades/{symbol}", methods::kListMarketTrades,
      [](const auto& list) { return RenderList(list.trades()); });
  AddCandles(server, backend, prefix);
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
