// Quality by venue: what orders cost there, how much of them filled and how soon.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "libs/base/time.h"
#include "services/execution-quality/order_tca.h"

namespace tw::eq {

struct VenueView {
  std::string venue;
  int64_t orders = 0;  // finished ones
  int64_t fills = 0;
  std::optional<int64_t> fill_rate_e8;     // filled / ordered, by notional at the arrival mid
  std::optional<int64_t> slippage_bps_e8;  // weighted by notional; nullopt: nothing to go by
  std::optional<Duration> time_to_first_fill_p50;     // of the newest kSamples filled orders
  std::array<MarkOut, kHorizons.size()> mark_outs{};  // of all fills whose mids were seen
  int32_t rank = 0;  // 1: lowest cost; venues without a figure come last
};

class VenueStats {
 public:
  static constexpr size_t kSamples = 1'024;

  // Once an order, when it is finished. Orders that never reached a venue do not count.
  void OnFinished(const OrderRecord& order);
  // What was filled of a finished order has changed: a trade was busted or corrected.
  void OnRevised(const OrderRecord& before, const OrderRecord& after);
  // The mid at this horizon of a fill is known now.
  void OnMarkOut(const OrderRecord& order, size_t horizon, const FillRecord& fill);
  // The sum that was kept of a venue's mark-outs takes the place of the one here.
  void SetMarkOuts(const std::string& venue, size_t horizon, const MarkOut& sum);
  // Calls `visit` with each sum that has a fill.
  void VisitMarkOuts(
      const std::function<void(const std::string& venue, size_t horizon, const MarkOut&)>& visit)
      const;

  // Ordered by rank; venues of one cost by name.
  std::vector<VenueView> View() const;

 private:
  using Sum = __int128;  // of 1e-8 money
  struct Totals {
    int64_t orders = 0;
    int64_t fills = 0;
    Sum ordered = 0;
    Sum filled = 0;
    Sum cost = 0;
    std::vector<int64_t> first_fill_ns;  // ring of kSamples
    size_t next = 0;
    std::array<MarkOut, kHorizons.size()> mark_outs{};
  };
  static VenueView ViewOf(const std::string& venue, const Totals& totals);

  absl::btree_map<std::string, Totals> venues_;
};

}  // namespace tw::eq
