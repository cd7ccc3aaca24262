// Fills for the tests of statements, as a ledger books them.
#pragma once

#include <string>

#include "services/pnl/statement.h"

namespace tw::pnl {

inline constexpr int64_t kDay = Duration::Seconds(86'400).ns;

inline DayWindow UtcDay(int64_t day) {
  return {{day * kDay}, {(day + 1) * kDay}};
}

inline Account AccountOf(const std::string& name, const char* cash = "1000") {
  Account account;
  account.name = name;
  account.opening_cash = *Money::Parse(cash);
  return account;
}

// `day` may be broken: 1.5 is noon of day 1.
inline StatementFill FillAt(double day,  // tidy: analytics, a test's shorthand for a time
                            Side side,
                            const char* quantity,
                            const char* price,
                            const char* fee = "0",
                            const std::string& symbol = "BTCUSDT") {
  static uint64_t sequence = 0;
  StatementFill out;
  out.booked = {static_cast<int64_t>(day * static_cast<double>(kDay))};
  out.order_id = "1-7";
  out.fill.sequence = ++sequence;
  out.fill.fill_id = "PAPER-P-" + std::to_string(sequence);
  out.fill.account = "demo";
  out.fill.symbol = symbol;
  out.fill.side = side;
  out.fill.quantity = *Quantity::Parse(quantity);
  out.fill.price = *Price::Parse(price);
  out.fill.fee = *Money::Parse(fee);
  out.fill.time = out.booked;
  return out;
}

inline StatementMaker::Windows Utc(int64_t day) {
  return [day](const std::string&) { return UtcDay(day); };
}

inline std::optional<Price> NoQuotes(const std::string&, Timestamp) {
  return std::nullopt;
}

}  // namespace tw::pnl
