// What people read when an order is refused: what was found and what is allowed.
#include <string>

#include "fmt/format.h"
#include "services/risk/checks.h"

namespace tw::risk {
namespace {

// ", set for the desk"; the levels that every order has need no word.
std::string Whose(const CheckResult& check) {
  return check.level == LimitScope::kDesk || check.level == LimitScope::kStrategy ||
                 check.level == LimitScope::kFirm
             ? fmt::format(", set for the {}", Name(check.level))
             : "";
}

// "the position of 8 with this order's 3 is above the limit of 10"
std::string Above(std::string_view what, const CheckResult& check) {
  return fmt::format("{} of {} and this order's {} are above the limit of {}", what,
                     FormatE8(check.used_e8), FormatE8(check.input_e8), FormatE8(check.limit_e8));
}

std::string Of(const CheckResult& check, std::string_view what) {
  return fmt::format("the {}'s {}", Name(check.level), what);
}

std::string KillMessage(const CheckResult& check, const OrderTerms& order) {
  switch (check.level) {
    case LimitScope::kAccount:
      return fmt::format("the kill switch of account {} is engaged", order.account);
    case LimitScope::kStrategy:
      return fmt::format("the kill switch of strategy {} is engaged", order.strategy);
    case LimitScope::kSymbol:
      return fmt::format("the kill switch of symbol {} is engaged", order.symbol);
    case LimitScope::kDesk: return "the kill switch of the account's desk is engaged";
    default: return "the kill switch is engaged";
  }
}

std::string ShortMessage(const CheckResult& check, const OrderTerms& order) {
  const std::string after = FormatE8(check.used_e8 + check.input_e8);
  if (check.reason == RejectReason::kShortSale) {
    return fmt::format("account {} may not sell short; this order would leave it {} short of {}",
                       order.account, after, order.symbol);
  }
  return fmt::format("this order would leave the account {} short of {}, located are {}", after,
                     order.symbol, FormatE8(check.limit_e8));
}

std::string LossMessage(std::string_view when, const CheckResult& check) {
  return fmt::format("the account has lost {} {}, the limit is {}; only closing orders are taken",
                     FormatE8(check.used_e8), when, FormatE8(check.limit_e8));
}

std::string ReferenceMessage(const CheckResult& check, std::string_view symbol) {
  if (check.headroom_e8 < 0) {
    return fmt::format("the market of {} is {} s old, {} s at most", symbol,
                       FormatE8(check.input_e8), FormatE8(check.limit_e8));
  }
  return fmt::format("the book of {} is crossed or marked stale", symbol);
}

std::string CollarMessage(const CheckResult& check) {
  return fmt::format("price {} is past {}, the furthest allowed from the reference {}",
                     FormatE8(check.input_e8), FormatE8(check.limit_e8), FormatE8(check.used_e8));
}

std::string NotionalMessage(const CheckResult& check) {
  if (check.reason == RejectReason::kNotionalOutOfRange) {
    return "price x quantity is out of range";
  }
  return fmt::format("order notional {} is above the limit of {}{}", FormatE8(check.input_e8),
                     FormatE8(check.limit_e8), Whose(check));
}

// Of the checks of pace, limits and equity.
std::string LimitMessage(const CheckResult& check, const OrderTerms& order) {
  const std::string input = FormatE8(check.input_e8);
  const std::string limit = FormatE8(check.limit_e8);
  switch (check.id) {
    case CheckId::kMessageRate:
      return fmt::format("{} of {} messages at once are taken at the level of the {}; wait",
                         FormatE8(check.used_e8), limit, Name(check.level));
    case CheckId::kOwnPriceCollar:
      return fmt::format("price {} is past {}, the furthest allowed from one's own price of {}",
                         input, limit, FormatE8(check.used_e8));
    case CheckId::kDuplicateOrder:
      return fmt::format(
          "the same order was sent {} s ago, within {} s; set allow_duplicate if it is meant",
          input, limit);
    case CheckId::kMaxOpenOrders:
      return fmt::format("{} orders are open, the limit of the {} is {}", FormatE8(check.used_e8),
                         Name(check.level), limit);
    case CheckId::kSymbolRestricted:
      return fmt::format("symbol {} is restricted to orders that close a position", order.symbol);
    case CheckId::kShortSale: return ShortMessage(check, order);
    case CheckId::kMaxConcentration: return Above("the account's value in this symbol", check);
    case CheckId::kMaxNetExposure: return Above(Of(check, "net exposure"), check);
    case CheckId::kMaxOpenValue: return Above(Of(check, "open orders"), check);
    case CheckId::kBuyingPower:
      return fmt::format("margin in use of {} and this order's {} are above the equity of {}",
                         FormatE8(check.used_e8), input, limit);
    case CheckId::kMargin:
      return fmt::format(
          "the positions want a margin of {}, the equity is {}; only closing orders "
          "are taken",
          FormatE8(check.used_e8), limit);
    case CheckId::kMaxDailyLoss: return LossMessage("today", check);
    case CheckId::kMaxDrawdown: return LossMessage("since its highest equity", check);
    case CheckId::kMaxPositionLoss: return LossMessage("with this position", check);
    case CheckId::kMaxOrderQuantity:
      return fmt::format("order quantity {} is above the limit of {}{}", input, limit,
                         Whose(check));
    case CheckId::kMaxOrderNotional: return NotionalMessage(check);
    case CheckId::kMaxPosition: return Above("position and open orders", check) + Whose(check);
    case CheckId::kMaxPositionNotional:
      return Above("position and open notional", check) + Whose(check);
    case CheckId::kMaxExposure: return Above(Of(check, "exposure"), check);
    case CheckId::kMaxFirmExposure: return Above("the firm's exposure", check);
    default: return "";
  }
}

}  // namespace

std::string RefusalMessage(const Decision& decision, const OrderTerms& order) {
  if (decision.approved()) {
    return "";
  }
  const CheckResult& check = decision.refusal();
  const std::string input = FormatE8(check.input_e8);
  const std::string limit = FormatE8(check.limit_e8);
  switch (check.id) {
    case CheckId::kRiskAvailable: return "risk has no current view of the order ledger; try again";
    case CheckId::kKillSwitch: return KillMessage(check, order);
    case CheckId::kAccountKnown: return fmt::format("account '{}' is not known", order.account);
    case CheckId::kSymbolKnown: return fmt::format("symbol '{}' is not known", order.symbol);
    case CheckId::kSymbolEntitled:
      return fmt::format("account {} is not entitled to trade {}", order.account, order.symbol);
    case CheckId::kStrategyKnown:
      return fmt::format(
          "strategy '{}' is not a name of at most 64 of A-Z a-z 0-9 . _ -, or there are {} already",
          order.strategy, kStrategiesMax);
    case CheckId::kStrategyEnabled:
      return fmt::format(
          "strategy {} was switched off by the repeated-execution throttle; a named person "
          "switches it on again",
          order.strategy);
    case CheckId::kSymbolBlocked: return fmt::format("symbol {} is blocked", order.symbol);
    case CheckId::kOrderType:
      return fmt::format("order type {} is not supported", Name(order.type));
    case CheckId::kTimeInForce:
      return fmt::format("time in force {} is not supported; DAY, GTC, IOC, FOK and GTD are",
                         Name(order.time_in_force));
    case CheckId::kTickSize:
      return fmt::format("price {} is not a positive multiple of the tick {}", input, limit);
    case CheckId::kLotSize:
      return fmt::format("quantity {} is not a multiple of the lot {}", input, limit);
    case CheckId::kMinQuantity:
      return fmt::format("quantity {} is below the instrument's minimum of {}", input, limit);
    case CheckId::kMaxQuantity:
      return fmt::format("quantity {} is above the instrument's maximum of {}", input, limit);
    case CheckId::kReferencePrice:
      return fmt::format("there is no live bid and ask of {}", order.symbol);
    case CheckId::kReferenceAge: return ReferenceMessage(check, order.symbol);
    case CheckId::kPriceCollar: return CollarMessage(check);
    case CheckId::kReduceOnly:
      return fmt::format(
          "{} would do more than close the position: {} can be closed, working orders close {}",
          input, limit, FormatE8(check.used_e8));
    default: return LimitMessage(check, order);
  }
}

}  // namespace tw::risk
