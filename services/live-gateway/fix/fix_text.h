// FIX's words and ours: tags, enumerations, times, numbers. Pure.
#pragma once

#include <optional>
#include <string>

#include "libs/base/time.h"
#include "libs/core/types.h"
#include "services/live-gateway/venue_events.h"

namespace tw::live_gateway::tag {

inline constexpr int kAccount = 1;
inline constexpr int kAvgPx = 6;
inline constexpr int kClOrdId = 11;
inline constexpr int kCommission = 12;
inline constexpr int kCommType = 13;
inline constexpr int kCumQty = 14;
inline constexpr int kExecId = 17;
inline constexpr int kExecInst = 18;
inline constexpr int kHandlInst = 21;
inline constexpr int kLastPx = 31;
inline constexpr int kLastQty = 32;
inline constexpr int kOrderId = 37;
inline constexpr int kOrderQty = 38;
inline constexpr int kOrdStatus = 39;
inline constexpr int kOrdType = 40;
inline constexpr int kOrigClOrdId = 41;
inline constexpr int kPrice = 44;
inline constexpr int kRefSeqNum = 45;
inline constexpr int kSide = 54;
inline constexpr int kSymbol = 55;
inline constexpr int kText = 58;
inline constexpr int kTimeInForce = 59;
inline constexpr int kTransactTime = 60;
inline constexpr int kCxlRejReason = 102;
inline constexpr int kOrdRejReason = 103;
inline constexpr int kMaxFloor = 111;
inline constexpr int kExecType = 150;
inline constexpr int kLeavesQty = 151;
inline constexpr int kBusinessRejectRefId = 379;
inline constexpr int kCxlRejResponseTo = 434;
inline constexpr int kMassStatusReqId = 584;
inline constexpr int kMassStatusReqType = 585;
inline constexpr int kOrdStatusReqId = 790;
inline constexpr int kLastLiquidityInd = 851;

}  // namespace tw::live_gateway::tag

namespace tw::live_gateway {

std::string FixSide(Side side);
std::string FixTimeInForce(TimeInForce time_in_force);
// "20261127-08:26:11.123", UTC.
std::string FixTime(Timestamp time);
// Zero for a text that is no number of this kind.
Price FixPrice(const std::string& text);
Quantity FixQuantity(const std::string& text);

}  // namespace tw::live_gateway
