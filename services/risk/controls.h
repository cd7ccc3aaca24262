// Controls: the kill switch and the blocked symbols. Pure; one owner.
//
// The kill switch has a generation that grows with each change. Approvals carry it, and the gates
// behind risk refuse an older one, so an order approved just before the switch cannot slip out
// after.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"

namespace tw::risk {

struct KillSwitchChanged {  // event, and the state as it is
  bool engaged = false;
  bool cancel_open_orders = false;  // once oms has the switch; only with `engaged`
  uint64_t generation = 0;
  std::string reason;
  std::string by;
  Timestamp time;
};

struct SymbolBlockChanged {  // event, and the state as it is
  std::string symbol;
  bool blocked = false;
  std::string reason;
  std::string by;
  Timestamp time;
};

class Controls {
 public:
  // The event; nothing when the switch stands there already (and cancels, if that is asked for).
  // InvalidArgument for a reason or a name that is too long, and for none.
  absl::StatusOr<std::optional<KillSwitchChanged>> DecideKillSwitch(const KillSwitchChanged& wanted,
                                                                    Timestamp now) const;
  // The same for a block. REQUIRES: the symbol is an instrument.
  absl::StatusOr<std::optional<SymbolBlockChanged>> DecideBlock(std::string_view symbol,
                                                                bool block,
                                                                std::string_view reason,
                                                                std::string_view by,
                                                                Timestamp now) const;

  void Apply(const KillSwitchChanged& event) { kill_switch_ = event; }
  void Apply(const SymbolBlockChanged& event);

  const KillSwitchChanged& kill_switch() const { return kill_switch_; }
  bool IsBlocked(std::string_view symbol) const;
  std::optional<SymbolBlockChanged> FindBlock(std::string_view symbol) const;
  // By symbol; unblocked ones are not kept.
  std::vector<SymbolBlockChanged> ListBlocks() const;

 private:
  KillSwitchChanged kill_switch_;
  absl::btree_map<std::string, SymbolBlockChanged> blocks_;
};

}  // namespace tw::risk
