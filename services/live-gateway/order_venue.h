// OrderVenue: what the owner of the venues (venue.h) asks of each, paper or a session with another
// house. Reports come out unnumbered as far as others can tell: the owner numbers them when it
// journals them. Owner only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/live-gateway/exchange.h"

namespace tw::live_gateway {

// What one fill costs, for whoever chooses between venues.
struct VenueTerms {
  int64_t maker_fee_e8 = 0;  // share of the notional; negative: a rebate
  int64_t taker_fee_e8 = 0;
  int64_t minimum_fee_e8 = 0;
  Duration latency_to;
  Duration latency_from;
};

class OrderVenue {
 public:
  virtual ~OrderVenue() = default;

  virtual const std::string& name() const = 0;
  virtual const char* mode() const = 0;  // "paper" or "live"
  virtual std::vector<std::string> symbols() const = 0;
  virtual VenueTerms terms() const = 0;
  virtual bool Trades(std::string_view symbol) const = 0;
  virtual bool connected() const = 0;

  // Recovery: journaled reports, and orders that were about to be sent, oldest first; then Resume.
  virtual void Apply(const Report& report) = 0;
  virtual void ApplySent(const PlaceOrder& order) = 0;
  virtual void Resume(Timestamp now, Output& out) = 0;

  // True for an order that the venue has, had (as far as it is remembered), or will get.
  virtual bool Knows(const std::string& child_id) const = 0;
  virtual void Process(const Command& command, Timestamp now, Output& out) = 0;
  // Refused before it left.
  virtual void Refuse(const Command& command,
                      RejectReason reason,
                      const std::string& message,
                      Timestamp now,
                      Output& out) = 0;
  virtual size_t CancelAll(const std::string& message, Timestamp now, Output& out) = 0;

  // What has arrived by now, on either side; when there will be more.
  virtual void Advance(Timestamp now, Output& out) = 0;
  virtual std::optional<Timestamp> NextDue() const = 0;
  // All that came out so far is on disk.
  virtual void Release() = 0;

  virtual std::vector<const OwnOrder*> OpenOrders() const = 0;
  virtual size_t open_order_count() const = 0;
};

}  // namespace tw::live_gateway
