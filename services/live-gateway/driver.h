// MarketDriver: lets a recording move the paper market of a symbol. While it drives one, the
// synthetic participants of that symbol are halted and the price band is lifted; its best bid and
// offer stand in the book instead, in the recorded size, and its trades are printed. Orders of ours
// trade with those quotes by the book's own rules.
//
// Prices that are no whole tick go outward, sizes down to whole lots (at least one). A row with one
// side leaves the other as it was, unless they cross: then that one has gone stale and is taken
// out until a row tells it again. Pure; the venue's owner only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "services/live-gateway/exchange.h"
#include "services/live-gateway/synthetic.h"

namespace tw::live_gateway {

// A recorded trade, or a quote; a side of a quote with no price is not carried by that row.
struct DrivenRow {
  std::string symbol;
  bool is_trade = false;
  Price price;
  Quantity quantity;
  BookLevel bid;
  BookLevel ask;
};

// A market that is driven: what was recorded last, and which of it stands in the book.
struct DrivenQuote {
  uint64_t id = 0;  // zero: none
  int64_t price = 0;
  int64_t quantity = 0;
};
struct DrivenMarket {
  size_t instrument = 0;
  BookLevel bid;
  BookLevel ask;
  std::array<DrivenQuote, 2> quotes{};  // bid, ask
};

class MarketDriver {
 public:
  // Both outlive the object.
  MarketDriver(Exchange& exchange, SyntheticMarket& synthetic)
      : exchange_(exchange), synthetic_(synthetic) {}

  // From now on the symbol follows Apply. InvalidArgument for one that the venue does not list.
  absl::Status Start(std::string_view symbol, Timestamp now, Output& out);
  // Starts what is not driven yet. InvalidArgument at the first row of an unknown symbol; those
  // before it were taken.
  absl::Status Apply(const std::vector<DrivenRow>& rows, Timestamp now, Output& out);
  // Gives every market back: the synthetic participants quote with their next step.
  void Stop(Timestamp now, Output& out);

  std::vector<std::string> symbols() const;

 private:
  using Quote = DrivenQuote;

  Quote Wanted(const DrivenMarket& market, Side side) const;
  void ShowQuotes(DrivenMarket& market, Timestamp now, Output& out);
  void Withdraw(DrivenMarket& market, std::vector<ParticipantOrder>& orders) const;

  Exchange& exchange_;
  SyntheticMarket& synthetic_;
  absl::btree_map<std::string, DrivenMarket> driven_;
  uint64_t last_id_ = uint64_t{1} << 62;  // far from the synthetic participants' ids
};

}  // namespace tw::live_gateway
