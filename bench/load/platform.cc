#include "bench/load/platform.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/config/instruments.h"
#include "libs/config/ports.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::load {
namespace {

constexpr Duration kTimeout = Duration::Seconds(5);
constexpr Duration kCancelWait = Duration::Seconds(10);

bool IsDirect(const LoadOptions& options) {
  return options.target != Target::kGateway;
}

absl::StatusOr<Instrument> Decode(const v1::InstrumentInfo& info) {
  Instrument out;
  out.symbol = info.symbol();
  TW_ASSIGN_OR_RETURN(out.tick_size, Price::Parse(info.tick_size()));
  TW_ASSIGN_OR_RETURN(out.lot_size, Quantity::Parse(info.lot_size()));
  TW_ASSIGN_OR_RETURN(out.min_quantity, Quantity::Parse(info.min_quantity()));
  TW_ASSIGN_OR_RETURN(out.max_quantity, Quantity::Parse(info.max_quantity()));
  return out;
}

absl::StatusOr<Quote> ParseQuote(const std::string& symbol,
                                 const std::string& bid,
                                 const std::string& ask) {
  const absl::StatusOr<Price> b = Price::Parse(bid);
  const absl::StatusOr<Price> a = Price::Parse(ask);
  if (!b.ok() || !a.ok() || *b <= Price() || *a <= Price()) {
    return absl::UnavailableError("there is no bid and ask of " + symbol);
  }
  return Quote{*b, *a};
}

// A row's value to go back to: what it was, or nothing.
std::string OrNone(const std::string& value) {
  return value.empty() ? "none" : value;
}

}  // namespace

Platform::Platform(const LoadOptions& options)
    : options_(options),
      orders_(options.reach.rpc(IsDirect(options) ? "oms" : "gateway")),
      risk_(options.reach.rpc(IsDirect(options) ? "risk" : "gateway")),
      gateway_(options.reach.rpc("gateway")) {}

absl::StatusOr<std::vector<Instrument>> Platform::ReadInstruments() {
  std::vector<Instrument> known;
  if (!options_.instruments.empty()) {
    TW_ASSIGN_OR_RETURN(const Instruments file, config::LoadInstruments(options_.instruments));
    known = file.list();
  } else {
    TW_ASSIGN_OR_RETURN(const v1::ListInstrumentsResponse list,
                        gateway_->CallSync<v1::ListInstrumentsResponse>(
                            "tradewind.v1.MarketDataService/ListInstruments",
                            v1::ListInstrumentsRequest(), kTimeout));
    for (const v1::InstrumentInfo& info : list.instruments()) {
      TW_ASSIGN_OR_RETURN(Instrument instrument, Decode(info));
      known.push_back(std::move(instrument));
    }
  }
  std::vector<Instrument> chosen;
  for (const std::string& symbol : options_.profile.symbols) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Instrument& i) { return i.symbol == symbol; });
    if (found == known.end()) {
      return absl::NotFoundError("there is no symbol " + symbol);
    }
    chosen.push_back(*found);
  }
  return chosen;
}

absl::StatusOr<std::vector<Quote>> Platform::ReadQuotes(
    const std::vector<Instrument>& instruments) const {
  std::vector<Quote> quotes;
  for (const Instrument& instrument : instruments) {
    std::string bid;
    std::string ask;
    if (IsDirect(options_)) {
      v1::CheckOrderRequest check;
      check.set_account(AccountName(0));
      check.set_symbol(instrument.symbol);
      check.set_side(v1::SIDE_BUY);
      check.set_quantity(instrument.min_quantity.ToString());
      TW_ASSIGN_OR_RETURN(const v1::CheckOrderResponse answer,
                          risk_->CallSync<v1::CheckOrderResponse>(
                              "tradewind.v1.RiskService/CheckOrder", check, kTimeout));
      bid = answer.reference_bid();
      ask = answer.reference_ask();
    } else {
      v1::GetTickerRequest request;
      request.set_symbol(instrument.symbol);
      TW_ASSIGN_OR_RETURN(const v1::Ticker ticker,
                          gateway_->CallSync<v1::Ticker>("tradewind.v1.MarketDataService/GetTicker",
                                                         request, kTimeout));
      bid = ticker.bid();
      ask = ticker.ask();
    }
    TW_ASSIGN_OR_RETURN(const Quote quote, ParseQuote(instrument.symbol, bid, ask));
    quotes.push_back(quote);
  }
  return quotes;
}

absl::Status Platform::SetLimits(const v1::Limits& limits) {
  v1::SetLimitsRequest request;
  *request.mutable_limits() = limits;
  return risk_->CallSync<v1::Limits>("tradewind.v1.RiskService/SetLimits", request, kTimeout)
      .status();
}

absl::Status Platform::RaiseLimits(const std::vector<Instrument>& instruments) {
  for (int i = 0; i < options_.profile.accounts; ++i) {
    v1::GetLimitsRequest ask;
    ask.set_account(AccountName(static_cast<size_t>(i)));
    TW_ASSIGN_OR_RETURN(const v1::GetLimitsResponse old,
                        risk_->CallSync<v1::GetLimitsResponse>("tradewind.v1.RiskService/GetLimits",
                                                               ask, kTimeout));
    std::vector<v1::Limits> raised(1);
    raised[0].set_scope("account");
    raised[0].set_account(AccountName(static_cast<size_t>(i)));
    raised[0].set_max_exposure("1000000000");
    for (const Instrument& instrument : instruments) {
      v1::Limits row;
      row.set_scope("account_symbol");
      row.set_account(AccountName(static_cast<size_t>(i)));
      row.set_symbol(instrument.symbol);
      row.set_max_order_quantity("1000000");
      row.set_max_order_notional("100000000");
      row.set_max_position("10000000");
      row.set_max_position_notional("1000000000");
      raised.push_back(std::move(row));
    }
    for (v1::Limits& row : raised) {
      const auto before =
          std::find_if(old.limits().begin(), old.limits().end(), [&](const v1::Limits& limits) {
            return limits.scope() == row.scope() && limits.account() == row.account() &&
                   limits.symbol() == row.symbol();
          });
      v1::Limits back = before == old.limits().end() ? v1::Limits() : *before;
      back.set_scope(row.scope());
      back.set_account(row.account());
      back.set_symbol(row.symbol());
      back.set_max_order_quantity(OrNone(back.max_order_quantity()));
      back.set_max_order_notional(OrNone(back.max_order_notional()));
      back.set_max_position(OrNone(back.max_position()));
      back.set_max_position_notional(OrNone(back.max_position_notional()));
      back.set_max_exposure(OrNone(back.max_exposure()));
      back.set_changed_by("tradewind load");
      back.set_reason("a load run is over");
      row.set_changed_by("tradewind load");
      row.set_reason("a load run");
      TW_RETURN_IF_ERROR(SetLimits(row));
      restore_.push_back(std::move(back));
    }
  }
  return absl::OkStatus();
}

absl::Status Platform::RestoreLimits() {
  absl::Status result;
  for (const v1::Limits& limits : restore_) {
    result.Update(SetLimits(limits));
  }
  restore_.clear();
  return result;
}

absl::StatusOr<size_t> Platform::CancelOpenOrders() {
  const int64_t deadline_ns = MonotonicNanos() + kCancelWait.ns;
  while (true) {
    size_t open = 0;
    for (int i = 0; i < options_.profile.accounts; ++i) {
      v1::CancelAllOrdersRequest cancel;
      cancel.set_account(AccountName(static_cast<size_t>(i)));
      TW_RETURN_IF_ERROR(orders_
                             ->CallSync<v1::CancelAllOrdersResponse>(
                                 "tradewind.v1.OrderService/CancelAllOrders", cancel, kTimeout)
                             .status());
      v1::ListOrdersRequest list;
      list.set_account(AccountName(static_cast<size_t>(i)));
      list.set_open_only(true);
      list.set_limit(1000);
      TW_ASSIGN_OR_RETURN(const v1::ListOrdersResponse orders,
                          orders_->CallSync<v1::ListOrdersResponse>(
                              "tradewind.v1.OrderService/ListOrders", list, kTimeout));
      open += static_cast<size_t>(orders.orders_size());
    }
    if (open == 0 || MonotonicNanos() > deadline_ns) {
      return open;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

absl::StatusOr<OrderSum> Platform::SumOrders(const std::string& run, OrderId first) const {
  OrderSum sum;
  v1::ListOrdersRequest request;
  request.set_limit(1000);
  request.set_after(first.number() > 1 ? OrderId(first.epoch(), first.number() - 1).ToString()
                                       : "0");
  while (!request.after().empty()) {
    TW_ASSIGN_OR_RETURN(const v1::ListOrdersResponse page,
                        orders_->CallSync<v1::ListOrdersResponse>(
                            "tradewind.v1.OrderService/ListOrders", request, kTimeout));
    for (const v1::Order& order : page.orders()) {
      if (order.client_order_id().starts_with(run)) {
        sum.Add(order);
      }
    }
    request.set_after(page.next());
  }
  return sum;
}

void Platform::ReadTraces(const std::string& account, uint64_t from, Waterfall& waterfall) const {
  struct Reading {
    std::mutex mutex;
    std::condition_variable news;
    bool closed = false;
  };
  Reading reading;
  v1::StreamOrderEventsRequest request;
  request.set_from_sequence(from);
  request.set_account(account);
  const auto stream = orders_->Open<v1::StreamOrderEventsRequest, v1::OrderEventBatch>(
      "tradewind.v1.OrderService/StreamOrderEvents", [&](const auto& opened) {
        opened.OnMessage([&](const v1::OrderEventBatch& batch) {
          for (const v1::OrderEvent& event : batch.events()) {
            waterfall.Returned(event);
          }
          const std::lock_guard lock(reading.mutex);
          reading.news.notify_all();
        });
        opened.OnClosed([&](const absl::Status&) {
          const std::lock_guard lock(reading.mutex);
          reading.closed = true;
          reading.news.notify_all();
        });
        opened.Write(request);
        opened.Finish();
      });
  std::unique_lock lock(reading.mutex);
  reading.news.wait_for(lock, std::chrono::nanoseconds(kTimeout.ns),
                        [&] { return reading.closed || waterfall.waiting() == 0; });
  lock.unlock();
  stream.Cancel();
  lock.lock();
  reading.news.wait(lock, [&] { return reading.closed; });
}

std::map<std::string, Scrape> Platform::ReadMetrics() const {
  std::map<std::string, Scrape> all;
  for (const config::ServicePorts& service : config::kServices) {
    absl::StatusOr<Scrape> scrape = FetchMetrics(config::PeerHttpAddress(service.name));
    if (scrape.ok()) {
      all.emplace(service.name, *std::move(scrape));
    }
  }
  return all;
}

}  // namespace tw::load
