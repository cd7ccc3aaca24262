// FeedEncoder: the venue's market events as messages of the feed, each with a number of its own
// (source_seq) per symbol, contiguous while the process lives.
//
// The core's source_seq counts trades and book changes; the feed also has quotes, so it counts for
// itself. Owner of the venue only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "services/live-gateway/exchange.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::live_gateway {

namespace v1 = ::tradewind::v1;

class FeedEncoder {
 public:
  // Each symbol's first event is numbered `first_source_seq`.
  FeedEncoder(std::string venue, const Exchange& exchange, uint64_t first_source_seq)
      : venue_(std::move(venue)),
        exchange_(exchange),
        last_(exchange.instruments().list().size(), first_source_seq - 1) {}

  // Adds one event for a trade; for a book change the delta, then the quote if it moved.
  void Add(const MarketEvent& event, Timestamp now, std::vector<v1::FeedEvent>& out);
  // Adds, per symbol, its whole book and its quote.
  void AddBooks(Timestamp now, std::vector<v1::FeedEvent>& out);
  // The books as they stand, for a new subscriber; takes no numbers.
  std::vector<v1::FeedEvent> Snapshot(Timestamp now) const;

 private:
  v1::FeedEvent Book(size_t instrument, Timestamp now) const;
  v1::FeedEvent Next(const std::string& symbol, Timestamp venue_time, Timestamp now);

  const std::string venue_;
  const Exchange& exchange_;
  std::vector<uint64_t> last_;  // by instrument
};

}  // namespace tw::live_gateway
