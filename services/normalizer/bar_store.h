// BarStore: the newest closed bars of every venue, symbol and interval, in bounded memory. One
// owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "services/normalizer/bar_builder.h"

namespace tw::normalizer {

class BarStore {
 public:
  // Bars kept per series, and markets (venue and symbol) in all; past that, the market that was
  // longest without a new bar goes.
  BarStore(size_t bars_max, size_t markets_max, size_t intervals = Intervals().size())
      : bars_max_(bars_max), markets_max_(markets_max), intervals_(intervals) {}

  // Replaces the bar with the same start, if there is one.
  void Put(const std::string& venue, const std::string& symbol, size_t interval, const Bar& bar);

  // The newest `limit`, newest last; nullopt for a market without any bar.
  std::optional<std::vector<Bar>> List(const std::string& venue,
                                       const std::string& symbol,
                                       size_t interval,
                                       size_t limit) const;
  // Trades of [from, to) may be missing in the bars: longer ones that reach into it cannot be made
  // up of them. Of the newest kUnseenMax such spans; before them everything is unseen then.
  static constexpr size_t kUnseenMax = 64;
  void NoteUnseen(const std::string& venue,
                  const std::string& symbol,
                  Timestamp from,
                  Timestamp to);
  // The market is seen again from its beginning.
  void ForgetUnseen(const std::string& venue, const std::string& symbol);
  bool Seen(const std::string& venue,
            const std::string& symbol,
            Timestamp from,
            Timestamp to) const;

  // The series may have lost its oldest bars.
  bool full(size_t bars) const { return bars >= bars_max_; }
  size_t markets() const { return markets_.size(); }

 private:
  struct Market {
    std::vector<std::deque<Bar>> series;  // by interval, by start
    std::deque<std::pair<Timestamp, Timestamp>> unseen;
    uint64_t touched = 0;
  };
  Market& FindOrAdd(const std::string& venue, const std::string& symbol);
  void DropStalest();

  const size_t bars_max_;
  const size_t markets_max_;
  const size_t intervals_;
  uint64_t puts_ = 0;
  absl::btree_map<std::pair<std::string, std::string>, Market> markets_;
};

}  // namespace tw::normalizer
