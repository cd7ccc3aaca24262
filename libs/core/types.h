// The words of the trade as closed enums, in FIX terms. Numbers never change: they stand in
// journals and on the wire (proto/tradewind/v1/types.proto holds the same numbers;
// tests/libs/convert holds the two together).
#pragma once

#include <cstdint>
#include <string_view>

namespace tw {

enum class Side : uint8_t { kUnspecified = 0, kBuy = 1, kSell = 2 };

enum class OrderType : uint8_t {
  kUnspecified = 0,
  kMarket = 1,
  kLimit = 2,
  kStop = 3,
  kStopLimit = 4,
  kTrailingStop = 5,
};

// Held back until the market reaches a price.
constexpr bool IsStop(OrderType t) {
  return t == OrderType::kStop || t == OrderType::kStopLimit || t == OrderType::kTrailingStop;
}

// Which price of the market sets off a stop.
enum class StopTrigger : uint8_t { kUnspecified = 0, kLast = 1, kBidAsk = 2, kMark = 3 };

// What becomes of an order that would trade with an open one of its own account (or firm).
enum class SelfTradePrevention : uint8_t {
  kUnspecified = 0,
  kNone = 1,
  kCancelNewest = 2,
  kCancelOldest = 3,
  kCancelBoth = 4,
  kDecrement = 5,
};

// Orders that belong together: one cancels the other, one triggers the other, or a parent and two
// legs that are one another's OCO.
enum class LinkKind : uint8_t { kUnspecified = 0, kOco = 1, kOto = 2, kBracket = 3 };
enum class LinkRole : uint8_t { kUnspecified = 0, kParent = 1, kLeg = 2 };

enum class TimeInForce : uint8_t {
  kUnspecified = 0,
  kDay = 1,
  kGtc = 2,
  kIoc = 3,
  kFok = 4,
  kGtd = 5,
};

// OrdStatus (FIX tag 39) as a client sees it.
enum class OrderStatus : uint8_t {
  kUnspecified = 0,
  kPendingNew = 1,
  kNew = 2,
  kPartiallyFilled = 3,
  kFilled = 4,
  kPendingCancel = 5,
  kCanceled = 6,
  kPendingReplace = 7,
  kRejected = 8,
  kExpired = 9,
};

constexpr bool IsTerminal(OrderStatus s) {
  return s == OrderStatus::kFilled || s == OrderStatus::kCanceled || s == OrderStatus::kRejected ||
         s == OrderStatus::kExpired;
}

enum class Liquidity : uint8_t { kUnspecified = 0, kMaker = 1, kTaker = 2 };

// Why an order was refused: by us before it left (1 to 99) or by the venue (100 on).
// docs/reject-reasons.md lists each.
enum class RejectReason : uint16_t {
  kNone = 0,
  kRiskUnavailable = 1,
  kUnknownSymbol = 2,
  kKillSwitch = 3,
  kSymbolBlocked = 4,
  kNoReferencePrice = 5,
  kStaleReferencePrice = 6,
  kPriceCollar = 7,
  kMaxOrderQuantity = 8,
  kMaxOrderNotional = 9,
  kMaxPosition = 10,
  kMaxPositionNotional = 11,
  kMaxExposure = 12,
  kMaxFirmExposure = 13,
  kTickSize = 14,
  kLotSize = 15,
  kMinQuantity = 16,
  kMaxQuantity = 17,
  kUnsupportedOrderType = 18,
  kUnsupportedTimeInForce = 19,
  kVenueUnavailable = 20,
  kUnknownAccount = 21,
  kStaleKillGeneration = 22,
  kNotionalOutOfRange = 23,
  kPostOnlyWouldTrade = 24,
  kReduceOnly = 25,
  kDisplayQuantity = 26,
  kExpireTime = 27,
  kStopPrice = 28,
  kUnknownStrategy = 40,
  kSymbolRestricted = 41,
  kNotEntitled = 42,
  kShortSale = 43,
  kLocateRequired = 44,
  kStrategyDisabled = 45,
  kMessageRate = 46,
  kDuplicateOrder = 47,
  kOwnPriceCollar = 48,
  kMaxNetExposure = 49,
  kMaxOpenValue = 50,
  kMaxOpenOrders = 51,
  kMaxConcentration = 52,
  kBuyingPower = 53,
  kMarginCall = 54,
  kMaxDailyLoss = 55,
  kMaxDrawdown = 56,
  kMaxPositionLoss = 57,
  kSelfTrade = 60,
  kLinkedOrder = 61,
  kVenueRejected = 100,
  kVenueUnknownSymbol = 101,
  kVenueNoLiquidity = 102,
  kVenueHalted = 103,
  kVenueSessionDown = 104,
};

constexpr Side Opposite(Side s) {
  return s == Side::kBuy ? Side::kSell : Side::kBuy;
}
constexpr int Sign(Side s) {
  return s == Side::kBuy ? 1 : -1;
}

// Short upper-case names as REST, QuestDB and logs show them: "BUY", "LIMIT", "GTC", "FILLED",
// "MAX_POSITION".
std::string_view Name(Side);
std::string_view Name(OrderType);
std::string_view Name(StopTrigger);
std::string_view Name(SelfTradePrevention);
std::string_view Name(LinkKind);
std::string_view Name(LinkRole);
std::string_view Name(TimeInForce);
std::string_view Name(OrderStatus);
std::string_view Name(Liquidity);
std::string_view Name(RejectReason);

}  // namespace tw
