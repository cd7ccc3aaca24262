#include "libs/core/types.h"

namespace tw {

std::string_view Name(Side v) {
  switch (v) {
    case Side::kUnspecified: return "UNSPECIFIED";
    case Side::kBuy: return "BUY";
    case Side::kSell: return "SELL";
  }
  return "UNSPECIFIED";
}

std::string_view Name(OrderType v) {
  switch (v) {
    case OrderType::kUnspecified: return "UNSPECIFIED";
    case OrderType::kMarket: return "MARKET";
    case OrderType::kLimit: return "LIMIT";
    case OrderType::kStop: return "STOP";
    case OrderType::kStopLimit: return "STOP_LIMIT";
    case OrderType::kTrailingStop: return "TRAILING_STOP";
  }
  return "UNSPECIFIED";
}

std::string_view Name(StopTrigger v) {
  switch (v) {
    case StopTrigger::kUnspecified: return "UNSPECIFIED";
    case StopTrigger::kLast: return "LAST";
    case StopTrigger::kBidAsk: return "BID_ASK";
    case StopTrigger::kMark: return "MARK";
  }
  return "UNSPECIFIED";
}

std::string_view Name(SelfTradePrevention v) {
  switch (v) {
    case SelfTradePrevention::kUnspecified: return "UNSPECIFIED";
    case SelfTradePrevention::kNone: return "NONE";
    case SelfTradePrevention::kCancelNewest: return "CANCEL_NEWEST";
    case SelfTradePrevention::kCancelOldest: return "CANCEL_OLDEST";
    case SelfTradePrevention::kCancelBoth: return "CANCEL_BOTH";
    case SelfTradePrevention::kDecrement: return "DECREMENT";
  }
  return "UNSPECIFIED";
}

std::string_view Name(LinkKind v) {
  switch (v) {
    case LinkKind::kUnspecified: return "UNSPECIFIED";
    case LinkKind::kOco: return "OCO";
    case LinkKind::kOto: return "OTO";
    case LinkKind::kBracket: return "BRACKET";
  }
  return "UNSPECIFIED";
}

std::string_view Name(LinkRole v) {
  switch (v) {
    case LinkRole::kUnspecified: return "UNSPECIFIED";
    case LinkRole::kParent: return "PARENT";
    case LinkRole::kLeg: return "LEG";
  }
  return "UNSPECIFIED";
}

std::string_view Name(TimeInForce v) {
  switch (v) {
    case TimeInForce::kUnspecified: return "UNSPECIFIED";
    case TimeInForce::kDay: return "DAY";
    case TimeInForce::kGtc: return "GTC";
    case TimeInForce::kIoc: return "IOC";
    case TimeInForce::kFok: return "FOK";
    case TimeInForce::kGtd: return "GTD";
  }
  return "UNSPECIFIED";
}

std::string_view Name(OrderStatus v) {
  switch (v) {
    case OrderStatus::kUnspecified: return "UNSPECIFIED";
    case OrderStatus::kPendingNew: return "PENDING_NEW";
    case OrderStatus::kNew: return "NEW";
    case OrderStatus::kPartiallyFilled: return "PARTIALLY_FILLED";
    case OrderStatus::kFilled: return "FILLED";
    case OrderStatus::kPendingCancel: return "PENDING_CANCEL";
    case OrderStatus::kCanceled: return "CANCELED";
    case OrderStatus::kPendingReplace: return "PENDING_REPLACE";
    case OrderStatus::kRejected: return "REJECTED";
    case OrderStatus::kExpired: return "EXPIRED";
  }
  return "UNSPECIFIED";
}

std::string_view Name(Liquidity v) {
  switch (v) {
    case Liquidity::kUnspecified: return "UNSPECIFIED";
    case Liquidity::kMaker: return "MAKER";
    case Liquidity::kTaker: return "TAKER";
  }
  return "UNSPECIFIED";
}

std::string_view Name(RejectReason v) {
  switch (v) {
    case RejectReason::kNone: return "NONE";
    case RejectReason::kRiskUnavailable: return "RISK_UNAVAILABLE";
    case RejectReason::kUnknownSymbol: return "UNKNOWN_SYMBOL";
    case RejectReason::kKillSwitch: return "KILL_SWITCH";
    case RejectReason::kSymbolBlocked: return "SYMBOL_BLOCKED";
    case RejectReason::kNoReferencePrice: return "NO_REFERENCE_PRICE";
    case RejectReason::kStaleReferencePrice: return "STALE_REFERENCE_PRICE";
    case RejectReason::kPriceCollar: return "PRICE_COLLAR";
    case RejectReason::kMaxOrderQuantity: return "MAX_ORDER_QUANTITY";
    case RejectReason::kMaxOrderNotional: return "MAX_ORDER_NOTIONAL";
    case RejectReason::kMaxPosition: return "MAX_POSITION";
    case RejectReason::kMaxPositionNotional: return "MAX_POSITION_NOTIONAL";
    case RejectReason::kMaxExposure: return "MAX_EXPOSURE";
    case RejectReason::kMaxFirmExposure: return "MAX_FIRM_EXPOSURE";
    case RejectReason::kTickSize: return "TICK_SIZE";
    case RejectReason::kLotSize: return "LOT_SIZE";
    case RejectReason::kMinQuantity: return "MIN_QUANTITY";
    case RejectReason::kMaxQuantity: return "MAX_QUANTITY";
    case RejectReason::kUnsupportedOrderType: return "UNSUPPORTED_ORDER_TYPE";
    case RejectReason::kUnsupportedTimeInForce: return "UNSUPPORTED_TIME_IN_FORCE";
    case RejectReason::kVenueUnavailable: return "VENUE_UNAVAILABLE";
    case RejectReason::kUnknownAccount: return "UNKNOWN_ACCOUNT";
    case RejectReason::kStaleKillGeneration: return "STALE_KILL_GENERATION";
    case RejectReason::kNotionalOutOfRange: return "NOTIONAL_OUT_OF_RANGE";
    case RejectReason::kPostOnlyWouldTrade: return "POST_ONLY_WOULD_TRADE";
    case RejectReason::kReduceOnly: return "REDUCE_ONLY";
    case RejectReason::kDisplayQuantity: return "DISPLAY_QUANTITY";
    case RejectReason::kExpireTime: return "EXPIRE_TIME";
    case RejectReason::kStopPrice: return "STOP_PRICE";
    case RejectReason::kUnknownStrategy: return "UNKNOWN_STRATEGY";
    case RejectReason::kSymbolRestricted: return "SYMBOL_RESTRICTED";
    case RejectReason::kNotEntitled: return "NOT_ENTITLED";
    case RejectReason::kShortSale: return "SHORT_SALE";
    case RejectReason::kLocateRequired: return "LOCATE_REQUIRED";
    case RejectReason::kStrategyDisabled: return "STRATEGY_DISABLED";
    case RejectReason::kMessageRate: return "MESSAGE_RATE";
    case RejectReason::kDuplicateOrder: return "DUPLICATE_ORDER";
    case RejectReason::kOwnPriceCollar: return "OWN_PRICE_COLLAR";
    case RejectReason::kMaxNetExposure: return "MAX_NET_EXPOSURE";
    case RejectReason::kMaxOpenValue: return "MAX_OPEN_VALUE";
    case RejectReason::kMaxOpenOrders: return "MAX_OPEN_ORDERS";
    case RejectReason::kMaxConcentration: return "MAX_CONCENTRATION";
    case RejectReason::kBuyingPower: return "BUYING_POWER";
    case RejectReason::kMarginCall: return "MARGIN_CALL";
    case RejectReason::kMaxDailyLoss: return "MAX_DAILY_LOSS";
    case RejectReason::kMaxDrawdown: return "MAX_DRAWDOWN";
    case RejectReason::kMaxPositionLoss: return "MAX_POSITION_LOSS";
    case RejectReason::kSelfTrade: return "SELF_TRADE";
    case RejectReason::kLinkedOrder: return "LINKED_ORDER";
    case RejectReason::kVenueRejected: return "VENUE_REJECTED";
    case RejectReason::kVenueUnknownSymbol: return "VENUE_UNKNOWN_SYMBOL";
    case RejectReason::kVenueNoLiquidity: return "VENUE_NO_LIQUIDITY";
    case RejectReason::kVenueHalted: return "VENUE_HALTED";
    case RejectReason::kVenueSessionDown: return "VENUE_SESSION_DOWN";
  }
  return "NONE";
}

}  // namespace tw
