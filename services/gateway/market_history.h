// MarketHistory: bars, trades and books from QuestDB's tables, page by page.
//
// Blocks; each read has a time limit of its own and a bounded answer. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/questdb/pool.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::gateway {

class MarketHistory {
 public:
  struct Options {
    std::string address;     // QuestDB's SQL port, "host:port"
    std::string live_venue;  // meant where a request names none
    Duration timeout;        // of one read
    size_t connections = 2;
  };

  explicit MarketHistory(const Options& options);

  // The newest `limit` bars on record, oldest first.
  absl::StatusOr<std::vector<tradewind::v1::Bar>> NewestBars(
      const tradewind::v1::ListBarsRequest& request);

  // With `from` or `after`: oldest first from there, and `next` where there are more. Else the
  // newest before `to`. InvalidArgument: a limit, time or cursor that makes no sense.
  absl::StatusOr<tradewind::v1::ListBarsResponse> Bars(
      const tradewind::v1::ListBarsRequest& request);
  absl::StatusOr<tradewind::v1::ListMarketTradesResponse> Trades(
      const tradewind::v1::ListMarketTradesRequest& request);
  // The newest book at or before `at`. NotFound: none is on record.
  absl::StatusOr<tradewind::v1::OrderBook> Book(const tradewind::v1::GetOrderBookRequest& request);

 private:
  std::string VenueOf(const std::string& venue) const {
    return venue.empty() ? live_venue_ : venue;
  }

  questdb::Pool pool_;
  const std::string live_venue_;
};

}  // namespace tw::gateway
