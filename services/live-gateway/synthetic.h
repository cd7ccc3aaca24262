// SyntheticMarket: seeded participants who keep each book two-sided and trading.
//
// Per symbol a fair price wanders and is drawn back to the start price, and never leaves +-2 % of
// it. Makers quote eight prices a side, up to 0.44 % from it, with 1.5 times the depth that must be
// there; takers come now and then with small orders. After each Step, whatever orders of ours did
// in between, both sides hold at least the minimum depth within 0.5 % of the middle of the book,
// every order of ours that crosses the makers' best prices has been traded with, and no maker has
// traded with another. Participants rest at most kQuotesMax orders per symbol.
//
// All randomness comes from the seed: the same seed, calls and orders of ours give the same events.
// Not thread-safe. Where an instrument's tick is coarser than the quote distances the quotes share
// ticks; one coarser than 0.5 % of the price cannot hold the depth rule.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/core/prng.h"
#include "services/live-gateway/exchange.h"

namespace tw::live_gateway {

struct SyntheticConfig {
  uint64_t seed = 1;
  // Goes before Instrument::min_depth; where neither says, 250,000 of notional at the start price.
  absl::btree_map<std::string, Quantity> min_depth;
  uint64_t trade_percent = 15;  // chance of a taker per symbol and step
};

class SyntheticMarket {
 public:
  static constexpr size_t kQuotesPerSide = 8;
  static constexpr size_t kQuotesMax = 2 * kQuotesPerSide;

  SyntheticMarket(const Instruments& instruments, SyntheticConfig config);

  // One move of every symbol, meant for every 100 ms: refills, re-quotes, maybe one taker each.
  // REQUIRES: `exchange` has the same instruments, and no other participants.
  void Step(Exchange& exchange, Timestamp now, Output& out);

  // A halted symbol's quotes are withdrawn with the next Step and nothing is quoted until it is
  // set going again. False for an unknown symbol.
  bool SetHalted(const Exchange& exchange, std::string_view name, bool halted);

  // The same, and its quotes are withdrawn at once.
  void Halt(Exchange& exchange, size_t instrument, Timestamp now, Output& out);

  // By position in the instruments' list.
  Quantity min_depth(size_t instrument) const;
  Price fair_price(size_t instrument) const { return symbols_[instrument].fair; }

 private:
  struct Quote {
    uint64_t id = 0;  // zero: none
    int64_t price = 0;
    int64_t quantity = 0;
  };
  struct Symbol {
    Prng prng;
    Price start;
    Price fair;
    int64_t tick_e8 = 1;
    int64_t lot_e8 = 1;
    int64_t depth_lots = 1;
    int64_t smallest_lots = 1;  // of a taker
    uint64_t last_id = 0;
    bool halted = false;
    std::array<std::array<Quote, kQuotesPerSide>, 2> quotes{};  // bids, asks; nearest first
  };

  static void Wander(Symbol& symbol);
  // The price of a quote now.
  static int64_t Target(const Symbol& symbol, Side side, size_t position);
  static bool Keep(const Symbol& symbol, const book::Book& book, Side side, size_t position);
  // Takes out what is to be quoted anew, lifts what crosses, quotes, trades.
  std::vector<ParticipantOrder> Decide(Symbol& symbol, const book::Book& book) const;
  static void Withdraw(Symbol& symbol,
                       const book::Book& book,
                       std::vector<ParticipantOrder>& orders);
  static void TradeThrough(Symbol& symbol,
                           const book::Book& book,
                           std::vector<ParticipantOrder>& orders);
  static void QuoteAnew(Symbol& symbol, std::vector<ParticipantOrder>& orders);
  static void Take(Symbol& symbol, std::vector<ParticipantOrder>& orders);

  SyntheticConfig config_;
  std::vector<Symbol> symbols_;
};

}  // namespace tw::live_gateway
