// What people read when an order is refused: what was found and what is allowed.
#include <string>

#include "fmt/format.h"
#include "services/risk/checks.h"

namespace tw::risk {
namespace {

// "the position of 8 with this order's 3 is above the limit of 10"
std::string Above(std::string_view what, const CheckResult& check) {
  return fmt::format("{} of {} and this order's {} are above the limit of {}", what,
                     FormatE8(check.used_e8), FormatE8(check.input_e8), FormatE8(check.limit_e8));
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
  return fmt::format("order notional {} is above the limit of {}", FormatE8(check.input_e8),
                     FormatE8(check.limit_e8));
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
    case CheckId::kKillSwitch: return "the kill switch is engaged";
    case CheckId::kAccountKnown: return fmt::format("account '{}' is not known", order.account);
    case CheckId::kSymbolKnown: return fmt::format("symbol '{}' is not known", order.symbol);
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
    case CheckId::kMaxOrderQuantity:
      return fmt::format("order quantity {} is above the limit of {}", input, limit);
    case CheckId::kMaxOrderNotional: return NotionalMessage(check);
    case CheckId::kMaxPosition: return Above("position and open orders", check);
    case CheckId::kMaxPositionNotional: return Above("position and open notional", check);
    case CheckId::kMaxExposure: return Above("the account's exposure", check);
    case CheckId::kMaxFirmExposure: return Above("the firm's exposure", check);
  }
  return "";
}

}  // namespace tw::risk
