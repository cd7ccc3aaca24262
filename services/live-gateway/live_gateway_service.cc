#include "services/live-gateway/live_gateway_service.h"

#include <cstdlib>
#include <future>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/stream/serve.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kFeedCapacity = 65'536;              // events kept for those who resume
constexpr Duration kStillMax = Duration::Seconds(5);  // the market moves more often than that
constexpr Duration kHealthPeriod = Duration::Seconds(1);
constexpr int64_t kE8PerBasisPoint = 10'000;
constexpr size_t kReasonMax = 256;

// The exchange is ahead of its journal and the disk cannot be trusted: only a restart mends that.
[[noreturn]] void EndProcess(const absl::Status& status) {
  log::Error("journal_failed", {{"error", std::string(status.message())}});
  std::_Exit(1);
}

absl::Status Recovering() {
  return absl::UnavailableError("recovering");
}

}  // namespace

void LiveGatewayService::Configure(config::Settings& settings) {
  options_.synthetic.seed = static_cast<uint64_t>(
      settings.Int("seed", 1, 0, INT64_MAX, "of the synthetic market's randomness"));
  tick_ = settings.Ms("tick-ms", 100, 10, 10'000, "between steps of the synthetic market");
  options_.exchange.maker_fee_e8 =
      kE8PerBasisPoint *
      settings.Int("maker-fee-bps", 1, -100, 1'000,
                   "of the notional, for orders that rested; negative: a rebate");
  options_.exchange.taker_fee_e8 =
      kE8PerBasisPoint * settings.Int("taker-fee-bps", 5, -100, 1'000,
                                      "of the notional, for orders that traded at once");
  options_.exchange.price_band_bps = settings.Int(
      "price-band-bps", 300, 0, 9'999, "no trade is further from the start price; 0: none");
  options_.exchange.open_orders_max = static_cast<size_t>(
      settings.Int("open-orders-max", 100'000, 1, 1'000'000, "of ours at the paper venue"));
  options_.queue.queue_max = static_cast<size_t>(
      settings.Int("queue-max", 65'536, 16, 1'000'000, "messages with orders waiting at most"));
  replay_options_.patience =
      settings.Ms("replay-patience-ms", 30'000, 100, 3'600'000,
                  "a replay waits so long for readers that must not lose rows");
}

absl::Status LiveGatewayService::Prepare(app::Context& context) {
  folder_ = context.data_dir + "/journal";
  clock_ = &context.clock;
  for (const Instrument& instrument : context.instruments.list()) {
    symbols_.push_back(instrument.symbol);
  }
  const LiveGatewayMetrics metrics(context.registry);
  pump_ = std::make_unique<stream::Pump>();
  feed_ = std::make_unique<feed::MarketServer>(static_cast<uint64_t>(context.clock.Now().ns),
                                               kFeedCapacity, [this] { return SnapshotFeed(); });
  VenueSinks sinks;
  sinks.on_executions = [this] { trades_->Publish(); };
  sinks.on_market = [this](std::vector<v1::FeedEvent>&& events) {
    for (v1::FeedEvent& event : events) {
      feed_->Publish(std::move(event));
    }
    feed_->Flush();
  };
  sinks.on_fatal = EndProcess;
  venue_ = std::make_unique<Venue>(options_, context.instruments, context.clock, metrics,
                                   std::move(sinks));
  trades_ = std::make_unique<TradeStreams>(*venue_, *pump_);
  replays_ = std::make_unique<Replays>(
      replay_options_, *feed_, context.clock, [metrics](size_t rows) { metrics.Replayed(rows); },
      [this](std::vector<DrivenRow> rows) { return venue_->Drive(std::move(rows)); });
  RegisterVenueService(context.grpc);
  RegisterMarketFeed(context.grpc);
  RegisterKillSwitch(context.grpc);
  RegisterRoutes(context.http, {[this] { return VenueStatus(); },
                                [this](const v1::PanicRequest& request, const PanicAnswer& answer) {
                                  Panic(request, answer);
                                }});
  AddChecks(context.ops, context.clock);
  context.registry.OnText([this, queued = context.registry.AddGauge(
                                     "tw_live_gateway_queued", "Commands in the venue's queue.")] {
    queued.Set(static_cast<double>(venue_->queued()));
  });
  return absl::OkStatus();
}

absl::Status LiveGatewayService::Start(app::Context& context) {
  TW_RETURN_IF_ERROR(venue_->Open(folder_));
  context.timers.Every(tick_, [this] { venue_->Step(); });
  context.timers.Every(kHealthPeriod, [this, &ops = context.ops] {
    venue_->store().takes_orders() ? ops.SetHealthy()
                                   : ops.SetUnhealthy("the journal has no disk space");
  });
  context.ops.SetReady();
  return absl::OkStatus();
}

void LiveGatewayService::Stop() {
  replays_->Stop();
  venue_->Close();
  pump_->Stop();
  feed_->Stop();
}

void LiveGatewayService::RegisterVenueService(rpc::Server& server) {
  rpc::Service service("tradewind.v1.VenueService");
  service.Bidi<v1::VenueRequest, v1::VenueResponse>(
      "Trade", [this](const TradeStreams::Stream& stream) { trades_->Serve(stream); });
  service.ServerStream<v1::StreamExecutionsRequest, v1::ExecutionBatch>(
      "StreamExecutions",
      [this](const auto& request, auto stream) { ServeDropCopy(request, stream); });
  service.Unary<v1::GetVenueStatusRequest, v1::GetVenueStatusResponse>(
      "GetVenueStatus", [this](const auto&, auto reply) { reply.Ok(VenueStatus()); });
  service.Unary<v1::ListVenueOrdersRequest, v1::ListVenueOrdersResponse>(
      "ListVenueOrders", [this](const auto&, auto reply) { ListOrders(reply); });
  service.Unary<v1::PanicRequest, v1::PanicResponse>(
      "Panic", [this](const v1::PanicRequest& request, rpc::Reply<v1::PanicResponse> reply) {
        Panic(request,
              [reply](const absl::StatusOr<v1::PanicResponse>& response) { reply.Send(response); });
      });
  service.Bidi<v1::ReplayRequest, v1::ReplayProgress>(
      "Replay", [this](const Replays::Stream& stream) { replays_->Serve(stream); });
  server.Add(service);
}

void LiveGatewayService::RegisterMarketFeed(rpc::Server& server) {
  rpc::Service service("tradewind.v1.MarketFeedService");
  feed_->Register(service);
  server.Add(service);
}

void LiveGatewayService::RegisterKillSwitch(rpc::Server& server) {
  rpc::Service service("tradewind.v1.KillSwitchService");
  service.Unary<v1::KillSwitch, v1::KillSwitch>(
      "ApplyKillSwitch", [this](const v1::KillSwitch& kill, rpc::Reply<v1::KillSwitch> reply) {
        const auto answer = [reply](const v1::KillSwitch& applied) { reply.Ok(applied); };
        if (!venue_->Post(KillInput{kill, answer}, Lane::kPriority)) {
          reply.Fail(Recovering());
        }
      });
  server.Add(service);
}

void LiveGatewayService::ServeDropCopy(
    const v1::StreamExecutionsRequest& request,
    rpc::Stream<v1::ExecutionBatch, v1::StreamExecutionsRequest> stream) {
  if (!venue_->open()) {
    stream.Finish(Recovering());
    return;
  }
  stream::ServeOptions<v1::Execution, v1::ExecutionBatch> options;
  options.from = request.from_sequence();
  options.read = [this](uint64_t from, size_t max) { return venue_->store().Read(from, max); };
  options.head = [](uint64_t head, uint64_t previous, v1::ExecutionBatch& batch) {
    batch.set_head_sequence(head);
    batch.set_previous_sequence(previous);
  };
  options.add = [](const v1::Execution& execution, v1::ExecutionBatch& batch) {
    *batch.add_executions() = execution;
    return true;
  };
  stream::Serve<v1::Execution, v1::ExecutionBatch, v1::StreamExecutionsRequest>(*pump_, stream,
                                                                                std::move(options));
}

void LiveGatewayService::ListOrders(rpc::Reply<v1::ListVenueOrdersResponse> reply) {
  const bool posted = venue_->Post(ReadInput{[reply](const Exchange& exchange, const FeedEncoder&) {
                                     v1::ListVenueOrdersResponse response;
                                     for (const OwnOrder* order : exchange.OpenOrders()) {
                                       *response.add_orders() = Encode(*order);
                                     }
                                     reply.Ok(response);
                                   }},
                                   Lane::kPriority);
  if (!posted) {
    reply.Fail(Recovering());
  }
}

void LiveGatewayService::Panic(const v1::PanicRequest& request, const PanicAnswer& answer) {
  if (request.reason().size() > kReasonMax) {
    answer(absl::InvalidArgumentError("reason: longer than " + std::to_string(kReasonMax) +
                                      " characters"));
    return;
  }
  if (!venue_->Post(PanicInput{request.engage(), request.reason(), answer}, Lane::kPriority)) {
    answer(Recovering());
  }
}

v1::GetVenueStatusResponse LiveGatewayService::VenueStatus() const {
  v1::GetVenueStatusResponse response;
  v1::VenueStatus& paper = *response.add_venues();
  paper.set_name(kPaperVenue);
  paper.set_connected(venue_->open());
  paper.set_mode("paper");
  for (const std::string& symbol : symbols_) {
    paper.add_symbols(symbol);
  }
  if (venue_->open()) {
    paper.set_open_orders(static_cast<int64_t>(venue_->open_orders()));
    paper.set_execution_sequence(venue_->store().head());
    paper.set_panicked(venue_->panicked());
    for (const std::string& symbol : venue_->driven_symbols()) {
      paper.add_driven_symbols(symbol);
    }
  }
  return response;
}

// Waits for the venue's owner, who never waits for the network.
std::vector<v1::FeedEvent> LiveGatewayService::SnapshotFeed() {
  auto books = std::make_shared<std::promise<std::vector<v1::FeedEvent>>>();
  std::future<std::vector<v1::FeedEvent>> read = books->get_future();
  const bool posted =
      venue_->Post(ReadInput{[this, books](const Exchange&, const FeedEncoder& feed) {
                     books->set_value(feed.Snapshot(clock_->Now()));
                   }},
                   Lane::kPriority);
  // Before the venue is open there is none: its opening publishes whole books.
  return posted ? read.get() : std::vector<v1::FeedEvent>();
}

void LiveGatewayService::AddChecks(http::OpsState& ops, const Clock& clock) {
  ops.AddCheck("journal", [this] {
    http::Check check;
    if (venue_->open() && !venue_->store().takes_orders()) {
      check.status = http::CheckStatus::kFailed;
      check.reason = "the disk is full: new orders are refused";
    }
    return check;
  });
  ops.AddCheck("market", [this, &clock] {
    http::Check check;
    const Duration still = clock.Now() - venue_->last_step();
    if (venue_->open() && still > kStillMax) {
      check.status = http::CheckStatus::kFailed;
      check.reason = "the paper market has not moved";
      check.lag_ms = still.millis();
    }
    return check;
  });
  ops.AddCheck("trading", [this] {
    http::Check check;
    if (venue_->panicked() || venue_->kill_engaged()) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = venue_->panicked() ? "panicked: orders are refused until DELETE /panic"
                                        : "the kill switch is engaged";
    }
    return check;
  });
  ops.SetStats([this] {
    return "{\"execution_sequence\":" +
           std::to_string(venue_->open() ? venue_->store().head() : 0) +
           ",\"open_orders\":" + std::to_string(venue_->open_orders()) +
           ",\"kill_generation\":" + std::to_string(venue_->kill_generation()) +
           ",\"feed_epoch\":" + std::to_string(feed_->epoch()) +
           ",\"feed_sequence\":" + std::to_string(feed_->head()) +
           ",\"feed_readers\":" + std::to_string(feed_->readers()) +
           ",\"trade_streams\":" + std::to_string(trades_->size()) +
           ",\"queued\":" + std::to_string(venue_->queued()) + "}";
  });
}

}  // namespace tw::live_gateway
