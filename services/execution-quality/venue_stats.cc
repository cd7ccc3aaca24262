#include "services/execution-quality/venue_stats.h"

#include <algorithm>
#include <limits>

namespace tw::eq {
namespace {

// numerator / denominator as 1e-8 times `scale`, half away from zero. REQUIRES: denominator > 0.
int64_t RatioE8(__int128 numerator, __int128 denominator, int64_t scale) {
  // Sums of money stay far below 2^90, so that the product below stays within 128 bits once both
  // are brought down by the same factor.
  constexpr __int128 kMax = __int128{1} << 80;
  while (denominator > kMax || numerator > kMax || numerator < -kMax) {
    numerator /= 2;
    denominator /= 2;
  }
  if (denominator == 0) {
    return 0;
  }
  const __int128 product = numerator * scale;
  const __int128 half = product < 0 ? -denominator / 2 : denominator / 2;
  const __int128 out = (product + half) / denominator;
  constexpr __int128 kEnd = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::clamp(out, -kEnd, kEnd));
}

}  // namespace

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

VenueView VenueStats::ViewOf(const std::string& venue, const Totals& totals) {
  VenueView out;
  out.venue = venue;
  out.orders = totals.orders;
  out.fills = totals.fills;
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
    out.push_back(ViewOf(venue, totals));
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
