// Controls: the kill switch, blocked and restricted symbols, and strategies that were switched off.
// Pure; one owner.
//
// The kill switch has a generation that grows with each change. Approvals carry it, and the gates
// behind risk refuse an older one, so an order approved just before the switch cannot slip out
// after. It can be thrown for a desk, an account, a strategy or a symbol alone; the generation is
// one for all, so whatever was approved before is asked again.
//
// A restricted symbol takes orders that close only. A strategy whose executions came too fast is
// off until a named person switches it on again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "services/risk/limits.h"

namespace tw::risk {

struct KillSwitchChanged {  // event, and the state as it is
  bool engaged = false;
  bool cancel_open_orders = false;  // once oms has the switch; only with `engaged`
  uint64_t generation = 0;
  std::string reason;
  std::string by;
  Timestamp time;
  LimitScope scope = LimitScope::kFirm;  // the firm, a desk, an account, a strategy or a symbol
  std::string name{};                    // empty for the firm
  bool drill = false;
};

struct SymbolBlockChanged {  // event, and the state as it is
  std::string symbol;
  bool blocked = false;
  std::string reason;
  std::string by;
  Timestamp time;
  bool closing_only = false;  // restricted
};

struct StrategyChanged {  // event, and the state as it is
  std::string strategy;
  bool disabled = false;
  std::string reason;
  std::string by;
  Timestamp time;
};

// What a throw of the kill switch led to; event, and the report as it is.
struct KillReported {
  uint64_t generation = 0;
  LimitScope scope = LimitScope::kFirm;
  std::string name;
  std::string reason;
  std::string by;
  bool drill = false;
  Timestamp engaged;  // on risk's disk
  bool blocked = false;
  Duration blocked_after;   // from the request on
  int64_t open_orders = 0;  // in its scope, when it was engaged
  bool cancels = false;     // they were to be canceled
  bool confirmed = false;
  Duration confirmed_after;
  int64_t left_open = 0;
  Timestamp time;
};

inline constexpr size_t kKillReportsMax = 1'000;

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
                                                                Timestamp now,
                                                                bool closing_only = false) const;
  // Switching one on again takes a name and a reason; NotFound for one that is on.
  absl::StatusOr<StrategyChanged> DecideEnable(std::string_view strategy,
                                               std::string_view reason,
                                               std::string_view by,
                                               Timestamp now) const;

  void Apply(const KillSwitchChanged& event);
  void Apply(const SymbolBlockChanged& event);
  void Apply(const StrategyChanged& event) { strategies_[event.strategy] = event; }
  // The newest kKillReportsMax are kept.
  void Apply(const KillReported& event);

  // The firm's, under the generation of the last change of any.
  const KillSwitchChanged& kill_switch() const { return kill_switch_; }
  // The engaged one that stops such an order, the firm's first; null: none.
  const KillSwitchChanged* FindKill(const LimitSubject& order) const;
  // Those engaged below the firm.
  std::vector<KillSwitchChanged> ListKills() const;
  bool any_kill() const { return kill_switch_.engaged || !scoped_.empty(); }

  bool IsBlocked(std::string_view symbol) const;
  bool IsRestricted(std::string_view symbol) const;
  std::optional<SymbolBlockChanged> FindBlock(std::string_view symbol) const;
  // By symbol; unblocked ones are not kept.
  std::vector<SymbolBlockChanged> ListBlocks() const;

  // As last changed; null for one that never was.
  const StrategyChanged* FindStrategy(std::string_view strategy) const;
  std::vector<StrategyChanged> ListDisabled() const;
  const std::deque<KillReported>& kill_reports() const { return kill_reports_; }

 private:
  KillSwitchChanged kill_switch_;
  std::map<std::pair<LimitScope, std::string>, KillSwitchChanged> scoped_;  // engaged ones
  absl::btree_map<std::string, SymbolBlockChanged> blocks_;
  std::map<std::string, StrategyChanged, std::less<>> strategies_;
  std::deque<KillReported> kill_reports_;
};

}  // namespace tw::risk
