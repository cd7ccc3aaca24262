// State: everything a risk decision rests on, as plain values. Pure; one owner (the service's mutex
// or one thread).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"
#include "libs/core/instrument.h"
#include "services/risk/controls.h"
#include "services/risk/exposure.h"
#include "services/risk/limits.h"

namespace tw::risk {

// Rules that are not limits; from limits.toml.
struct Rules {
  // How far from the reference a limit price may be, and where a market order is priced, as a
  // fraction of 1e-8: 0.10 is ten per cent. Above 0, below 1.
  int64_t collar_e8 = kDecimalScale / 10;
  // How old the newest word on a book may be, by local receive time.
  Duration reference_age_max = Duration::Seconds(5);
};

// Which accounts may trade. Open: any well-formed name, up to kAccountsMax of them.
struct AccountPolicy {
  bool closed = false;
  absl::flat_hash_set<std::string> listed;
};

inline constexpr size_t kAccountsMax = 10'000;

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
  Limits limits;
  Controls controls;
  Exposure exposure;
  std::vector<Reference> references;  // by place in instruments.list()
  bool ready = false;                 // the ledger was read to its head

  // Index in instruments.list(). REQUIRES: `instrument` stands there.
  size_t IndexOf(const Instrument& instrument) const {
    return static_cast<size_t>(&instrument - instruments.list().data());
  }
  bool KnowsAccount(std::string_view account) const;
  // Takes a quote; a good one (both sides, not crossed) also becomes the mark of its symbol.
  void SetReference(size_t symbol, Price bid, Price ask, Timestamp received);
};

}  // namespace tw::risk
