// Planner: what the accounts of a run do next. Positions stay small, because each account trades
// each symbol through the market on alternating sides; open orders stay bounded.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/load/tally.h"
#include "libs/core/instrument.h"
#include "libs/core/prng.h"
#include "tradewind/v1/order.pb.h"

namespace tw::load {

namespace v1 = ::tradewind::v1;

// What a run's accounts do: the mix in percent of all commands, together 100.
struct Profile {
  int passive = 45;     // limit orders that rest 1 to 2 % away from the mid
  int marketable = 20;  // limit IOC, 0.2 % through the other side
  int cancel = 25;      // of an own open order
  int replace = 10;     // of an own open order's price
  int accounts = 16;
  std::vector<std::string> symbols = {"BTCUSDT", "ETHUSDT", "SOLUSDT"};
};

// "load-1" for the first.
inline std::string AccountName(size_t index) {
  return "load-" + std::to_string(index + 1);
}

// Reads a TOML file with the names above (bench/load/profiles). What is not there is 0 of the mix,
// and as above of accounts and symbols. InvalidArgument naming what is wrong.
absl::StatusOr<Profile> LoadProfile(const std::string& path);

struct Quote {
  Price bid;
  Price ask;
};

struct OpenOrder {
  std::string order_id;
  size_t symbol = 0;
  bool buy = false;
  Price price;
  int64_t since_ns = 0;  // when it was answered, monotonic
};

struct Plan {
  Kind kind = Kind::kPassive;
  v1::TradeCommand command;  // request_id is the caller's
  OpenOrder order;           // the order that it makes, cancels or replaces
};

struct PlannerOptions {
  Profile profile;
  bool checks = false;  // nothing but risk checks
  int accounts = 16;
  size_t open_max = 10'000;
  uint64_t seed = 1;
  std::string run;  // begins every client_order_id: unique to the run
};

class Planner {
 public:
  Planner(const PlannerOptions& options, std::vector<Instrument> instruments);

  void SetQuote(size_t symbol, Quote quote);

  // A cancel or replace is for an order that has rested for 100 ms; when there is none it becomes a
  // passive order, and a passive order past open_max a cancel. REQUIRES: every symbol has a quote.
  Plan Next(int64_t now_ns);

  // A passive order was accepted, or a replace is over and the order still rests.
  void Rests(OpenOrder order);

  size_t open() const;
  uint64_t substituted() const;  // commands that became another kind
  const std::vector<Instrument>& instruments() const { return instruments_; }

  // An order of about 20 USD: a multiple of the lot, at least the minimum.
  static Quantity SmallQuantity(const Instrument& instrument, Price price);

 private:
  Kind PickKind(int64_t now_ns);
  Price PassivePrice(size_t symbol, bool buy);
  v1::SubmitOrderRequest Submit(size_t account, size_t symbol, bool buy);
  Plan NewOrder(Kind kind);
  Plan Change(Kind kind);

  const PlannerOptions options_;
  const std::vector<Instrument> instruments_;

  mutable std::mutex mutex_;
  Prng prng_;
  std::vector<Quote> quotes_;
  std::vector<bool> buys_next_;  // per account and symbol, for marketable orders
  std::deque<OpenOrder> open_;   // oldest first
  uint64_t last_number_ = 0;
  uint64_t substituted_ = 0;
};

}  // namespace tw::load
