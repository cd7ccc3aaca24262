#include "services/live-gateway/live_gateway_service.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <iterator>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/log/log.h"
#include "libs/stream/serve.h"
#include "services/live-gateway/adjust.h"
#include "services/live-gateway/paper_spec.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kFeedCapacity = 65'536;              // events kept for those who resume
constexpr Duration kStillMax = Duration::Seconds(5);  // the market moves more often than that
constexpr Duration kHealthPeriod = Duration::Seconds(1);
constexpr int64_t kE8PerBasisPoint = 10'000;
constexpr size_t kPanicReasonMax = 256;

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
  ConfigurePaper(settings);
  if (sessions_ != nullptr) {
    sessions_->Configure(settings);
  }
  options_.queue = SequencerOptions::ForReaders();
  options_.queue.queue_max = static_cast<size_t>(
      settings.Int("queue-max", 65'536, 16, 1'000'000, "messages with orders waiting at most"));
  options_.report_wait =
      settings.Ms("report-wait-ms", 2, 0, 100,
                  "reports close behind a sync of the journal wait so long for the next ones");
  replay_options_.patience =
      settings.Ms("replay-patience-ms", 30'000, 100, 3'600'000,
                  "a replay waits so long for readers that must not lose rows");
}

void LiveGatewayService::ConfigurePaper(config::Settings& settings) {
  PaperVenueConfig paper;
  paper.synthetic.seed = static_cast<uint64_t>(
      settings.Int("seed", 1, 0, INT64_MAX, "of the synthetic market's randomness"));
  tick_ = settings.Ms("tick-ms", 100, 10, 10'000, "between steps of the synthetic market");
  paper.exchange.maker_fee_e8 =
      kE8PerBasisPoint *
      settings.Int("maker-fee-bps", 1, -100, 1'000,
                   "of the notional, for orders that rested; negative: a rebate");
  paper.exchange.taker_fee_e8 =
      kE8PerBasisPoint * settings.Int("taker-fee-bps", 5, -100, 1'000,
                                      "of the notional, for orders that traded at once");
  paper.exchange.price_band_bps = settings.Int("price-band-bps", 300, 0, 9'999,
                                               "no trade is further from the start price; 0: none");
  paper.exchange.open_orders_max = static_cast<size_t>(
      settings.Int("open-orders-max", 100'000, 1, 1'000'000, "of ours at a paper venue"));
  options_.papers.clear();
  const std::vector<std::string> one = {kPaperVenue};
  const std::vector<std::string> none;
  for (const std::string& text : settings.Strings(
           "venues", sessions_ == nullptr ? one : none,
           "paper venues: \"NAME maker_bps= taker_bps= min_fee= to_us= from_us= offset_bps= "
           "depth_percent= reject_percent= seed= symbols=A+B orders=\" each")) {
    const absl::StatusOr<PaperVenueConfig> config =
        ParsePaperVenue(text, paper, options_.papers.size());
    if (!config.ok()) {
      settings.Fault("venues", std::string(config.status().message()));
    } else if (std::any_of(options_.papers.begin(), options_.papers.end(),
                           [&](const auto& known) { return known.name == config->name; })) {
      settings.Fault("venues", config->name + " is there twice");
    } else {
      options_.papers.push_back(*config);
    }
  }
  if (options_.papers.empty() && sessions_ == nullptr) {
    settings.Fault("venues", "there must be one at least");
  }
  options_.breaker.refusals = static_cast<int>(
      settings.Int("breaker-refusals", 50, 0, 1'000'000,
                   "a venue that refuses so many orders in a row gets no more; 0: no limit"));
  options_.breaker.rest = settings.Ms("breaker-rest-ms", 5'000, 10, 3'600'000,
                                      "until it gets one order again, to see whether it takes it");
  cancel_after_ = settings.Ms("cancel-on-disconnect-ms", 0, 0, 3'600'000,
                              "nobody trades for so long: cancel what is open; 0: never");
}

VenueSinks LiveGatewayService::MakeSinks(TimerThread& timers) {
  VenueSinks sinks;
  sinks.on_executions = [this] { trades_->Publish(); };
  sinks.on_market = [this](std::vector<v1::FeedEvent>&& events) {
    for (v1::FeedEvent& event : events) {
      feed_->Publish(std::move(event));
    }
    feed_->Flush();
  };
  sinks.on_wait = [this, &timers](Duration wait) {
    timers.After(wait, [this] { venue_->Wake(); });
  };
  sinks.on_fatal = EndProcess;
  return sinks;
}

absl::Status LiveGatewayService::Prepare(app::Context& context) {
  folder_ = context.data_dir + "/journal";
  clock_ = &context.clock;
  const LiveGatewayMetrics metrics(context.registry);
  pump_ = std::make_unique<stream::Pump>();
  feed_ = std::make_unique<feed::MarketServer>(static_cast<uint64_t>(context.clock.Now().ns),
                                               kFeedCapacity, [this] { return SnapshotFeed(); });
  std::vector<std::unique_ptr<OrderVenue>> sessions;
  if (sessions_ != nullptr) {
    TW_ASSIGN_OR_RETURN(sessions, sessions_->Make(context, [this] { venue_->Wake(); }));
  }
  for (const PaperVenueConfig& paper : options_.papers) {
    for (const auto& session : sessions) {
      if (session->name() == paper.name) {
        return absl::InvalidArgumentError("venues: " + paper.name + " is a session's name too");
      }
    }
  }
  const std::string mode = sessions_ == nullptr ? "paper" : "live";
  venue_ = std::make_unique<Venue>(options_, context.instruments, context.clock, metrics,
                                   MakeSinks(context.timers), std::move(sessions));
  trades_ = std::make_unique<TradeStreams>(*venue_, *pump_);
  replays_ = std::make_unique<Replays>(
      replay_options_, *feed_, context.clock, [metrics](size_t rows) { metrics.Replayed(rows); },
      [this](std::vector<DrivenRow> rows) { return venue_->Drive(std::move(rows)); });
  RegisterVenueService(context.grpc);
  RegisterMarketFeed(context.grpc);
  RegisterKillSwitch(context.grpc);
  RegisterRoutes(context.http,
                 {[this] { return VenueStatus(); },
                  [this](const v1::PanicRequest& request, const PanicAnswer& answer) {
                    Panic(request, answer);
                  },
                  [this](const std::string& venue, bool connected, const StatusAnswer& answer) {
                    if (!venue_->Post(ConnectInput{venue, connected, answer}, Lane::kPriority)) {
                      answer(Recovering());
                    }
                  },
                  mode});
  RegisterTradeRoutes(context.http, *venue_);
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
    WatchTraders(clock_->Now());
  });
  if (sessions_ != nullptr) {
    sessions_->Start();
  }
  context.ops.SetReady();
  return absl::OkStatus();
}

void LiveGatewayService::WatchTraders(Timestamp now) {
  if (cancel_after_.ns == 0 || trades_->size() > 0) {
    alone_since_.reset();
    canceled_alone_ = false;
    return;
  }
  if (!alone_since_) {
    alone_since_ = now;
  }
  if (!canceled_alone_ && now - *alone_since_ >= cancel_after_) {
    canceled_alone_ =
        venue_->Post(CancelAllInput{"nobody trades (cancel-on-disconnect-ms)"}, Lane::kPriority);
  }
}

void LiveGatewayService::Stop() {
  replays_->Stop();
  if (sessions_ != nullptr) {
    sessions_->Stop();
  }
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
  RegisterTradeAdjustments(service, *venue_);
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
  const auto pace = stream::PaceOrFinish(stream, request.pace_ms(), Duration{});
  if (!pace) {
    return;
  }
  stream::ServeOptions<v1::Execution, v1::ExecutionBatch> options;
  options.from = request.from_sequence();
  options.pace = *pace;
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
  const bool posted = venue_->Post(ReadInput{[reply](const Sites& sites) {
                                     v1::ListVenueOrdersResponse response;
                                     for (const std::unique_ptr<Site>& site : sites) {
                                       const OrderVenue& venue = site->venue();
                                       for (const OwnOrder* order : venue.OpenOrders()) {
                                         *response.add_orders() = Encode(*order, venue.name());
                                       }
                                     }
                                     reply.Ok(response);
                                   }},
                                   Lane::kPriority);
  if (!posted) {
    reply.Fail(Recovering());
  }
}

void LiveGatewayService::Panic(const v1::PanicRequest& request, const PanicAnswer& answer) {
  if (request.reason().size() > kPanicReasonMax) {
    answer(absl::InvalidArgumentError("reason: longer than " + std::to_string(kPanicReasonMax) +
                                      " characters"));
    return;
  }
  if (!venue_->Post(PanicInput{request.engage(), request.reason(), request.venue(), answer},
                    Lane::kPriority)) {
    answer(Recovering());
  }
}

v1::GetVenueStatusResponse LiveGatewayService::VenueStatus() const {
  v1::GetVenueStatusResponse response;
  const bool open = venue_->open();
  for (v1::VenueStatus& status : venue_->statuses()) {
    if (open) {
      status.set_execution_sequence(venue_->store().head());
      if (venue_->panicked()) {
        status.set_panicked(true);
        status.set_takes_orders(false);
        status.set_reason("the venues are stopped by their panic button");
      }
    }
    *response.add_venues() = std::move(status);
  }
  return response;
}

// Waits for the venue's owner, who never waits for the network.
std::vector<v1::FeedEvent> LiveGatewayService::SnapshotFeed() {
  auto books = std::make_shared<std::promise<std::vector<v1::FeedEvent>>>();
  std::future<std::vector<v1::FeedEvent>> read = books->get_future();
  const bool posted =
      venue_->Post(ReadInput{[this, books](const Sites& sites) {
                     std::vector<v1::FeedEvent> events;
                     for (const std::unique_ptr<Site>& site : sites) {
                       if (const FeedEncoder* const feed = site->feed()) {
                         std::vector<v1::FeedEvent> more = feed->Snapshot(clock_->Now());
                         std::move(more.begin(), more.end(), std::back_inserter(events));
                       }
                     }
                     books->set_value(std::move(events));
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
      return check;
    }
    for (const v1::VenueStatus& status : venue_->statuses()) {
      if (venue_->open() && !status.takes_orders() && !status.symbols().empty()) {
        check.status = http::CheckStatus::kDegraded;
        check.reason = status.name() + ": " + status.reason();
      }
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
