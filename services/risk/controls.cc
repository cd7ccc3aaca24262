#include "services/risk/controls.h"

#include <utility>

#include "absl/status/status.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/risk/limits.h"

namespace tw::risk {
namespace {

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
  const bool cancels_more = wanted.cancel_open_orders && !kill_switch_.cancel_open_orders;
  if (kill_switch_.engaged == wanted.engaged && !(wanted.engaged && cancels_more)) {
    return std::optional<KillSwitchChanged>();
  }
  KillSwitchChanged event = wanted;
  event.cancel_open_orders = wanted.engaged && wanted.cancel_open_orders;
  event.generation = kill_switch_.generation + 1;
  event.time = now;
  return std::optional<KillSwitchChanged>(std::move(event));
}

absl::StatusOr<std::optional<SymbolBlockChanged>> Controls::DecideBlock(std::string_view symbol,
                                                                        bool block,
                                                                        std::string_view reason,
                                                                        std::string_view by,
                                                                        Timestamp now) const {
  TW_RETURN_IF_ERROR(ValidateWhoAndWhy(reason, by));
  if (IsBlocked(symbol) == block) {
    return std::optional<SymbolBlockChanged>();
  }
  return std::optional<SymbolBlockChanged>(
      SymbolBlockChanged{std::string(symbol), block, std::string(reason), std::string(by), now});
}

void Controls::Apply(const SymbolBlockChanged& event) {
  if (event.blocked) {
    blocks_[event.symbol] = event;
  } else {
    blocks_.erase(event.symbol);
  }
}

bool Controls::IsBlocked(std::string_view symbol) const {
  return !blocks_.empty() && blocks_.contains(absl::string_view(symbol.data(), symbol.size()));
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
