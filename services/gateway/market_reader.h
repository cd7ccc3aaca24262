// MarketReader: bars, trades and books for REST and gRPC: live ones from hot-cache, those of a time
// or a named venue from QuestDB. The live ones do not depend on QuestDB.
//
// Any thread; each `done` runs exactly once. Reads of QuestDB block, so a few threads of its own do
// them, behind a bounded queue.
#pragma once

#include <functional>

#include "libs/work/work_queue.h"
#include "services/gateway/candles.h"
#include "services/gateway/forwarder.h"

namespace tw::gateway {

// The reads of MarketHistory, each blocking with a time limit of its own.
struct HistoryReads {
  std::function<absl::StatusOr<v1::ListBarsResponse>(const v1::ListBarsRequest&)> bars;
  std::function<absl::StatusOr<v1::ListMarketTradesResponse>(const v1::ListMarketTradesRequest&)>
      trades;
  std::function<absl::StatusOr<v1::OrderBook>(const v1::GetOrderBookRequest&)> book;
};

class MarketReader {
 public:
  static constexpr size_t kThreads = 2;
  static constexpr size_t kQueueMax = 64;

  // Both outlive the reader.
  MarketReader(Forwarder& forwarder, CandleReader& candles, HistoryReads history);
  ~MarketReader() { Stop(); }

  // ResourceExhausted: too many reads of the history wait. Unavailable: QuestDB is away.
  void ListBars(v1::ListBarsRequest request, Duration time_left, Done<v1::ListBarsResponse> done);
  void ListTrades(v1::ListMarketTradesRequest request,
                  Duration time_left,
                  Done<v1::ListMarketTradesResponse> done);
  void GetOrderBook(v1::GetOrderBookRequest request, Duration time_left, Done<v1::OrderBook> done);

  // What waits is answered Unavailable.
  void Stop();

 private:
  template <typename Request, typename Response>
  void Read(const std::function<absl::StatusOr<Response>(const Request&)>& history,
            Request request,
            Duration time_left,
            Done<Response> done);

  Forwarder& forwarder_;
  CandleReader& candles_;
  const HistoryReads history_;
  WorkQueue reads_{{.name = "reads of the history", .waiting_max = kQueueMax, .threads = kThreads}};
};

}  // namespace tw::gateway
