// Limits: how much an order, a position and an exposure may be, by level. Pure; one owner.
//
// What holds at a level is that one's own row, else the row of "*": of the firm, the desk, the
// account, the strategy, and of the symbol, where the account+symbol row comes before the symbol's.
// Two kinds of values:
//   of an order  (order and position size, collars, ...): the tightest level is in force. An
//                account+symbol row may be wider or tighter than the symbol's default; nothing goes
//                past what account, strategy, desk or firm are allowed.
//   in sum       (exposure, open orders, message rate, ...): each level that sets one is held
//                against what belongs to it; the one with the least room binds.
// Order and position sizes, and the exposure of firm and account, are zero where no level sets
// them: fail closed. Any other value is then no limit, and its check does not run.
//
// Version 1 is the file; each change adds one. Decide reads, Apply writes (a change is a fact
// then).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/base/time.h"
#include "libs/core/decimal.h"

namespace tw::risk {

enum class LimitScope : uint8_t {
  kNone = 0,
  kFirm = 1,
  kAccount = 2,
  kSymbol = 3,
  kAccountSymbol = 4,
  kDesk = 5,
  kStrategy = 6,
};

std::string_view Name(LimitScope scope);  // "firm", "account_symbol"; "" for kNone
std::optional<LimitScope> ParseLimitScope(std::string_view text);

// The row for every desk, account, strategy or symbol without a row of its own.
inline constexpr std::string_view kAny = "*";

// No limit: above anything that is measured.
inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

using Number = Decimal<struct NumberTag>;  // a count, a rate, a percentage, milliseconds

inline constexpr size_t kLimitRowsMax = 100'000;
inline constexpr size_t kReasonMax = 512;  // bytes of a reason or a name of who did it

struct LimitKey {
  LimitScope scope = LimitScope::kFirm;
  std::string account;  // empty where the scope has none
  std::string symbol;
  std::string desk{};
  std::string strategy{};

  friend bool operator<(const LimitKey& a, const LimitKey& b) {
    return std::tie(a.scope, a.account, a.symbol, a.desk, a.strategy) <
           std::tie(b.scope, b.account, b.symbol, b.desk, b.strategy);
  }
  friend bool operator==(const LimitKey& a, const LimitKey& b) = default;
};

// Absent: not set at this scope. Never negative; zero allows nothing.
struct LimitValues {
  std::optional<Quantity> max_order_quantity{};
  std::optional<Money> max_order_notional{};
  std::optional<Quantity> max_position{};        // |position|, units
  std::optional<Money> max_position_notional{};  // |position| in quote currency
  std::optional<Money> max_exposure{};           // |positions| and what orders could open
  std::optional<Money> max_net_exposure{};       // long less short, with one side's orders
  std::optional<Money> max_open_value{};         // open orders at their reserve price
  std::optional<Number> max_open_orders{};
  std::optional<Number> max_message_rate{};  // new orders and replaces a second
  std::optional<Number> message_burst{};     // at once; not set: a second's
  std::optional<Number> max_concentration_percent{};
  std::optional<Number> collar_percent{};
  std::optional<Number> own_collar_percent{};
  std::optional<Number> duplicate_window_ms{};  // the widest is the tightest
  std::optional<Money> max_daily_loss{};
  std::optional<Money> max_drawdown{};
  std::optional<Money> max_position_loss{};
  std::optional<Number> max_executions{};
  std::optional<Quantity> locate_quantity{};

  friend bool operator==(const LimitValues&, const LimitValues&) = default;
};

// The event: one row as it is from here on, and who changed it, when and why.
struct LimitsChanged {
  LimitKey key;
  LimitValues values;
  uint64_t version = 0;
  std::string changed_by;
  std::string reason;
  Timestamp time;
};

// What a command does to one value.
template <typename T>
struct Edit {
  enum class Kind : uint8_t { kKeep, kClear, kSet };
  Kind kind = Kind::kKeep;
  T value{};
};

// The command: values that are not named stay as they are.
struct NewLimits {
  LimitKey key;
  Edit<Quantity> max_order_quantity;
  Edit<Money> max_order_notional;
  Edit<Quantity> max_position;
  Edit<Money> max_position_notional;
  Edit<Money> max_exposure;
  Edit<Money> max_net_exposure;
  Edit<Money> max_open_value;
  Edit<Number> max_open_orders;
  Edit<Number> max_message_rate;
  Edit<Number> message_burst;
  Edit<Number> max_concentration_percent;
  Edit<Number> collar_percent;
  Edit<Number> own_collar_percent;
  Edit<Number> duplicate_window_ms;
  Edit<Money> max_daily_loss;
  Edit<Money> max_drawdown;
  Edit<Money> max_position_loss;
  Edit<Number> max_executions;
  Edit<Quantity> locate_quantity;
  std::string changed_by;
  std::string reason;
};

// The event that takes a (changed) limits file into use. Rows changed at run time stay over it.
struct LimitsFileLoaded {
  std::string hash;
  uint64_t version = 0;
  Timestamp time;
};

struct LimitRow {
  LimitKey key;
  LimitValues values;
};

// A limit as it is in force: how much, and whose it is.
struct Bound {
  int64_t e8 = kNoLimit;
  LimitScope level = LimitScope::kNone;

  bool set() const { return level != LimitScope::kNone; }
};

// The levels whose use is summed, widest first.
enum class SumLevel : uint8_t { kFirm, kDesk, kAccount, kStrategy, kSymbol };
inline constexpr size_t kSumLevels = 5;
LimitScope ScopeOf(SumLevel level);

// One limit that is held against a sum, at each level.
struct SumBounds {
  std::array<int64_t, kSumLevels> e8{kNoLimit, kNoLimit, kNoLimit, kNoLimit, kNoLimit};
  bool any = false;

  int64_t at(SumLevel level) const { return e8[static_cast<size_t>(level)]; }
};

// What holds for an order of one account, desk, strategy and symbol.
struct EffectiveLimits {
  Bound order_quantity;
  Bound order_notional;
  Bound position;
  Bound position_notional;
  Bound concentration_percent;
  Bound collar_percent;
  Bound own_collar_percent;
  Bound duplicate_window_ms;
  Bound daily_loss;
  Bound drawdown;
  Bound position_loss;
  Bound locate;
  SumBounds exposure;
  SumBounds net_exposure;
  SumBounds open_value;
  SumBounds open_orders;
  SumBounds message_rate;
  SumBounds message_burst;
};

// Who an order is of, as far as limits are concerned.
struct LimitSubject {
  std::string_view account;
  std::string_view symbol;
  std::string_view desk{};
  std::string_view strategy{};
};

class Limits {
 public:
  Limits() = default;
  // `file_rows` is the base under every later change. REQUIRES: Validate(row) for each.
  explicit Limits(const std::vector<LimitRow>& file_rows);

  // InvalidArgument names the field at fault: scope and names that do not go together, negative
  // values, max_exposure of a symbol, no reason, nothing set; clearing what others fall back on.
  absl::StatusOr<LimitsChanged> Decide(const NewLimits& command, Timestamp now) const;
  // Nothing when the file is the one in use.
  std::optional<LimitsFileLoaded> DecideFile(std::string_view hash, Timestamp now) const;

  void Apply(const LimitsChanged& event);
  void Apply(const LimitsFileLoaded& event);

  EffectiveLimits For(const LimitSubject& subject) const;
  EffectiveLimits For(std::string_view account, std::string_view symbol) const {
    return For(LimitSubject{account, symbol});
  }
  Money AccountExposureMax(std::string_view account) const;
  Money FirmExposureMax() const { return firm_.max_exposure.value_or(Money()); }
  // How many executions a strategy may have within the rules' window; nothing: any number.
  std::optional<Number> ExecutionsMax(std::string_view strategy) const;

  uint64_t version() const { return version_; }
  std::optional<LimitsChanged> Find(const LimitKey& key) const;
  // Rows in key order, each as its last change left it; those that bear on what is named.
  std::vector<LimitsChanged> List(const LimitSubject& subject) const;
  std::vector<LimitsChanged> List(std::string_view account, std::string_view symbol) const {
    return List(LimitSubject{account, symbol});
  }

 private:
  struct AccountRows {
    LimitValues own;
    absl::flat_hash_map<std::string, LimitValues> by_symbol;
  };
  using ByName = absl::flat_hash_map<std::string, LimitValues>;

  void Index(const LimitKey& key, const LimitValues& values);
  const AccountRows* FindAccount(std::string_view account) const;

  absl::btree_map<LimitKey, LimitsChanged> rows_;
  uint64_t version_ = 1;
  std::string file_hash_;
  // The same rows, for lookup.
  LimitValues firm_;
  LimitValues any_account_;
  LimitValues any_symbol_;
  LimitValues any_desk_;
  LimitValues any_strategy_;
  absl::flat_hash_map<std::string, AccountRows> accounts_;
  ByName symbols_;
  ByName desks_;
  ByName strategies_;
};

// OK, or InvalidArgument naming the field.
absl::Status Validate(const LimitRow& row);

// What is set, for people: "max_order_quantity=5 max_position=10".
std::string Describe(const LimitValues& values);
// "demo", "demo BTCUSDT"; "" for the firm.
std::string Describe(const LimitKey& key);

// Which scopes take a value.
enum class Takes : uint8_t {
  kAnyScope,      // of an order
  kSum,           // in sum: any but account_symbol
  kRate,          // firm, desk, account, strategy
  kAccount,       // accounts alone
  kStrategy,      // strategies alone
  kAccountSymbol  // account_symbol alone
};

// Every value by its name: f(name, which scopes take it, &LimitValues::x, &NewLimits::x).
template <typename F>
void ForEachLimit(F f) {
  using V = LimitValues;
  using N = NewLimits;
  f("max_order_quantity", Takes::kAnyScope, &V::max_order_quantity, &N::max_order_quantity);
  f("max_order_notional", Takes::kAnyScope, &V::max_order_notional, &N::max_order_notional);
  f("max_position", Takes::kAnyScope, &V::max_position, &N::max_position);
  f("max_position_notional", Takes::kAnyScope, &V::max_position_notional,
    &N::max_position_notional);
  f("max_exposure", Takes::kSum, &V::max_exposure, &N::max_exposure);
  f("max_net_exposure", Takes::kSum, &V::max_net_exposure, &N::max_net_exposure);
  f("max_open_value", Takes::kSum, &V::max_open_value, &N::max_open_value);
  f("max_open_orders", Takes::kSum, &V::max_open_orders, &N::max_open_orders);
  f("max_message_rate", Takes::kRate, &V::max_message_rate, &N::max_message_rate);
  f("message_burst", Takes::kRate, &V::message_burst, &N::message_burst);
  f("max_concentration_percent", Takes::kAnyScope, &V::max_concentration_percent,
    &N::max_concentration_percent);
  f("collar_percent", Takes::kAnyScope, &V::collar_percent, &N::collar_percent);
  f("own_collar_percent", Takes::kAnyScope, &V::own_collar_percent, &N::own_collar_percent);
  f("duplicate_window_ms", Takes::kAnyScope, &V::duplicate_window_ms, &N::duplicate_window_ms);
  f("max_daily_loss", Takes::kAccount, &V::max_daily_loss, &N::max_daily_loss);
  f("max_drawdown", Takes::kAccount, &V::max_drawdown, &N::max_drawdown);
  f("max_position_loss", Takes::kAnyScope, &V::max_position_loss, &N::max_position_loss);
  f("max_executions", Takes::kStrategy, &V::max_executions, &N::max_executions);
  f("locate_quantity", Takes::kAccountSymbol, &V::locate_quantity, &N::locate_quantity);
}

}  // namespace tw::risk
