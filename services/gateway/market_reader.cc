#include "services/gateway/market_reader.h"

#include <algorithm>
#include <utility>

#include "libs/base/clock.h"

namespace tw::gateway {
namespace {

template <typename Request>
bool WantsHistory(const Request& request) {
  return request.has_from() || request.has_to() || !request.after().empty();
}

// Says what is missing, and that the rest is not.
template <typename Response>
absl::StatusOr<Response> Explained(absl::StatusOr<Response> answer) {
  if (!absl::IsUnavailable(answer.status()) && !absl::IsDeadlineExceeded(answer.status())) {
    return answer;
  }
  return absl::Status(answer.status().code(),
                      "the history is in QuestDB, which does not answer (" +
                          std::string(answer.status().message()) +
                          "); without from, to, after, at and venue the live data are shown");
}

}  // namespace

MarketReader::MarketReader(Forwarder& forwarder, CandleReader& candles, HistoryReads history)
    : forwarder_(forwarder), candles_(candles), history_(std::move(history)) {}

void MarketReader::Stop() {
  reads_.Stop();
}

void MarketReader::ListBars(v1::ListBarsRequest request,
                            Duration time_left,
                            Done<v1::ListBarsResponse> done) {
  if (!WantsHistory(request)) {
    candles_.Read(std::move(request), std::move(done));
  } else if (const absl::Status complete = candles_.Complete(request); !complete.ok()) {
    done(complete);
  } else {
    Read(history_.bars, std::move(request), time_left, std::move(done));
  }
}

void MarketReader::ListTrades(v1::ListMarketTradesRequest request,
                              Duration time_left,
                              Done<v1::ListMarketTradesResponse> done) {
  if (WantsHistory(request) || !request.venue().empty()) {
    Read(history_.trades, std::move(request), time_left, std::move(done));
  } else {
    forwarder_.Call<v1::ListMarketTradesRequest, v1::ListMarketTradesResponse>(
        methods::kListMarketTrades, request, time_left, std::move(done));
  }
}

void MarketReader::GetOrderBook(v1::GetOrderBookRequest request,
                                Duration time_left,
                                Done<v1::OrderBook> done) {
  if (request.has_at() || !request.venue().empty()) {
    Read(history_.book, std::move(request), time_left, std::move(done));
  } else {
    forwarder_.Call<v1::GetOrderBookRequest, v1::OrderBook>(methods::kGetOrderBook, request,
                                                            time_left, std::move(done));
  }
}

template <typename Request, typename Response>
void MarketReader::Read(const std::function<absl::StatusOr<Response>(const Request&)>& history,
                        Request request,
                        Duration time_left,
                        Done<Response> done) {
  const int64_t deadline_ns = MonotonicNanos() + std::min(time_left, kCallMax).ns;
  reads_.Post({.run =
                   [&history, request = std::move(request), done, deadline_ns] {
                     done(MonotonicNanos() < deadline_ns
                              ? Explained(history(request))
                              : absl::DeadlineExceededError(
                                    "reads of the history that came before took too long"));
                   },
               .refuse = [done](const absl::Status& status) { done(status); }});
}

}  // namespace tw::gateway
