// Limits: how much an order, a position and an exposure may be, by scope. Pure; one owner.
//
// Scopes and how they combine, per value:
//   own      the account+symbol row, else the symbol's row, else the row of symbol "*"
//   caps     the account's row (else that of account "*") and the firm's row
//   in force the tightest of own and caps
// So an account+symbol row may be wider or tighter than the symbol's default; nothing goes past
// what the account or the firm is allowed. Exposure is set for the firm and for accounts only: an
// account's own row, else that of account "*". A value that no scope sets is zero: fail closed.
//
// Version 1 is the file; each change adds one. Decide reads, Apply writes (a change is a fact
// then).
#pragma once

#include <cstdint>
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

enum class LimitScope : uint8_t { kFirm = 1, kAccount = 2, kSymbol = 3, kAccountSymbol = 4 };

std::string_view Name(LimitScope scope);  // "firm", "account", "symbol", "account_symbol"
std::optional<LimitScope> ParseLimitScope(std::string_view text);

// The row for every account, or symbol, without a row of its own.
inline constexpr std::string_view kAny = "*";

inline constexpr size_t kLimitRowsMax = 100'000;
inline constexpr size_t kReasonMax = 512;  // bytes of a reason or a name of who did it

struct LimitKey {
  LimitScope scope = LimitScope::kFirm;
  std::string account;  // empty where the scope has none
  std::string symbol;

  friend bool operator<(const LimitKey& a, const LimitKey& b) {
    return std::tie(a.scope, a.account, a.symbol) < std::tie(b.scope, b.account, b.symbol);
  }
  friend bool operator==(const LimitKey& a, const LimitKey& b) = default;
};

// Absent: not set at this scope. Never negative; zero allows nothing.
struct LimitValues {
  std::optional<Quantity> max_order_quantity;
  std::optional<Money> max_order_notional;
  std::optional<Quantity> max_position;        // |position|, units
  std::optional<Money> max_position_notional;  // |position| in quote currency
  std::optional<Money> max_exposure;           // firm and account only

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

// What holds for one account and symbol.
struct EffectiveLimits {
  Quantity max_order_quantity;
  Money max_order_notional;
  Quantity max_position;
  Money max_position_notional;
  Money max_account_exposure;
  Money max_firm_exposure;
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

  EffectiveLimits For(std::string_view account, std::string_view symbol) const;
  Money AccountExposureMax(std::string_view account) const;
  Money FirmExposureMax() const { return firm_.max_exposure.value_or(Money()); }

  uint64_t version() const { return version_; }
  std::optional<LimitsChanged> Find(const LimitKey& key) const;
  // Rows in key order, each as its last change left it.
  std::vector<LimitsChanged> List(std::string_view account, std::string_view symbol) const;

 private:
  struct AccountRows {
    LimitValues own;
    absl::flat_hash_map<std::string, LimitValues> by_symbol;
  };

  void Index(const LimitKey& key, const LimitValues& values);
  const AccountRows* FindAccount(std::string_view account) const;

  absl::btree_map<LimitKey, LimitsChanged> rows_;
  uint64_t version_ = 1;
  std::string file_hash_;
  // The same rows, for lookup.
  LimitValues firm_;
  LimitValues any_account_;
  LimitValues any_symbol_;
  absl::flat_hash_map<std::string, AccountRows> accounts_;
  absl::flat_hash_map<std::string, LimitValues> symbols_;
};

// OK, or InvalidArgument naming the field.
absl::Status Validate(const LimitRow& row);

}  // namespace tw::risk
