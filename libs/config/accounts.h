// Who may trade, and with what they begin. Values only; accounts_file.h reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/core/decimal.h"
#include "libs/core/types.h"

namespace tw {

using Rate = Decimal<struct RateTag>;  // a fraction: 0.25 is 25 %

struct OpeningPosition {
  std::string symbol;
  Quantity quantity;    // signed, not 0
  Price average_price;  // > 0
};

// Whether an account may sell what it does not hold: freely, as far as a locate covers it, or
// never.
enum class ShortSale : uint8_t { kAllowed, kLocate, kForbidden };

struct Account {
  std::string name;
  std::string account_class;  // empty: of none
  std::string base_currency = "USD";
  Money opening_cash = Money::FromUnits(1'000'000);
  std::string desk = "default";
  Rate margin_rate = Rate::FromUnits(1);  // of notional, to open it; 1 is fully paid
  Rate maintenance_rate;                  // of notional, to hold it; below it nothing is opened
  ShortSale short_sale = ShortSale::kAllowed;
  std::vector<std::string> symbols;  // what it may trade; empty: everything
  bool listed = false;               // in the file: its cash is known, and bounds what it may open
  std::vector<OpeningPosition> opening_positions;
  // Of its orders that do not say, and whether orders of other accounts of the firm are its own.
  SelfTradePrevention self_trade = SelfTradePrevention::kNone;
  bool self_trade_firm = false;
};

// How many distinct accounts an open platform takes before it refuses new names.
inline constexpr size_t kOpenAccountsMax = 10'000;

// [A-Za-z0-9._-]{1,64}
bool IsAccountName(std::string_view name);

// Immutable after construction; any thread.
class Accounts {
 public:
  // An open platform without listed accounts.
  Accounts() = default;
  // REQUIRES: names are distinct.
  Accounts(std::vector<Account> listed, bool open, std::string hash);

  // The account as listed; on an open platform any other well-formed name with the defaults above;
  // else nullopt. Who keeps accounts counts them against kOpenAccountsMax.
  std::optional<Account> Find(std::string_view name) const;

  bool open() const { return open_; }
  const std::vector<Account>& listed() const { return listed_; }  // in file order
  const std::string& hash() const { return hash_; }               // of the file's content

 private:
  std::vector<Account> listed_;
  absl::flat_hash_map<std::string, size_t> index_;
  bool open_ = true;
  std::string hash_;
};

}  // namespace tw
