// Between tradewind.v1 and the core. Decoding can fail and names the field; encoding cannot.
// Views in what is decoded point into the message. Any thread.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "libs/rpc/call.h"
#include "services/risk/alerts.h"
#include "services/risk/checks.h"
#include "services/risk/controls.h"
#include "services/risk/exposure.h"
#include "services/risk/limits.h"
#include "tradewind/v1/events.pb.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk {

// Nothing for an event that changes no exposure (SUBMITTED: risk's answer is the next event).
std::optional<OrderView> DecodeEvent(const v1::LedgerEvent& event);

absl::StatusOr<OrderTerms> DecodeOrder(const v1::GateOrder& order);
// A request without a price is taken at the market; type and time in force default by that.
absl::StatusOr<OrderTerms> DecodeCheck(const v1::CheckOrderRequest& request);
// Empty values stay as they are; "none" takes one away.
absl::StatusOr<NewLimits> DecodeLimits(const v1::Limits& limits);

// What was decided, without the checks that ran; and those alone. `out` becomes what is encoded and
// nothing else; its memory is used again.
v1::RiskDecision EncodeDecision(const Decision& decision, const OrderTerms& order);
void EncodeChecks(const Decision& decision, v1::RiskDecision& out);
void EncodeCheck(const Decision& decision, const OrderTerms& order, v1::CheckOrderResponse& out);
v1::Limits EncodeLimits(const LimitsChanged& row);
v1::KillSwitch EncodeKillSwitch(const KillSwitchChanged& state);
v1::SymbolBlock EncodeBlock(const SymbolBlockChanged& block);
v1::KillReport EncodeKillReport(const KillReported& report);
absl::StatusOr<KillReported> DecodeKillReport(const v1::KillReport& report, LimitScope scope);
v1::DisabledStrategy EncodeStrategy(const StrategyChanged& state);
v1::RiskAlert EncodeAlert(const Alert& alert);

}  // namespace tw::risk
