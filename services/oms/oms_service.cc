#include "services/oms/oms_service.h"

#include <cstdlib>

#include "libs/base/status_macros.h"
#include "libs/convert/orders.h"
#include "libs/log/log.h"
#include "libs/rpc/traced.h"
#include "libs/stream/pace.h"
#include "libs/stream/serve.h"
#include "services/oms/opening_request.h"
#include "services/oms/rest.h"

namespace tw::oms {
namespace {

constexpr Duration kTickPeriod = Duration::Millis(250);
constexpr size_t kEventsInMessageMax = 512;
constexpr Duration kHeadPeriod = Duration::Millis(900);  // streams announce themselves each second
// Seven services read the ledger. One message to each for every synced batch cost more than all
// else that oms does with an order.
constexpr Duration kLedgerPace = stream::kViewPace;
// Who is behind what memory holds gets one page of the journal so often while oms is busy: the work
// is the same later, and nobody's order waits for it.
constexpr Duration kBusyPeriod = Duration::Millis(250);

// The ledger is ahead of its journal and the disk cannot be trusted: only a restart, which reads
// the journal, mends that.
[[noreturn]] void EndProcess(const absl::Status& status) {
  log::Error("journal_failed", {{"error", std::string(status.message())}});
  std::_Exit(1);
}

// Adds the event in its public form unless it is filtered out; answers the last sequence sent.
uint64_t AddPublicEvent(const v1::LedgerEvent& event,
                        const v1::StreamOrderEventsRequest& filter,
                        uint64_t last,
                        google::protobuf::RepeatedPtrField<v1::OrderEvent>& out) {
  if (event.kind() == v1::ORDER_EVENT_KIND_OPENING_IMPORTED ||  // of no order
      (!filter.account().empty() && event.account() != filter.account()) ||
      (!filter.symbol().empty() && event.symbol() != filter.symbol())) {
    return last;
  }
  v1::OrderEvent& added = *out.Add();
  added = tw::PublicEvent(event);
  added.set_previous_sequence(last);
  return event.sequence();
}

template <typename T>
Done<T> Send(rpc::Reply<T> reply) {
  return [reply = std::move(reply)](const absl::StatusOr<T>& result) { reply.Send(result); };
}

}  // namespace

void OmsService::Configure(config::Settings& settings) {
  instruments_path_ = settings.instruments();
  options_.queue = SequencerOptions::ForReaders();
  options_.queue.queue_max = static_cast<size_t>(
      settings.Int("queue-max", 65'536, 16, 1'000'000, "requests waiting at most"));
  options_.in_flight_max = static_cast<size_t>(
      settings.Int("in-flight-max", 8'192, 1, 1'000'000, "orders waiting for risk at most"));
  options_.gate_timeout = settings.Ms("risk-timeout-ms", 1'000, 10, 60'000,
                                      "for risk's answer; then the order is refused");
  options_.route_timeout = settings.Ms("route-timeout-ms", 10'000, 100, 600'000,
                                       "execution out of reach this long: new orders are refused");
  options_.report_wait =
      settings.Ms("report-wait-ms", 1, 0, 100,
                  "venue reports close behind a sync wait so long for the next one");
  options_.uncertain_after =
      settings.Ms("uncertain-after-ms", 5'000, 100, 600'000,
                  "an unanswered venue request is marked uncertain after this");
  tracing_.made_burst = settings.Int("traces-made", 10, 0, 1'000,
                                     "orders traced unasked, at once; then one a second");
  tracing_.asked_burst = settings.Int("traces-asked", 100, 0, 10'000,
                                      "orders traced on request, at once; then 50 a second");
}

absl::Status OmsService::Prepare(app::Context& context) {
  folder_ = context.data_dir + "/journal";
  options_.archive_folder = context.data_dir + "/index";
  options_.later = [&timers = context.timers](Duration wait, std::function<void()> then) {
    timers.After(wait, std::move(then));
  };
  pump_ = std::make_unique<stream::Pump>();
  engine_ = std::make_unique<Engine>(
      options_, context.clock, OmsMetrics(context.registry), [this] { pump_->Wake(); }, EndProcess);
  TW_ASSIGN_OR_RETURN(Sessions sessions, Sessions::Load(instruments_path_));
  engine_->SetMarket(&market_watch_, std::move(sessions));
  for (const Account& account : context.accounts.listed()) {
    engine_->SetSelfTrade(account.name, {account.self_trade, account.self_trade_firm});
    for (const OpeningPosition& position : account.opening_positions) {
      engine_->SetOpening(account.name, position.symbol, position.quantity);
    }
  }
  requests_ = std::make_unique<Requests>(*engine_, 10'000, tracing_);
  RegisterOrderService(context.grpc);
  RegisterAdminService(context.grpc, context.accounts, context.instruments);
  RegisterLedgerService(context.grpc);
  RegisterKillSwitch(context.grpc);
  RegisterRoutes(context.http, *requests_, context.Peer("pnl"));
  AddChecks(context.ops);
  ShowQueues(context.registry);
  return absl::OkStatus();
}

absl::Status OmsService::Start(app::Context& context) {
  ConnectPeers(context);
  TW_RETURN_IF_ERROR(engine_->Open(folder_));
  context.ops.SetHealthy();
  context.ops.SetNotReady("waiting for risk and exeq");
  gate_->Start();
  execution_->Start();
  market_->Start();
  context.timers.Every(kTickPeriod, [this, &ops = context.ops] { Tick(ops); });
  return absl::OkStatus();
}

void OmsService::ConnectPeers(app::Context& context) {
  gate_ = std::make_unique<RiskGateClient>(
      context.timers, context.Peer("risk"), [this] { return engine_->epoch(); },
      [this](const v1::GateResponse& response) {
        engine_->Post(GateAnswered{response}, Lane::kPriority);
      },
      [this] { engine_->Post(GateLost{}, Lane::kPriority); });
  execution_ = std::make_unique<ExecutionClient>(
      context.timers, context.Peer("exeq"), [this] { return engine_->execution_sequence(); },
      [this](const v1::RouteResponse& response) {
        if (!engine_->Post(Executed{response}, Lane::kPriority)) {
          execution_->Restart();  // the queue is full: they come again after the last one taken
        }
      },
      [this] { engine_->Post(RouteLost{}, Lane::kPriority); });
  engine_->Connect(gate_.get(), execution_.get());
  market_watch_.OnNews([this] { return engine_->Post(MarketCommand{}, Lane::kPriority); });
  feed::MarketOptions market;
  market.peer = context.Peer("normalizer");
  market.consumer = "oms";
  market.pace = stream::kDecisionPace;
  market.on_event = [this](const v1::FeedEvent& event) { market_watch_.OnFeedEvent(event); };
  market.on_gap = [this](uint64_t, uint64_t, uint64_t to) {
    if (to == 0) {  // another normalizer
      market_watch_.OnFeedRestart();
    }
  };
  market_ = std::make_unique<feed::MarketClient>(context.timers, std::move(market));
}

void OmsService::Tick(http::OpsState& ops) {
  engine_->Post(TickCommand{}, Lane::kPriority);
  if (!were_peers_seen_ && engine_->risk_up() && engine_->route_up()) {
    were_peers_seen_ = true;
    ops.SetReady();
  }
  if (engine_->store().takes_orders()) {
    ops.SetHealthy();
  } else {
    ops.SetUnhealthy("the journal's disk is full: new orders are refused");
  }
}

void OmsService::Stop() {
  if (gate_ != nullptr) {
    gate_->Stop();
  }
  if (execution_ != nullptr) {
    execution_->Stop();
  }
  if (market_ != nullptr) {
    market_->Stop();
  }
  engine_->Close();
  pump_->Stop();
}

void OmsService::RegisterOrderService(rpc::Server& server) {
  rpc::Service service("tradewind.v1.OrderService");
  service.Unary<v1::SubmitOrderRequest, v1::Order>(
      "SubmitOrder", [this](const auto& request, auto reply) {
        rpc::WithTraceparent(request, rpc::TraceparentOf(reply.context()),
                             [&](const auto& traced) { requests_->Submit(traced, Send(reply)); });
      });
  service.Unary<v1::SubmitOrdersRequest, v1::SubmitOrdersResponse>(
      "SubmitOrders",
      [this](const auto& request, auto reply) { requests_->SubmitBatch(request, Send(reply)); });
  service.Unary<v1::SubmitLinkedOrdersRequest, v1::LinkedOrders>(
      "SubmitLinkedOrders",
      [this](const auto& request, auto reply) { requests_->SubmitLinked(request, Send(reply)); });
  service.Unary<v1::ReplaceOrderRequest, v1::Order>(
      "ReplaceOrder",
      [this](const auto& request, auto reply) { requests_->Replace(request, Send(reply)); });
  service.Unary<v1::CancelOrderRequest, v1::Order>(
      "CancelOrder",
      [this](const auto& request, auto reply) { requests_->Cancel(request, Send(reply)); });
  service.Unary<v1::CancelAllOrdersRequest, v1::CancelAllOrdersResponse>(
      "CancelAllOrders",
      [this](const auto& request, auto reply) { requests_->CancelAll(request, Send(reply)); });
  service.Unary<v1::GetOrderRequest, v1::Order>(
      "GetOrder",
      [this](const auto& request, auto reply) { requests_->Get(request, Send(reply)); });
  service.Unary<v1::ListOrdersRequest, v1::ListOrdersResponse>(
      "ListOrders",
      [this](const auto& request, auto reply) { requests_->List(request, Send(reply)); });
  service.Unary<v1::ListFillsRequest, v1::ListFillsResponse>(
      "ListFills",
      [this](const auto& request, auto reply) { requests_->ListFills(request, Send(reply)); });
  service.Unary<v1::SubmitOrderRequest, v1::PreviewOrderResponse>(
      "PreviewOrder",
      [this](const auto& request, auto reply) { requests_->Preview(request, Send(reply)); });
  service.ServerStream<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
      "StreamOrderEvents",
      [this](const auto& request, auto stream) { ServeEvents(request, stream); });
  service.Bidi<v1::TradeSessionRequest, v1::TradeSessionResponse>(
      "TradeSession", [this](auto stream) {
        if (!engine_->open()) {
          stream.Finish(absl::UnavailableError("recovering"));
          return;
        }
        Session::Serve(stream, *requests_, [this](const auto& request, const auto& session) {
          return SubscribeSession(request, session);
        });
      });
  server.Add(service);
}

void OmsService::RegisterAdminService(rpc::Server& server,
                                      const Accounts& accounts,
                                      const Instruments& instruments) {
  rpc::Service service("tradewind.v1.OrderAdminService");
  service.Unary<v1::ResolveOrderRequest, v1::Order>(
      "ResolveOrder",
      [this](const auto& request, auto reply) { requests_->Resolve(request, Send(reply)); });
  service.Unary<v1::ImportOpeningRequest, v1::ImportOpeningResponse>(
      "ImportOpening", [this, &accounts, &instruments](const auto& request, auto reply) {
        ImportOpening(*engine_, accounts, instruments, request, Send(reply));
      });
  server.Add(service);
}

void OmsService::RegisterLedgerService(rpc::Server& server) {
  rpc::Service service("tradewind.v1.OrderLedgerService");
  service.ServerStream<v1::StreamLedgerRequest, v1::LedgerBatch>(
      "StreamLedger", [this](const auto& request, auto stream) { ServeLedger(request, stream); });
  server.Add(service);
}

void OmsService::RegisterKillSwitch(rpc::Server& server) {
  rpc::Service service("tradewind.v1.KillSwitchService");
  service.Unary<v1::KillSwitch, v1::KillSwitch>(
      "ApplyKillSwitch", [this](const v1::KillSwitch& kill, rpc::Reply<v1::KillSwitch> reply) {
        Done<v1::KillSwitch> done = Send(reply);
        if (!engine_->Post(KillCommand{kill, done}, Lane::kPriority)) {
          done(absl::UnavailableError("recovering"));
        }
      });
  server.Add(service);
}

void OmsService::ServeLedger(const v1::StreamLedgerRequest& request,
                             rpc::Stream<v1::LedgerBatch, v1::StreamLedgerRequest> stream) {
  if (!engine_->open()) {
    stream.Finish(absl::UnavailableError("recovering"));
    return;
  }
  const auto pace = stream::PaceOrFinish(stream, request.pace_ms(), kLedgerPace);
  if (!pace) {
    return;
  }
  // The same bytes as a LedgerBatch.
  const rpc::Stream<v1::PackedLedgerBatch, v1::StreamLedgerRequest> packed(stream.core());
  stream::ServeOptions<PackedEvent, v1::PackedLedgerBatch> options;
  options.from = request.from_sequence();
  options.read = [this, read_ns = int64_t{0}](uint64_t from, size_t max) mutable {
    const LedgerStore& store = engine_->store();
    if (engine_->busy()) {
      const int64_t now_ns = MonotonicNanos();
      if (now_ns - read_ns < kBusyPeriod.ns) {
        return store.ReadRecent(from, max);
      }
      read_ns = now_ns;
    }
    return store.Read(from, max);
  };
  options.head = [this, told_ns = int64_t{0}](uint64_t head, uint64_t previous,
                                              v1::PackedLedgerBatch& batch) mutable {
    batch.set_epoch(engine_->epoch());
    batch.set_head_sequence(head);
    batch.set_previous_sequence(previous);
    if (const int64_t now_ns = MonotonicNanos(); now_ns - told_ns >= kHeadPeriod.ns) {
      told_ns = now_ns;
      if (const auto journal = engine_->store().journal_head()) {
        *batch.mutable_journal_head() = *journal;
      }
    }
  };
  options.add = [plain = request.without_checks(), fills_only = request.fills_only()](
                    const PackedEvent& event, v1::PackedLedgerBatch& batch) {
    if (fills_only && !event.is_booked) {
      batch.add_events(event.SequenceAndTime());
      return true;
    }
    const std::string_view bytes = plain ? event.plain() : std::string_view(event.bytes);
    batch.add_events(bytes.data(), bytes.size());
    return true;
  };
  options.pace = *pace;
  stream::Serve<PackedEvent, v1::PackedLedgerBatch, v1::StreamLedgerRequest>(*pump_, packed,
                                                                             std::move(options));
}

// Events of a session that asked for them. REQUIRES: the engine is open.
Subscription OmsService::SubscribeSession(const v1::StreamOrderEventsRequest& request,
                                          const TradeStream& stream) {
  const uint64_t from =
      request.from_sequence() == 0 ? engine_->store().head() + 1 : request.from_sequence();
  const uint64_t id =
      pump_->Add([this, request, stream, next = from, last = from - 1](bool announce) mutable {
        const auto page = engine_->store().Read(next, kEventsInMessageMax);
        if (page.events.empty() && !announce) {
          return stream::PumpResult::kCaughtUp;
        }
        v1::TradeSessionResponse message;
        message.set_head_sequence(page.head);
        uint64_t previous = last;
        for (const auto& event : page.events) {
          previous = AddPublicEvent(event->Unpack(), request, previous, *message.mutable_events());
        }
        if ((message.events_size() > 0 || announce) && !stream.Write(message)) {
          return stream::PumpResult::kBlocked;
        }
        last = previous;
        next += page.events.size();
        return next <= page.head ? stream::PumpResult::kMore : stream::PumpResult::kCaughtUp;
      });
  return {[this, id] { pump_->Remove(id); }, [this, id] { pump_->Unblock(id); }};
}

void OmsService::ServeEvents(
    const v1::StreamOrderEventsRequest& request,
    rpc::Stream<v1::OrderEventBatch, v1::StreamOrderEventsRequest> stream) {
  if (!engine_->open()) {
    stream.Finish(absl::UnavailableError("recovering"));
    return;
  }
  stream::ServeOptions<PackedEvent, v1::OrderEventBatch> options;
  options.from =
      request.from_sequence() == 0 ? engine_->store().head() + 1 : request.from_sequence();
  options.read = [this](uint64_t from, size_t max) { return engine_->store().Read(from, max); };
  auto last = std::make_shared<uint64_t>(0);  // of the message that is being filled
  options.head = [this, last](uint64_t head, uint64_t previous, v1::OrderEventBatch& batch) {
    batch.set_epoch(engine_->epoch());
    batch.set_head_sequence(head);
    *last = previous;
  };
  options.add = [request, last](const PackedEvent& event, v1::OrderEventBatch& batch) {
    const int before = batch.events_size();
    *last = AddPublicEvent(event.Unpack(), request, *last, *batch.mutable_events());
    return batch.events_size() > before;
  };
  stream::Serve<PackedEvent, v1::OrderEventBatch, v1::StreamOrderEventsRequest>(*pump_, stream,
                                                                                std::move(options));
}

void OmsService::ShowQueues(metrics::Registry& registry) {
  registry.OnText([this,
                   queued = registry.AddGauge("tw_oms_queued", "Commands in the engine's queue."),
                   in_flight = registry.AddGauge("tw_oms_in_flight", "Orders that wait for risk."),
                   open = registry.AddGauge("tw_oms_open_orders", "Orders that are not finished."),
                   kept = registry.AddGauge("tw_oms_orders_in_memory",
                                            "Orders that are not in the index alone.")] {
    queued.Set(static_cast<double>(engine_->queued()));
    in_flight.Set(static_cast<double>(engine_->in_flight()));
    open.Set(static_cast<double>(engine_->open_orders()));
    kept.Set(static_cast<double>(engine_->orders_in_memory()));
  });
}

void OmsService::AddChecks(http::OpsState& ops) {
  ops.AddCheck("journal", [this] {
    http::Check check;
    if (engine_->open() && !engine_->store().takes_orders()) {
      check.status = http::CheckStatus::kFailed;
      check.reason = "the disk is full: new orders are refused";
    }
    return check;
  });
  ops.AddCheck("index", [this] {
    http::Check check;
    const std::string fault = engine_->open() ? engine_->archive_fault() : "";
    if (!fault.empty()) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = fault + ": finished orders stay in memory";
    }
    return check;
  });
  ops.AddCheck("risk", [this] {
    http::Check check;
    if (!engine_->risk_up()) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = "risk is out of reach: new orders are refused";
    }
    return check;
  });
  ops.AddCheck("execution", [this] {
    http::Check check;
    if (!engine_->route_up()) {
      check.status = http::CheckStatus::kDegraded;
      check.reason = "exeq or live-gateway is out of reach: accepted orders wait";
    }
    return check;
  });
  ops.SetStats([this] {
    return "{\"sequence\":" + std::to_string(engine_->open() ? engine_->store().head() : 0) +
           ",\"epoch\":" + std::to_string(engine_->open() ? engine_->epoch() : 0) +
           ",\"open_orders\":" + std::to_string(engine_->open_orders()) +
           ",\"in_flight\":" + std::to_string(engine_->in_flight()) +
           ",\"queued\":" + std::to_string(engine_->queued()) + "}";
  });
}

}  // namespace tw::oms
