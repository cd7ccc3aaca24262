// tradewind demo: a gentle flow of orders, so that a demonstration shows something moving.
#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "services/cli/commands.h"
#include "services/cli/demo_trader.h"
#include "tradewind/v1/market_data.pb.h"
#include "tradewind/v1/order.pb.h"
#include "tradewind/v1/portfolio.pb.h"

namespace tw::cli {
namespace {

constexpr Duration kSlice = Duration::Millis(50);  // between looks at whether to stop
constexpr Duration kPauseFirst = Duration::Seconds(1);
constexpr Duration kPauseMax = Duration::Seconds(10);

struct DemoArguments {
  std::string account = "demo-flow";
  int64_t per_minute = 60;
  uint64_t seed = 0;  // 0: another one each time
  Duration span;      // zero: until stopped
};

std::atomic<bool> stop_asked{false};

// One account's flow. Every figure it acts on is asked for anew.
class Demo {
 public:
  Demo(Context& context, const DemoArguments& arguments)
      : context_(context),
        arguments_(arguments),
        trader_(arguments.seed != 0 ? arguments.seed : static_cast<uint64_t>(MonotonicNanos()),
                DemoLimits()) {}

  absl::Status Step() {
    if (instruments_.instruments().empty()) {
      TW_ASSIGN_OR_RETURN(instruments_,
                          Ask<v1::ListInstrumentsResponse>("MarketDataService/ListInstruments",
                                                           v1::ListInstrumentsRequest()));
    }
    TW_ASSIGN_OR_RETURN(const std::vector<DemoMarket> markets, Markets());
    v1::ListOrdersRequest mine;
    mine.set_account(arguments_.account);
    mine.set_open_only(true);
    TW_ASSIGN_OR_RETURN(const v1::ListOrdersResponse resting,
                        Ask<v1::ListOrdersResponse>("OrderService/ListOrders", mine));
    std::vector<std::string> open;
    for (const v1::Order& order : resting.orders()) {
      if (order.status() != v1::ORDER_STATUS_PENDING_CANCEL) {
        open.push_back(order.order_id());
      }
    }
    return Do(trader_.Next(markets, open));
  }

  // What rests goes with it.
  void End() {
    v1::CancelAllOrdersRequest request;
    request.set_account(arguments_.account);
    const auto canceled = Ask<v1::CancelAllOrdersResponse>("OrderService/CancelAllOrders", request);
    if (canceled.ok()) {
      context_.out() << fmt::format("stopped: {} actions, {} orders canceled", actions_,
                                    canceled->order_ids_size())
                     << std::endl;
    } else {
      context_.Fail(canceled.status());
    }
  }

 private:
  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(const char* method, const Request& request) const {
    return context_.Call<Response>("gateway", method, request);
  }

  absl::StatusOr<std::vector<DemoMarket>> Markets() const {
    TW_ASSIGN_OR_RETURN(
        const v1::ListTickersResponse tickers,
        Ask<v1::ListTickersResponse>("MarketDataService/ListTickers", v1::ListTickersRequest()));
    v1::ListPositionsRequest mine;
    mine.set_account(arguments_.account);
    TW_ASSIGN_OR_RETURN(const v1::ListPositionsResponse positions,
                        Ask<v1::ListPositionsResponse>("PortfolioService/ListPositions", mine));
    std::vector<DemoMarket> markets;
    for (const v1::InstrumentInfo& instrument : instruments_.instruments()) {
      DemoMarket market;
      market.symbol = instrument.symbol();
      TW_ASSIGN_OR_RETURN(market.tick, Price::Parse(instrument.tick_size()));
      TW_ASSIGN_OR_RETURN(market.lot, Quantity::Parse(instrument.lot_size()));
      TW_ASSIGN_OR_RETURN(market.min, Quantity::Parse(instrument.min_quantity()));
      TW_ASSIGN_OR_RETURN(market.max, Quantity::Parse(instrument.max_quantity()));
      for (const v1::Ticker& ticker : tickers.tickers()) {
        if (ticker.symbol() == market.symbol && !ticker.stale()) {
          market.bid = Price::Parse(ticker.bid()).value_or(Price());  // "": not known
          market.ask = Price::Parse(ticker.ask()).value_or(Price());
        }
      }
      for (const v1::Position& position : positions.positions()) {
        if (position.symbol() == market.symbol) {
          TW_ASSIGN_OR_RETURN(market.position, Quantity::Parse(position.quantity()));
        }
      }
      markets.push_back(std::move(market));
    }
    return markets;
  }

  absl::Status Do(const DemoAction& action) {
    if (action.kind == DemoAction::Kind::kNone) {
      return absl::OkStatus();
    }
    ++actions_;
    if (action.kind == DemoAction::Kind::kCancel) {
      v1::CancelOrderRequest request;
      request.set_order_id(action.order_id);
      TW_ASSIGN_OR_RETURN(const v1::Order order,
                          Ask<v1::Order>("OrderService/CancelOrder", request));
      Say("cancel " + order.order_id(), order);
      return absl::OkStatus();
    }
    v1::SubmitOrderRequest request;
    request.set_account(arguments_.account);
    request.set_symbol(action.symbol);
    request.set_side(ToProto(action.side));
    request.set_quantity(action.quantity.ToString());
    const bool market = action.price.IsZero();
    request.set_type(market ? v1::ORDER_TYPE_MARKET : v1::ORDER_TYPE_LIMIT);
    if (!market) {
      request.set_price(action.price.ToString());
      request.set_time_in_force(v1::TIME_IN_FORCE_GTC);
    }
    TW_ASSIGN_OR_RETURN(const v1::Order order, Ask<v1::Order>("OrderService/SubmitOrder", request));
    Say(fmt::format("{} {} {} {} {}", order.order_id(), Name(action.side), request.quantity(),
                    action.symbol, market ? "at market" : "at " + request.price()),
        order);
    return absl::OkStatus();
  }

  void Say(const std::string& what, const v1::Order& order) {
    const bool refused = order.status() == v1::ORDER_STATUS_REJECTED;
    context_.out() << what << ": " << v1::OrderStatus_Name(order.status()).substr(13)
                   << (refused ? " " + order.reject_message() : "") << std::endl;
  }

  Context& context_;
  const DemoArguments& arguments_;
  DemoTrader trader_;
  v1::ListInstrumentsResponse instruments_;
  uint64_t actions_ = 0;
};

// False: it is time to stop.
bool Wait(Duration pause, std::optional<int64_t> until_ns) {
  const int64_t end = MonotonicNanos() + pause.ns;
  while (!stop_asked) {
    const int64_t now = MonotonicNanos();
    if (until_ns && now >= *until_ns) {
      return false;
    }
    if (now >= end) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(kSlice.ns, end - now)));
  }
  return false;
}

int Run(Context& context, const DemoArguments& arguments) {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = true; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::optional<int64_t> until;
  if (arguments.span.ns > 0) {
    until = MonotonicNanos() + arguments.span.ns;
  }
  const Duration between = Duration::Nanos(Duration::Seconds(60).ns / arguments.per_minute);
  Demo demo(context, arguments);
  context.out() << fmt::format("trading as {}, {} actions a minute", arguments.account,
                               arguments.per_minute)
                << std::endl;
  Duration pause = kPauseFirst;
  bool is_away = false;  // and that was said
  bool go_on = true;
  while (go_on) {
    const absl::Status status = demo.Step();
    if (status.ok()) {
      pause = kPauseFirst;
      is_away = false;
      go_on = Wait(between, until);
      continue;
    }
    if (!std::exchange(is_away, true)) {
      context.Fail(status);
    }
    go_on = Wait(pause, until);
    pause = std::min(pause * 2, kPauseMax);
  }
  demo.End();
  return kOk;
}

}  // namespace

void AddDemoCommand(CLI::App& app, Command& chosen) {
  CLI::App* demo = app.add_subcommand(
      "demo",
      "Trade a little, for a demonstration: small orders in every symbol, positions kept small, at "
      "most eight orders at rest. Goes on until stopped, also over restarts of the platform; then "
      "cancels what rests");
  auto arguments = std::make_shared<DemoArguments>();
  demo->add_option("--account", arguments->account, "its own account (default demo-flow)");
  demo->add_option("--per-minute", arguments->per_minute,
                   "orders and cancels, 1 to 600 (default 60)")
      ->check(CLI::Range(1, 600));
  demo->add_option("--seed", arguments->seed, "of its choices (default: another one each time)");
  demo->add_option_function<std::string>(
      "--for",
      [arguments](const std::string& text) {
        const absl::StatusOr<Duration> span = ParseSpan(text);
        if (!span.ok()) {
          throw CLI::ValidationError("--for", std::string(span.status().message()));
        }
        arguments->span = *span;
      },
      "stop after this long, such as 10m");
  demo->callback([&chosen, arguments] {
    chosen = [arguments](Context& context) { return Run(context, *arguments); };
  });
}

}  // namespace tw::cli
