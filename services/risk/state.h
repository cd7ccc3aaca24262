// State: everything a risk decision rests on, as plain values. Pure; one owner (the service's mutex
// or one thread).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "libs/base/time.h"
#include "libs/config/accounts.h"
#include "libs/core/decimal.h"
#include "libs/core/instrument.h"
#include "services/risk/controls.h"
#include "services/risk/exposure.h"
#include "services/risk/limits.h"
#include "services/risk/recent.h"

namespace tw::risk {

// Rules that are not limits; from limits.toml.
struct Rules {
  // How far from the reference a limit price may be, and where a market order is priced, as a
  // fraction of 1e-8: 0.10 is ten per cent. Above 0, below 1.
  int64_t collar_e8 = kDecimalScale / 10;
  // How old the newest word on a book may be, by local receive time.
  Duration reference_age_max = Duration::Seconds(5);
  // Over which own_collar_percent and max_executions look back.
  Duration own_collar_window = Duration::Seconds(60);
  Duration execution_window = Duration::Seconds(60);
};

// Which accounts may trade. Open: any well-formed name, up to kAccountsMax of them.
struct AccountPolicy {
  bool closed = false;
  absl::flat_hash_set<std::string> listed;
};

inline constexpr size_t kAccountsMax = 10'000;
inline constexpr size_t kStrategiesMax = 10'000;

// What accounts.toml says of an account: what it may trade, and what its cash is good for.
struct AccountRules {
  bool listed = false;  // its cash is known, and bounds what it may open
  std::string desk = std::string(kDefaultDesk);
  Rate margin_rate = Rate::FromUnits(1);
  Rate maintenance_rate;
  ShortSale short_sale = ShortSale::kAllowed;
  absl::flat_hash_set<std::string> symbols;  // empty: everything
};

// An account's equity at the start of the day (UTC), and its highest; event, and the state.
struct EquityMarked {
  std::string account;
  int64_t day = 0;  // days since the epoch
  Money day_start;
  Money peak;
  Timestamp time;
};

// The live market's best prices of one symbol.
struct Reference {
  Price bid;  // zero: none
  Price ask;
  Timestamp received;  // when the newest message about its book came in
  bool stale = false;  // the normalizer says so: gap, cross, silence
};

struct State {
  State(const Instruments& all, Limits start_limits)
      : instruments(all),
        limits(std::move(start_limits)),
        exposure(all),
        references(all.list().size()) {}

  const Instruments& instruments;  // outlives this
  Rules rules;
  AccountPolicy accounts;
  absl::flat_hash_map<std::string, AccountRules> account_rules;  // of those listed
  Limits limits;
  Controls controls;
  Exposure exposure;
  std::vector<Reference> references;  // by place in instruments.list()
  bool ready = false;                 // the ledger was read to its head
  MessageRates message_rates;
  Duplicates duplicates;
  OwnPrices own_prices;
  Executions executions;
  struct Equity {
    EquityMarked mark;
    Money kept_peak;  // as it stands in the journal
  };
  absl::flat_hash_map<std::string, Equity> equity;  // by account

  // Index in instruments.list(). REQUIRES: `instrument` stands there.
  size_t IndexOf(const Instrument& instrument) const {
    return static_cast<size_t>(&instrument - instruments.list().data());
  }
  bool KnowsAccount(std::string_view account) const;
  const AccountRules& RulesOf(std::string_view account) const;
  // The limits of an order, as Limits::For has them; looked up once for each kind of order and
  // version. Places are those of `exposure`; kNowhere: not seen yet. One caller at a time.
  const EffectiveLimits& LimitsOf(const LimitSubject& subject,
                                  size_t account,
                                  size_t symbol,
                                  size_t strategy) const;
  // Brings an account's marks up to its equity now. The event when that is worth keeping: a day
  // has begun, or the peak has grown by a thousandth since the last one kept.
  std::optional<EquityMarked> MarkEquity(size_t account, Timestamp now);
  // What an account brought in at `time`, worth `brought`, is no gain or loss: its marks move
  // along. `seen`: a mark made since then has it already (the ledger is read anew). The event as
  // above.
  std::optional<EquityMarked> BringIn(const std::string& account,
                                      Money brought,
                                      Timestamp time,
                                      bool seen);
  void Apply(const EquityMarked& event) { equity[event.account] = {event, event.peak}; }
  // Takes a quote; a good one (both sides, not crossed) also becomes the mark of its symbol.
  void SetReference(size_t symbol, Price bid, Price ask, Timestamp received);

 private:
  static constexpr size_t kCachedLimitsMax = 100'000;  // half a kilobyte each

  using Places = std::tuple<size_t, size_t, size_t>;
  mutable absl::flat_hash_map<Places, EffectiveLimits> cached_limits_;
  mutable EffectiveLimits uncached_;
  mutable uint64_t cached_version_ = 0;
};

}  // namespace tw::risk
