#include "services/risk/controls.h"

#include <utility>

#include "absl/status/status.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/risk/limits.h"

namespace tw::risk {
namespace {

constexpr size_t kNameMax = 64;
constexpr size_t kScopedKillsMax = 1'000;

absl::Status ValidateWhoAndWhy(std::string_view reason, std::string_view by) {
  if (reason.empty() || reason.size() > kReasonMax) {
    return FieldError("reason", "say why, in at most 512 bytes");
  }
  if (by.size() > kReasonMax) {
    return FieldError("by", "at most 512 bytes");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<KillSwitchChanged>> Controls::DecideKillSwitch(
    const KillSwitchChanged& wanted, Timestamp now) const {
  TW_RETURN_IF_ERROR(ValidateWhoAndWhy(wanted.reason, wanted.by));
  if (wanted.scope == LimitScope::kNone || wanted.scope == LimitScope::kAccountSymbol) {
    return FieldError("scope", "must be firm, desk, account, strategy or symbol");
  }
  const bool firm = wanted.scope == LimitScope::kFirm;
  if (firm != wanted.name.empty() || wanted.name.size() > kNameMax) {
    return FieldError("name", firm ? "the firm's switch takes none"
                                   : "say which " + std::string(Name(wanted.scope)));
  }
  const auto it = scoped_.find({wanted.scope, wanted.name});
  static const KillSwitchChanged released;
  const KillSwitchChanged& is = firm ? kill_switch_ : it == scoped_.end() ? released : it->second;
  const bool cancels_more = wanted.cancel_open_orders && !is.cancel_open_orders;
  if (is.engaged == wanted.engaged && !(wanted.engaged && cancels_more)) {
    return std::optional<KillSwitchChanged>();
  }
  if (!firm && wanted.engaged && it == scoped_.end() && scoped_.size() >= kScopedKillsMax) {
    return absl::ResourceExhaustedError("too many kill switches are engaged; throw the firm's");
  }
  KillSwitchChanged event = wanted;
  event.cancel_open_orders = wanted.engaged && wanted.cancel_open_orders;
  event.generation = kill_switch_.generation + 1;
  event.time = now;
  return std::optional<KillSwitchChanged>(std::move(event));
}

void Controls::Apply(const KillSwitchChanged& event) {
  if (event.scope == LimitScope::kFirm) {
    kill_switch_ = event;
    return;
  }
  kill_switch_.generation = event.generation;
  if (event.engaged) {
    scoped_[{event.scope, event.name}] = event;
  } else {
    scoped_.erase({event.scope, event.name});
  }
}

const KillSwitchChanged* Controls::FindKill(const LimitSubject& order) const {
  if (kill_switch_.engaged) {
    return &kill_switch_;
  }
  for (const auto& [key, kill] : scoped_) {
    const std::string_view name = key.first == LimitScope::kDesk       ? order.desk
                                  : key.first == LimitScope::kAccount  ? order.account
                                  : key.first == LimitScope::kStrategy ? order.strategy
                                                                       : order.symbol;
    if (name == key.second) {
      return &kill;
    }
  }
  return nullptr;
}

std::vector<KillSwitchChanged> Controls::ListKills() const {
  std::vector<KillSwitchChanged> out;
  for (const auto& [key, kill] : scoped_) {
    out.push_back(kill);
  }
  return out;
}

absl::StatusOr<StrategyChanged> Controls::DecideEnable(std::string_view strategy,
                                                       std::string_view reason,
                                                       std::string_view by,
                                                       Timestamp now) const {
  TW_RETURN_IF_ERROR(ValidateWhoAndWhy(reason, by));
  if (by.empty()) {
    return FieldError("by", "say who switches it on again");
  }
  const StrategyChanged* is = FindStrategy(strategy);
  if (is == nullptr || !is->disabled) {
    return absl::NotFoundError("strategy '" + std::string(strategy) + "' is not switched off");
  }
  return StrategyChanged{std::string(strategy), false, std::string(reason), std::string(by), now};
}

void Controls::Apply(const KillReported& event) {
  kill_reports_.push_back(event);
  if (kill_reports_.size() > kKillReportsMax) {
    kill_reports_.pop_front();
  }
}

const StrategyChanged* Controls::FindStrategy(std::string_view strategy) const {
  const auto it = strategies_.find(strategy);
  return it == strategies_.end() ? nullptr : &it->second;
}

std::vector<StrategyChanged> Controls::ListDisabled() const {
  std::vector<StrategyChanged> out;
  for (const auto& [name, state] : strategies_) {
    if (state.disabled) {
      out.push_back(state);
    }
  }
  return out;
}

absl::StatusOr<std::optional<SymbolBlockChanged>> Controls::DecideBlock(std::string_view symbol,
                                                                        bool block,
                                                                        std::string_view reason,
                                                                        std::string_view by,
                                                                        Timestamp now,
                                                                        bool closing_only) const {
  TW_RETURN_IF_ERROR(ValidateWhoAndWhy(reason, by));
  const std::optional<SymbolBlockChanged> is = FindBlock(symbol);
  if (is.has_value() == block && (!block || is->closing_only == closing_only)) {
    return std::optional<SymbolBlockChanged>();
  }
  return std::optional<SymbolBlockChanged>(SymbolBlockChanged{std::string(symbol), block,
                                                              std::string(reason), std::string(by),
                                                              now, block && closing_only});
}

void Controls::Apply(const SymbolBlockChanged& event) {
  if (event.blocked) {
    blocks_[event.symbol] = event;
  } else {
    blocks_.erase(event.symbol);
  }
}

bool Controls::IsBlocked(std::string_view symbol) const {
  if (blocks_.empty()) {
    return false;
  }
  const auto it = blocks_.find(absl::string_view(symbol.data(), symbol.size()));
  return it != blocks_.end() && !it->second.closing_only;
}

bool Controls::IsRestricted(std::string_view symbol) const {
  if (blocks_.empty()) {
    return false;
  }
  const auto it = blocks_.find(absl::string_view(symbol.data(), symbol.size()));
  return it != blocks_.end() && it->second.closing_only;
}

std::optional<SymbolBlockChanged> Controls::FindBlock(std::string_view symbol) const {
  const auto it = blocks_.find(absl::string_view(symbol.data(), symbol.size()));
  return it == blocks_.end() ? std::nullopt : std::optional<SymbolBlockChanged>(it->second);
}

std::vector<SymbolBlockChanged> Controls::ListBlocks() const {
  std::vector<SymbolBlockChanged> out;
  for (const auto& [symbol, block] : blocks_) {
    out.push_back(block);
  }
  return out;
}

}  // namespace tw::risk
