// Platform: the running services as a load run needs them beside its orders: instruments, prices,
// limits, cancel-all, metrics. Calls block; one thread at a time, except where said.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/load/load.h"
#include "bench/load/order_sum.h"
#include "bench/load/scrape.h"
#include "bench/load/waterfall.h"
#include "libs/rpc/channel.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::load {

class Platform {
 public:
  explicit Platform(const LoadOptions& options);

  // Reads the instruments of the run's symbols. NotFound for a symbol that there is not.
  absl::StatusOr<std::vector<Instrument>> ReadInstruments();

  // The best bid and ask of each symbol, from the gateway, or from risk when the gateway is left
  // out. Unavailable when one has none. Any thread, with the same `instruments` throughout.
  absl::StatusOr<std::vector<Quote>> ReadQuotes(const std::vector<Instrument>& instruments) const;

  // Gives the run's accounts limits that the run does not reach, and puts back what was there.
  absl::Status RaiseLimits(const std::vector<Instrument>& instruments);
  absl::Status RestoreLimits();

  // Cancels every open order of the run's accounts and waits until none is left; answers how many
  // are after ten seconds.
  absl::StatusOr<size_t> CancelOpenOrders();

  // The orders in oms whose client_order_id begins with `run`, none of them below `first`.
  absl::StatusOr<OrderSum> SumOrders(const std::string& run, OrderId first) const;

  // Reads the events of the account from a sequence on until nothing is missing in the waterfall,
  // or a few seconds are over.
  void ReadTraces(const std::string& account, uint64_t from, Waterfall& waterfall) const;

  // By service; those that do not answer are left out. Any thread.
  std::map<std::string, Scrape> ReadMetrics() const;

 private:
  absl::Status SetLimits(const v1::Limits& limits);

  const LoadOptions& options_;
  const std::shared_ptr<rpc::Channel> orders_;
  const std::shared_ptr<rpc::Channel> risk_;
  const std::shared_ptr<rpc::Channel> gateway_;
  std::vector<v1::Limits> restore_;  // what to put back
};

}  // namespace tw::load
