// Plan: how an order is laid over the venues that could take it. Pure.
//
// What trades at once goes where it is cheapest, fees, latency and failures counted in, up to what
// each venue shows; what is left rests at the venue that is cheapest to rest at, or, of an order
// that does not rest, joins the best part. An order that must stay in one piece (FOK, post-only,
// iceberg) goes to one venue.
#pragma once

#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/types.h"

namespace tw::exeq {

// A venue that trades the symbol, as far as it is known now.
struct VenueFacts {
  std::string name;
  bool connected = false;
  bool takes_orders = false;
  int64_t maker_fee_e8 = 0;  // share of the notional; negative: a rebate
  int64_t taker_fee_e8 = 0;
  int64_t minimum_fee_e8 = 0;  // of each fill
  Duration latency;            // there and back
  int64_t failures = 0;        // refusals and time-outs of late
  // Best bid and offer; zero: none, unknown or too old.
  Price bid;
  Quantity bid_size;
  Price ask;
  Quantity ask_size;
};

struct PlanRequest {
  Side side = Side::kBuy;
  Price limit;  // zero: none
  Quantity quantity;
  bool rests = false;  // what does not trade at once stays
  bool in_one_piece = false;
  bool must_not_trade = false;  // post-only
  bool only_to_trade = false;   // nothing is sent where nothing is shown to trade with
  Quantity lot = Quantity::FromE8(1);
  Quantity minimum;  // smallest order
};

struct Allocation {
  std::string venue;
  Quantity quantity;

  friend bool operator==(const Allocation&, const Allocation&) = default;
};

// What counts beside the price, as shares of the notional in 1e-8.
struct PlanWeights {
  int64_t latency_e8_per_ms = 200;
  int64_t failure_e8 = 10'000;
  size_t legs_max = 8;
};

// Venues first come first where all else is equal. The parts add up to the quantity; empty when
// there is no venue (or, with only_to_trade, nothing to trade with). Where no venue takes orders,
// the first that is connected, or else the first, is told all the same: its refusal is an answer.
std::vector<Allocation> Plan(const PlanRequest& request,
                             const std::vector<VenueFacts>& venues,
                             const PlanWeights& weights);

}  // namespace tw::exeq
