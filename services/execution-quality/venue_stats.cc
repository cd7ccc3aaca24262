#include "services/execution-quality/venue_stats.h"

#include <algorithm>
#include <limits>

namespace tw::eq {
void VenueStats::OnFinished(const OrderRecord& order) {
  if (order.venue.empty()) {
    return;
  }
  Totals& totals = venues_[order.venue];
  ++totals.orders;
  totals.fills += order.fill_count;
  if (order.arrival_mid) {
    const auto at_mid = [&](Quantity q) {
      return static_cast<Sum>(Notional(*order.arrival_mid, q).value_or(Money::Max()).e8());
    };
    totals.ordered += at_mid(order.quantity);
    totals.filled += at_mid(order.filled);
    if (const auto slippage = OrderSlippage(order)) {
      totals.cost += slippage->cost.e8();
    }
  }
  if (const auto first = TimeToFirstFill(order)) {
    if (totals.first_fill_ns.size() < kSamples) {
      totals.first_fill_ns.push_back(first->ns);
    } else {
      totals.first_fill_ns[totals.next] = first->ns;
      totals.next = (totals.next + 1) % kSamples;
    }
  }
}

void VenueStats::OnRevised(const OrderRecord& before, const OrderRecord& after) {
  if (after.venue.empty()) {
    return;
  }
  Totals& totals = venues_[after.venue];
  totals.fills += after.fill_count - before.fill_count;
  if (!after.arrival_mid) {
    return;
  }
  const auto at_mid = [&](const OrderRecord& order) {
    return static_cast<Sum>(Notional(*order.arrival_mid, order.filled).value_or(Money::Max()).e8());
  };
  const auto cost = [](const OrderRecord& order) {
    const auto slippage = OrderSlippage(order);
    return slippage ? Sum{slippage->cost.e8()} : Sum{0};
  };
  totals.filled += at_mid(after) - at_mid(before);
  totals.cost += cost(after) - cost(before);
}

void VenueStats::OnMarkOut(const OrderRecord& order, size_t horizon, const FillRecord& fill) {
  if (!order.venue.empty() && fill.mids.at(horizon)) {
    venues_[order.venue].mark_outs.at(horizon).Add(order.side, *fill.mids[horizon], fill.quantity,
                                                   fill.price);
  }
}

void VenueStats::SetMarkOuts(const std::string& venue, size_t horizon, const MarkOut& sum) {
  venues_[venue].mark_outs.at(horizon) = sum;
}

void VenueStats::VisitMarkOuts(
    const std::function<void(const std::string&, size_t, const MarkOut&)>& visit) const {
  for (const auto& [venue, totals] : venues_) {
    for (size_t i = 0; i < totals.mark_outs.size(); ++i) {
      if (totals.mark_outs.at(i).fills > 0) {
        visit(venue, i, totals.mark_outs[i]);
      }
    }
  }
}

VenueView VenueStats::ViewOf(const std::string& venue, const Totals& totals) {
  VenueView out;
  out.venue = venue;
  out.orders = totals.orders;
  out.fills = totals.fills;
  out.mark_outs = totals.mark_outs;
  if (totals.ordered > 0) {
    out.fill_rate_e8 = RatioE8(totals.filled, totals.ordered, kDecimalScale);
  }
  if (totals.filled > 0) {
    out.slippage_bps_e8 = RatioE8(totals.cost, totals.filled, kDecimalScale * 10'000);
  }
  if (!totals.first_fill_ns.empty()) {
    std::vector<int64_t> sorted = totals.first_fill_ns;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    out.time_to_first_fill_p50 = Duration::Nanos(*middle);
  }
  return out;
}

std::vector<VenueView> VenueStats::View() const {
  std::vector<VenueView> out;
  for (const auto& [venue, totals] : venues_) {
    if (totals.orders > 0) {  // one whose first order is still at work is not ranked
      out.push_back(ViewOf(venue, totals));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const VenueView& a, const VenueView& b) {
    constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
    return a.slippage_bps_e8.value_or(kLast) < b.slippage_bps_e8.value_or(kLast);
  });
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].rank = static_cast<int32_t>(i + 1);
  }
  return out;
}

}  // namespace tw::eq
