// Market: normalizer's feed by our own hand: one book, changed at an even pace, and each time
// stamped with the moment at which it was meant to leave.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "libs/feed/market_server.h"
#include "libs/rpc/server.h"

namespace tw::fanout_bench {

class Market {
 public:
  explicit Market(int levels);
  ~Market();

  absl::Status Start();
  std::string address() const;
  size_t readers() const { return market_->readers(); }
  // `rate` books a second for `seconds`, open loop: a late one is not waited for. Blocks; the
  // number that was sent.
  uint64_t Play(int rate, double seconds);

 private:
  const int levels_;
  std::unique_ptr<feed::MarketServer> market_;
  rpc::Server server_{rpc::ServerOptions{}};
  uint64_t sequence_ = 0;
};

}  // namespace tw::fanout_bench
