// PaperVenue: a paper exchange with its synthetic market, and the line that leads to it: commands
// take latency_to to get there, reports latency_from to come back, in order. While the line is down
// both wait, and the exchange goes on trading. Reports that are still on the way are not journaled:
// a killed process takes its exchange with it, and what nobody has heard of has not happened.
//
// Pure; the venues' owner only.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "services/live-gateway/driver.h"
#include "services/live-gateway/order_venue.h"
#include "services/live-gateway/synthetic.h"

namespace tw::live_gateway {

struct PaperVenueConfig {
  std::string name = "PAPER";
  ExchangeConfig exchange;
  SyntheticConfig synthetic;
  Duration latency_to;
  Duration latency_from;
  int64_t price_offset_bps = 0;      // its start prices beside those of the instruments
  int64_t depth_percent = 100;       // its depth beside theirs
  int64_t reject_percent = 0;        // of new orders, refused by chance (seeded)
  std::vector<std::string> symbols;  // empty: all
  bool takes_orders = true;          // false: it only makes market data
};

// The instruments as the venue lists them: prices moved by the offset, in whole ticks.
Instruments ListedAt(const Instruments& instruments, const PaperVenueConfig& config);

class PaperVenue final : public OrderVenue {
 public:
  static constexpr size_t kOnTheWayMax = 100'000;  // commands; more are refused

  PaperVenue(const Instruments& instruments, const PaperVenueConfig& config);

  const std::string& name() const override { return config_.name; }
  const char* mode() const override { return "paper"; }
  std::vector<std::string> symbols() const override;
  VenueTerms terms() const override;
  bool Trades(std::string_view symbol) const override {
    return config_.takes_orders && exchange_.IndexOf(symbol).has_value();
  }
  bool connected() const override { return connected_; }

  void Apply(const Report& report) override { exchange_.Apply(report); }
  void ApplySent(const PlaceOrder&) override {}
  // Makes a market, then puts our open orders back into it.
  void Resume(Timestamp now, Output& out) override;
  bool Knows(const std::string& child_id) const override;
  void Process(const Command& command, Timestamp now, Output& out) override;
  void Refuse(const Command& command,
              RejectReason reason,
              const std::string& message,
              Timestamp now,
              Output& out) override;
  // At once, whatever is on the way; orders on the way are refused.
  size_t CancelAll(const std::string& message, Timestamp now, Output& out) override;
  void Advance(Timestamp now, Output& out) override;
  std::optional<Timestamp> NextDue() const override;
  void Release() override {}
  std::vector<const OwnOrder*> OpenOrders() const override { return exchange_.OpenOrders(); }
  size_t open_order_count() const override { return exchange_.open_order_count(); }

  // One step of the synthetic market.
  void Step(Timestamp now, Output& out);
  // The market follows recorded rows; none: it is given back.
  absl::Status Drive(const std::vector<DrivenRow>& rows, Timestamp now, Output& out);
  std::vector<std::string> driven_symbols() const { return driver_.symbols(); }
  // Busts or corrects a trade at once, whatever is on the way; see Exchange::Adjust.
  absl::Status Adjust(const Report& fill,
                      const Exchange::TradeTerms& terms,
                      const std::string& message,
                      Timestamp now,
                      Output& out) {
    return exchange_.Adjust(fill, terms, message, now, out);
  }
  // The line to it goes down, or comes back.
  void SetConnected(bool connected, Timestamp now, Output& out);

  const Exchange& exchange() const { return exchange_; }

 private:
  struct Outbound {
    Timestamp due;
    Command command;
  };
  struct Inbound {
    Timestamp due;
    Report report;
  };

  void Deliver(const Command& command, Timestamp now, Output& out);
  void Bring(Output&& made, Timestamp now, Output& out);

  const PaperVenueConfig config_;
  Exchange exchange_;
  SyntheticMarket market_;
  MarketDriver driver_{exchange_, market_};
  Prng chance_;
  bool connected_ = true;
  std::deque<Outbound> to_;
  std::deque<Inbound> from_;
  absl::flat_hash_set<std::string> on_the_way_;  // child ids of new orders in to_
};

}  // namespace tw::live_gateway
