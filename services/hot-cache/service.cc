#include "services/hot-cache/service.h"

#include <fmt/format.h>

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/stream/pace.h"

namespace tw::hot_cache {
namespace {

constexpr Duration kSweepPeriod = Duration::Seconds(10);
constexpr int kPnlIntervalMs = 1'000;

http::Check ToCheck(const feed::Lag& lag) {
  return {.status = lag.current ? http::CheckStatus::kOk : http::CheckStatus::kDegraded,
          .reason = lag.reason,
          .lag_ms = lag.ms};
}

Lifetime ReadLifetime(config::Settings& settings, const std::string& kind, Lifetime lifetime) {
  constexpr int64_t kMostMs = 30LL * 86'400'000;
  Lifetime out;
  out.stale_after = settings.Ms(kind + "-stale-ms", lifetime.stale_after.millis(), 1, kMostMs,
                                kind + " older than this are flagged stale");
  out.expire_after = settings.Ms(kind + "-expire-ms", lifetime.expire_after.millis(), 1, kMostMs,
                                 kind + " older than this are absent");
  if (out.expire_after < out.stale_after) {
    settings.Fault(kind + "-expire-ms", "is below " + kind + "-stale-ms");
  }
  return out;
}

// A GET whose query and path are the message `Request`.
template <typename Request>
http::SyncHandler Query(
    std::function<absl::StatusOr<std::string>(const http::Request&, Request&)> answer) {
  return [answer = std::move(answer)](const http::Request& request) {
    Request query;
    const absl::Status read = json::FromParams(request.query, &query);
    if (!read.ok()) {
      return http::ErrorResponse(read);
    }
    absl::StatusOr<std::string> body = answer(request, query);
    return body.ok() ? http::Json(*std::move(body)) : http::ErrorResponse(body.status());
  };
}

std::string ReadsJson(const char* kind, const ReadCounts& reads) {
  return std::string("\"") + kind + "\":{\"hits\":" + std::to_string(reads.hits) +
         ",\"misses\":" + std::to_string(reads.misses) +
         ",\"evicted\":" + std::to_string(reads.evicted) +
         ",\"hit_ratio\":" + fmt::format("{:.4f}", HitRatio(reads)) + "}";
}

}  // namespace

void HotCacheService::Configure(config::Settings& settings) {
  options_.live_venue = settings.String("live-venue", options_.live_venue,
                                        "whose bars are meant where none is named");
  const std::string intervals =
      settings.String("bar-intervals", "1s,1m,5m,15m,1h,1d", "as normalizer has it");
  if (auto parsed = normalizer::Intervals::Parse(intervals); parsed.ok()) {
    options_.intervals = *std::move(parsed);
  } else {
    settings.Fault("bar-intervals", std::string(parsed.status().message()));
  }
  options_.tickers = ReadLifetime(settings, "tickers", options_.tickers);
  options_.books = ReadLifetime(settings, "books", options_.books);
  options_.trades = ReadLifetime(settings, "trades", options_.trades);
  options_.bars = ReadLifetime(settings, "bars", options_.bars);
  options_.positions = ReadLifetime(settings, "positions", options_.positions);
  options_.trades_max =
      static_cast<size_t>(settings.Int("trades-max", 1'000, 1, 100'000, "trades per symbol"));
  options_.bars_max =
      static_cast<size_t>(settings.Int("bars-max", 1'000, 1, 100'000, "bars per series"));
  options_.series_max = static_cast<size_t>(
      settings.Int("series-max", 1'500, 6, 1'000'000, "series of bars: venue, symbol, interval"));
  options_.accounts_max = static_cast<size_t>(
      settings.Int("accounts-max", 10'000, 1, 1'000'000, "accounts with positions"));
  constexpr size_t kMib = 1u << 20;
  options_.bytes_max =
      kMib * static_cast<size_t>(settings.Int("memory-max-mb", 512, 16, 65'536,
                                              "what is cached takes at most; the oldest give way"));
  stream_options_.subscribers_max =
      static_cast<size_t>(settings.Int("streams-max", 256, 1, 10'000, "market data streams"));
  stream_options_.trades_waiting_max = static_cast<size_t>(settings.Int(
      "trades-waiting-max", 1'000, 1, 100'000, "trades that wait for one slow subscriber"));
}

absl::Status HotCacheService::Prepare(app::Context& context) {
  context_ = &context;
  const Timestamp now = context.clock.Now();
  metrics_ = std::make_unique<CacheMetrics>(context.registry);
  state_ = std::make_unique<CacheState>(context.instruments, options_);
  streams_ = std::make_unique<MarketStreams>(*state_, context.clock, static_cast<uint64_t>(now.ns),
                                             stream_options_);
  feed_lag_ = std::make_unique<feed::LagMeter>(now);
  pnl_lag_ = std::make_unique<feed::LagMeter>(now);
  context.ops.SetNotReady("connecting to normalizer");
  RegisterGrpc();
  RegisterHttp();
  RegisterChecks();
  return absl::OkStatus();
}

absl::Status HotCacheService::Start(app::Context& context) {
  feed_ = MakeFeed();
  pnl_ = MakePnl();
  feed_->Start();
  pnl_->Start();
  sweep_ = context.timers.Every(kSweepPeriod, [this] { state_->Sweep(context_->clock.Now()); });
  return absl::OkStatus();
}

void HotCacheService::Stop() {
  context_->timers.Cancel(sweep_);
  if (feed_ != nullptr) {
    feed_->Stop();
    pnl_->Stop();
  }
  streams_->Stop();
}

std::unique_ptr<feed::MarketClient> HotCacheService::MakeFeed() {
  feed::MarketOptions options;
  options.peer = context_->Peer("normalizer");
  options.consumer = context_->name;
  options.pace = stream::kViewPace;
  options.on_event = [this](const v1::FeedEvent& event) {
    metrics_->FeedEvent();
    state_->OnFeedEvent(event, context_->clock.Now(), *streams_);
  };
  options.on_batch = [this](const v1::FeedBatch& batch) {
    state_->SetFeedLost(false);
    feed_lag_->OnBatch(context_->clock.Now(), feed_->sequence() >= batch.head_sequence());
    context_->ops.SetReady();
    if (batch.events_size() > 0) {
      streams_->Wake();
    }
  };
  options.on_lost = [this](const absl::Status& status) {
    feed_lag_->OnLost(context_->clock.Now(), status);
    state_->SetFeedLost(true);
  };
  return std::make_unique<feed::MarketClient>(context_->timers, std::move(options));
}

std::unique_ptr<HotCacheService::PnlSubscriber> HotCacheService::MakePnl() {
  PnlSubscriber::Options options;
  options.channel = context_->Peer("pnl");
  options.method = "tradewind.v1.PortfolioService/StreamPnl";
  options.request = [] {
    v1::StreamPnlRequest request;
    request.set_interval_ms(kPnlIntervalMs);
    return request;
  };
  options.on_batch = [this](const v1::Pnl& pnl) {
    const Timestamp now = context_->clock.Now();
    metrics_->PnlMessage();
    state_->OnPnl(pnl, now);
    pnl_lag_->OnBatch(now, true);
    return true;
  };
  options.on_lost = [this](const absl::Status& status) {
    pnl_lag_->OnLost(context_->clock.Now(), status);
  };
  return std::make_unique<PnlSubscriber>(context_->timers, std::move(options));
}

void HotCacheService::RegisterGrpc() {
  rpc::Service service("tradewind.v1.MarketDataService");
  const auto now = [this] { return context_->clock.Now(); };
  service.Unary<v1::ListInstrumentsRequest, v1::ListInstrumentsResponse>(
      "ListInstruments",
      [this](const auto& request, auto reply) { reply.Ok(state_->Instruments(request)); });
  service.Unary<v1::ListTickersRequest, v1::ListTickersResponse>(
      "ListTickers", [this, now](const auto&, auto reply) { reply.Ok(state_->Tickers(now())); });
  service.Unary<v1::GetTickerRequest, v1::Ticker>(
      "GetTicker", [this, now](const auto& request, auto reply) {
        reply.Send(state_->Ticker(request.symbol(), now()));
      });
  service.Unary<v1::GetOrderBookRequest, v1::OrderBook>(
      "GetOrderBook",
      [this, now](const auto& request, auto reply) { reply.Send(state_->Book(request, now())); });
  service.Unary<v1::ListMarketTradesRequest, v1::ListMarketTradesResponse>(
      "ListTrades",
      [this, now](const auto& request, auto reply) { reply.Send(state_->Trades(request, now())); });
  service.Unary<v1::ListBarsRequest, v1::ListBarsResponse>(
      "ListBars",
      [this, now](const auto& request, auto reply) { reply.Send(state_->Bars(request, now())); });
  service.ServerStream<v1::StreamMarketDataRequest, v1::MarketDataUpdate>(
      "StreamMarketData",
      [this](const auto& request, auto stream) { streams_->Serve(request, stream); });
  context_->grpc.Add(service);
}

void HotCacheService::RegisterHttp() {
  using Text = absl::StatusOr<std::string>;
  http::Server& server = context_->http;
  const auto now = [this] { return context_->clock.Now(); };
  server.Get("/cache/tickers", [this, now](const http::Request&) {
    return http::Json(json::ToJsonArray(state_->Tickers(now()).tickers()));
  });
  server.Get("/cache/ticker/{symbol}",
             Query<v1::GetTickerRequest>([this, now](const auto& http, auto&) -> Text {
               TW_ASSIGN_OR_RETURN(const v1::Ticker ticker,
                                   state_->Ticker(std::string(http.Param("symbol")), now()));
               return json::ToJson(ticker);
             }));
  server.Get("/cache/orderbook/{symbol}",
             Query<v1::GetOrderBookRequest>([this, now](const auto& http, auto& query) -> Text {
               query.set_symbol(std::string(http.Param("symbol")));
               TW_ASSIGN_OR_RETURN(const v1::OrderBook book, state_->Book(query, now()));
               return json::ToJson(book);
             }));
  server.Get("/cache/trades/{symbol}",
             Query<v1::ListMarketTradesRequest>([this, now](const auto& http, auto& query) -> Text {
               query.set_symbol(std::string(http.Param("symbol")));
               TW_ASSIGN_OR_RETURN(const auto trades, state_->Trades(query, now()));
               return json::ToJsonArray(trades.trades());
             }));
  server.Get("/cache/bars/{symbol}/{interval}",
             Query<v1::ListBarsRequest>([this, now](const auto& http, auto& query) -> Text {
               query.set_symbol(std::string(http.Param("symbol")));
               query.set_timeframe(std::string(http.Param("interval")));
               TW_ASSIGN_OR_RETURN(const auto bars, state_->Bars(query, now()));
               return json::ToJsonArray(bars.bars());
             }));
  server.Get("/cache/positions",
             Query<v1::ListPositionsRequest>([this, now](const auto&, auto& query) -> Text {
               return json::ToJsonArray(state_->Positions(query, now()).positions());
             }));
}

void HotCacheService::RegisterChecks() {
  http::OpsState& ops = context_->ops;
  ops.AddCheck("normalizer_feed",
               [this] { return ToCheck(feed_lag_->Read(context_->clock.Now())); });
  ops.AddCheck("pnl_stream", [this] { return ToCheck(pnl_lag_->Read(context_->clock.Now())); });
  ops.AddCheck("tickers", [this] {
    const CacheState::Counts c = state_->counts(context_->clock.Now());
    const size_t all = context_->instruments.list().size();
    http::Check check;
    if (c.live_tickers < all || c.stale_tickers > 0) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = std::to_string(c.live_tickers) + " of " + std::to_string(all) +
                     " symbols have a ticker, " + std::to_string(c.stale_tickers) + " are stale";
    }
    return check;
  });
  ops.SetStats([this] {
    const CacheState::Counts c = state_->counts(context_->clock.Now());
    return "{" + ReadsJson("tickers", c.tickers) + "," + ReadsJson("books", c.books) + "," +
           ReadsJson("trades", c.trades) + "," + ReadsJson("bars", c.bars) + "," +
           ReadsJson("positions", c.positions) + ",\"entries\":" + std::to_string(c.entries) +
           ",\"refused\":" + std::to_string(c.refused) + ",\"bytes\":" + std::to_string(c.bytes) +
           ",\"bytes_max\":" + std::to_string(options_.bytes_max) +
           ",\"streams\":" + std::to_string(streams_->fanout().subscribers()) +
           ",\"sent\":" + std::to_string(streams_->fanout().sent()) +
           ",\"merged\":" + std::to_string(streams_->fanout().merged()) + "}";
  });
  context_->registry.OnText([this] {
    const std::lock_guard lock(metrics_mutex_);
    metrics_->Show(state_->counts(context_->clock.Now()), streams_->fanout());
  });
}

}  // namespace tw::hot_cache
