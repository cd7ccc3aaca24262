// Update: one change of the live market, shared by all subscribers and serialised once for each
// form that any of them wants. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/call.h"
#include "tradewind/v1/market_data.pb.h"

namespace tw::fanout {

// What a subscriber wants. Symbols and timeframes sorted; empty: all.
struct Interest {
  std::vector<std::string> symbols{};
  bool tickers = false;
  bool books = false;
  bool trades = false;
  bool bars = false;
  std::vector<std::string> timeframes{};
  int depth = 20;  // levels of a book

  bool Wants(const v1::MarketDataUpdate& update) const;
};

// InvalidArgument: nothing is asked for, or a timeframe is none. Symbols are the caller's to check.
absl::StatusOr<Interest> ReadInterest(const v1::StreamMarketDataRequest& request);

class Update {
 public:
  // `message` without numbers, as every subscriber gets it; a book with all its levels. `merged`:
  // what it stands for besides itself already, where it comes from a stream that merges.
  explicit Update(v1::MarketDataUpdate message, uint64_t merged = 0);
  Update(const Update&) = delete;
  Update& operator=(const Update&) = delete;

  const v1::MarketDataUpdate& message() const { return message_; }
  // Newer updates of one key replace older ones: "ticker/BTCUSDT", a bar with its start. "": each
  // counts (trades).
  const std::string& key() const { return key_; }
  uint64_t merged() const { return merged_; }

  // The packed message; numbers, packed by themselves, go before it (`depth`: levels of a book).
  rpc::SharedBytes Wire(int depth) const;
  // The ticker, book, trade or bar alone, as JSON; of a bar its timeframe too.
  rpc::SharedBytes Json(int depth) const;

 private:
  struct Form {
    bool json;
    int depth;
    rpc::SharedBytes bytes;
  };
  rpc::SharedBytes Get(bool json, int depth) const;

  const v1::MarketDataUpdate message_;
  const std::string key_;
  const uint64_t merged_;
  mutable std::mutex mutex_;
  mutable std::vector<Form> forms_;
};

using UpdatePtr = std::shared_ptr<const Update>;

}  // namespace tw::fanout
