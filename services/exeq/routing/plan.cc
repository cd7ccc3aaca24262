#include "services/exeq/routing/plan.h"

#include <algorithm>

namespace tw::exeq {
namespace {

using Wide = __int128;

int64_t BesidesFee(const VenueFacts& venue, const PlanWeights& weights) {
  return venue.latency.ns / 1'000 * weights.latency_e8_per_ms / 1'000 +
         venue.failures * weights.failure_e8;
}

int64_t CostToRest(const VenueFacts& venue, const PlanWeights& weights) {
  return venue.maker_fee_e8 + BesidesFee(venue, weights);
}

const Price& PriceToTrade(const VenueFacts& venue, Side side) {
  return side == Side::kBuy ? venue.ask : venue.bid;
}

Quantity SizeToTrade(const VenueFacts& venue, Side side) {
  return side == Side::kBuy ? venue.ask_size : venue.bid_size;
}

bool CanTrade(const VenueFacts& venue, const PlanRequest& request) {
  const Price& price = PriceToTrade(venue, request.side);
  if (price.IsZero() || SizeToTrade(venue, request.side).IsZero()) {
    return false;
  }
  return request.limit.IsZero() ||
         (request.side == Side::kBuy ? price <= request.limit : price >= request.limit);
}

// What a unit costs (or, negative, brings) there, all counted in; less is better.
Wide PriceAllIn(const VenueFacts& venue, const PlanRequest& request, const PlanWeights& weights) {
  const Price& price = PriceToTrade(venue, request.side);
  const Quantity part = std::min(request.quantity, SizeToTrade(venue, request.side));
  int64_t fee = venue.taker_fee_e8;
  const std::optional<Money> notional = Notional(price, part);
  if (venue.minimum_fee_e8 > 0 && notional && notional->e8() > 0) {
    const auto least = MulDiv(venue.minimum_fee_e8, kDecimalScale, notional->e8(), Rounding::kUp);
    fee = std::max(fee, least.value_or(kDecimalScale));
  }
  const int64_t cost = fee + BesidesFee(venue, weights);
  return Wide{Sign(request.side)} * price.e8() * (kDecimalScale + Sign(request.side) * cost);
}

Quantity WholeLots(Quantity quantity, Quantity lot) {
  return Quantity::FromE8(quantity.e8() - quantity.e8() % lot.e8());
}

class Planner {
 public:
  Planner(const PlanRequest& request, const PlanWeights& weights)
      : request_(request), weights_(weights) {}

  std::vector<Allocation> Run(const std::vector<VenueFacts>& venues) {
    for (const VenueFacts& venue : venues) {
      if (venue.connected && venue.takes_orders) {
        usable_.push_back(&venue);
        if (CanTrade(venue, request_)) {
          trading_.push_back(&venue);
        }
      }
    }
    std::stable_sort(trading_.begin(), trading_.end(), [&](const auto* a, const auto* b) {
      return PriceAllIn(*a, request_, weights_) < PriceAllIn(*b, request_, weights_);
    });
    if (request_.only_to_trade && trading_.empty()) {
      return {};
    }
    if (usable_.empty()) {
      return Anybody(venues);
    }
    return request_.in_one_piece ? InOnePiece() : Spread();
  }

 private:
  std::vector<Allocation> Anybody(const std::vector<VenueFacts>& venues) const {
    if (venues.empty()) {
      return {};
    }
    const auto connected = std::find_if(venues.begin(), venues.end(),
                                        [](const VenueFacts& venue) { return venue.connected; });
    return {{(connected == venues.end() ? venues.front() : *connected).name, request_.quantity}};
  }

  const VenueFacts* CheapestToRest(bool not_trading) const {
    const VenueFacts* best = nullptr;
    for (const VenueFacts* venue : usable_) {
      if (not_trading && CanTrade(*venue, request_)) {
        continue;
      }
      if (best == nullptr || CostToRest(*venue, weights_) < CostToRest(*best, weights_)) {
        best = venue;
      }
    }
    return best;
  }

  std::vector<Allocation> InOnePiece() const {
    const VenueFacts* home = nullptr;
    if (request_.must_not_trade) {
      home = CheapestToRest(/*not_trading=*/true);
    } else if (!request_.rests) {
      const auto whole = std::find_if(trading_.begin(), trading_.end(), [&](const auto* venue) {
        return SizeToTrade(*venue, request_.side) >= request_.quantity;
      });
      home = whole != trading_.end() ? *whole : (trading_.empty() ? nullptr : trading_.front());
    } else if (!trading_.empty()) {
      home = trading_.front();
    }
    if (home == nullptr) {
      home = CheapestToRest(/*not_trading=*/false);
    }
    return {{home->name, request_.quantity}};
  }

  std::vector<Allocation> Spread() const {
    std::vector<Allocation> parts;
    Quantity rest = request_.quantity;
    for (const VenueFacts* venue : trading_) {
      const Quantity part =
          WholeLots(std::min(rest, SizeToTrade(*venue, request_.side)), request_.lot);
      if (part.IsZero() || part < request_.minimum || parts.size() >= weights_.legs_max) {
        continue;
      }
      parts.push_back({venue->name, part});
      rest = rest - part;
      if (rest.IsZero()) {
        return parts;
      }
    }
    const bool too_little = rest < request_.minimum;
    if (!parts.empty() && (!request_.rests || too_little || parts.size() >= weights_.legs_max)) {
      parts.front().quantity = parts.front().quantity + rest;
      return parts;
    }
    const VenueFacts* home =
        request_.rests || trading_.empty() ? CheapestToRest(false) : trading_.front();
    const auto there = std::find_if(parts.begin(), parts.end(), [&](const Allocation& part) {
      return part.venue == home->name;
    });
    if (there != parts.end()) {
      there->quantity = there->quantity + rest;
    } else {
      parts.push_back({home->name, rest});
    }
    return parts;
  }

  const PlanRequest& request_;
  const PlanWeights& weights_;
  std::vector<const VenueFacts*> usable_;
  std::vector<const VenueFacts*> trading_;  // what shows something to trade with, cheapest first
};

}  // namespace

std::vector<Allocation> Plan(const PlanRequest& request,
                             const std::vector<VenueFacts>& venues,
                             const PlanWeights& weights) {
  return Planner(request, weights).Run(venues);
}

}  // namespace tw::exeq
