#include "services/live-gateway/fix/fix_text.h"

namespace tw::live_gateway {

std::string FixSide(Side side) {
  return side == Side::kBuy ? "1" : "2";
}

std::string FixTimeInForce(TimeInForce time_in_force) {
  switch (time_in_force) {
    case TimeInForce::kIoc: return "3";
    case TimeInForce::kFok: return "4";
    case TimeInForce::kGtc:
    case TimeInForce::kGtd: return "1";  // oms ends it in time, by a cancel
    default: return "0";
  }
}

std::string FixTime(Timestamp time) {
  // 2026-11-27T08:26:11.123456789Z
  std::string text = FormatRfc3339({time.ns - time.ns % 1'000'000});
  text = text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + "-" + text.substr(11);
  const size_t dot = text.find('.');
  std::string millis = dot == std::string::npos ? "" : text.substr(dot + 1, 3);
  std::erase_if(millis, [](char c) { return c < '0' || c > '9'; });
  millis.resize(3, '0');
  return text.substr(0, 17) + "." + millis;
}

Price FixPrice(const std::string& text) {
  return Price::Parse(text).value_or(Price());
}

Quantity FixQuantity(const std::string& text) {
  return Quantity::Parse(text).value_or(Quantity());
}

}  // namespace tw::live_gateway
