#include "services/risk/limits.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "services/risk/view.h"

namespace tw::risk {
namespace {

constexpr size_t kNameMax = 64;

template <typename T>
void ApplyEdit(const Edit<T>& edit, std::optional<T>& value) {
  if (edit.kind == Edit<T>::Kind::kSet) {
    value = edit.value;
  } else if (edit.kind == Edit<T>::Kind::kClear) {
    value.reset();
  }
}

bool TakesAccount(LimitScope scope) {
  return scope == LimitScope::kAccount || scope == LimitScope::kAccountSymbol;
}

bool TakesSymbol(LimitScope scope) {
  return scope == LimitScope::kSymbol || scope == LimitScope::kAccountSymbol;
}

// A scope names exactly its own.
absl::Status ValidateName(const LimitKey& key,
                          const char* field,
                          bool taken,
                          const std::string& name) {
  if (taken != name.empty()) {
    return absl::OkStatus();
  }
  return FieldError(field, "scope " + std::string(Name(key.scope)) +
                               (name.empty() ? " needs one" : " takes none"));
}

absl::Status ValidateKey(const LimitKey& key) {
  TW_RETURN_IF_ERROR(ValidateName(key, "account", TakesAccount(key.scope), key.account));
  TW_RETURN_IF_ERROR(ValidateName(key, "symbol", TakesSymbol(key.scope), key.symbol));
  TW_RETURN_IF_ERROR(ValidateName(key, "desk", key.scope == LimitScope::kDesk, key.desk));
  TW_RETURN_IF_ERROR(
      ValidateName(key, "strategy", key.scope == LimitScope::kStrategy, key.strategy));
  if (key.scope == LimitScope::kAccountSymbol && (key.account == kAny || key.symbol == kAny)) {
    return FieldError("scope", "account_symbol is for one account and one symbol");
  }
  if (key.desk.size() > kNameMax || key.strategy.size() > kNameMax) {
    return FieldError(key.desk.empty() ? "strategy" : "desk", "at most 64 characters");
  }
  return absl::OkStatus();
}

bool IsTakenBy(Takes takes, LimitScope scope) {
  switch (takes) {
    case Takes::kAnyScope: return true;
    case Takes::kSum: return scope != LimitScope::kAccountSymbol;
    case Takes::kRate: return !TakesSymbol(scope);
    case Takes::kAccount: return scope == LimitScope::kAccount;
    case Takes::kStrategy: return scope == LimitScope::kStrategy;
    case Takes::kAccountSymbol: return scope == LimitScope::kAccountSymbol;
  }
  return false;
}

const char* Text(Takes takes) {
  switch (takes) {
    case Takes::kAnyScope: return "is set anywhere";
    case Takes::kSum: return "is not set for account_symbol";
    case Takes::kRate: return "is set for the firm, desks, accounts and strategies only";
    case Takes::kAccount: return "is set for accounts only";
    case Takes::kStrategy: return "is set for strategies only";
    case Takes::kAccountSymbol: return "is set for account_symbol only";
  }
  return "";
}

template <typename T>
absl::Status ValidateValue(const char* name, const std::optional<T>& value) {
  if (value && *value < T()) {
    return FieldError(name, value->ToString() + " is negative");
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status ValidateOne(const char* name,
                         Takes takes,
                         LimitScope scope,
                         const std::optional<T>& value) {
  TW_RETURN_IF_ERROR(ValidateValue(name, value));
  if (value && !IsTakenBy(takes, scope)) {
    return FieldError(name, Text(takes));
  }
  return absl::OkStatus();
}

// What a value of zero would make of a rate or a percentage is said by refusing it.
absl::Status ValidateNumbers(const LimitValues& v) {
  const auto in = [](const char* name, const std::optional<Number>& value, int64_t least,
                     int64_t most) -> absl::Status {
    if (value && (*value < Number::FromUnits(least) || *value > Number::FromUnits(most))) {
      return FieldError(name, "must be " + std::to_string(least) + " to " + std::to_string(most));
    }
    return absl::OkStatus();
  };
  TW_RETURN_IF_ERROR(in("max_message_rate", v.max_message_rate, 1, 1'000'000));
  TW_RETURN_IF_ERROR(in("message_burst", v.message_burst, 1, 1'000'000));
  TW_RETURN_IF_ERROR(in("collar_percent", v.collar_percent, 0, 99));
  TW_RETURN_IF_ERROR(in("own_collar_percent", v.own_collar_percent, 0, 99));
  TW_RETURN_IF_ERROR(in("duplicate_window_ms", v.duplicate_window_ms, 0, 3'600'000));
  return in("max_executions", v.max_executions, 1, 10'000);
}

const LimitValues kNothing;

// The rows that every other falls back on keep their values.
absl::Status ValidateLastResort(const LimitKey& key,
                                const LimitValues& before,
                                const LimitValues& after) {
  const bool last_resort =
      key.scope == LimitScope::kFirm || key.account == kAny || key.symbol == kAny;
  // Those that are zero without: nothing else is fallen back on.
  const auto lost = [](const auto& old_value, const auto& new_value) {
    return old_value.has_value() && !new_value.has_value();
  };
  if (last_resort && (lost(before.max_order_quantity, after.max_order_quantity) ||
                      lost(before.max_order_notional, after.max_order_notional) ||
                      lost(before.max_position, after.max_position) ||
                      lost(before.max_position_notional, after.max_position_notional) ||
                      lost(before.max_exposure, after.max_exposure))) {
    return FieldError("scope", "values of the firm and of \"*\" can be changed, not cleared");
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view Name(LimitScope scope) {
  switch (scope) {
    case LimitScope::kNone: return "";
    case LimitScope::kFirm: return "firm";
    case LimitScope::kAccount: return "account";
    case LimitScope::kSymbol: return "symbol";
    case LimitScope::kAccountSymbol: return "account_symbol";
    case LimitScope::kDesk: return "desk";
    case LimitScope::kStrategy: return "strategy";
  }
  return "";
}

std::optional<LimitScope> ParseLimitScope(std::string_view text) {
  for (const LimitScope scope :
       {LimitScope::kFirm, LimitScope::kAccount, LimitScope::kSymbol, LimitScope::kAccountSymbol,
        LimitScope::kDesk, LimitScope::kStrategy}) {
    if (text == Name(scope)) {
      return scope;
    }
  }
  return std::nullopt;
}

LimitScope ScopeOf(SumLevel level) {
  switch (level) {
    case SumLevel::kFirm: return LimitScope::kFirm;
    case SumLevel::kDesk: return LimitScope::kDesk;
    case SumLevel::kAccount: return LimitScope::kAccount;
    case SumLevel::kStrategy: return LimitScope::kStrategy;
    case SumLevel::kSymbol: return LimitScope::kSymbol;
  }
  return LimitScope::kNone;
}

std::string Describe(const LimitValues& values) {
  std::string out;
  ForEachLimit([&](const char* name, Takes, auto value, auto) {
    if (values.*value) {
      out += (out.empty() ? "" : " ") + std::string(name) + "=" + (values.*value)->ToString();
    }
  });
  return out;
}

std::string Describe(const LimitKey& key) {
  std::string out = key.account + key.desk + key.strategy;
  if (!key.symbol.empty()) {
    out += (out.empty() ? "" : " ") + key.symbol;
  }
  return out;
}

absl::Status Validate(const LimitRow& row) {
  TW_RETURN_IF_ERROR(ValidateKey(row.key));
  absl::Status status;
  ForEachLimit([&](const char* name, Takes takes, auto value, auto) {
    status.Update(ValidateOne(name, takes, row.key.scope, row.values.*value));
  });
  TW_RETURN_IF_ERROR(status);
  return ValidateNumbers(row.values);
}

Limits::Limits(const std::vector<LimitRow>& file_rows) {
  for (const LimitRow& row : file_rows) {
    TW_CHECK(Validate(row).ok());
    LimitsChanged change;
    change.key = row.key;
    change.values = row.values;
    change.version = 1;
    change.changed_by = "limits.toml";
    change.reason = "from the file";
    Index(change.key, change.values);
    rows_[row.key] = std::move(change);
  }
}

absl::StatusOr<LimitsChanged> Limits::Decide(const NewLimits& command, Timestamp now) const {
  if (command.reason.empty() || command.reason.size() > kReasonMax) {
    return FieldError("reason", "say why, in at most 512 bytes");
  }
  if (command.changed_by.size() > kReasonMax) {
    return FieldError("changed_by", "at most 512 bytes");
  }
  LimitRow row{command.key, {}};
  const auto it = rows_.find(command.key);
  if (it != rows_.end()) {
    row.values = it->second.values;
  }
  const LimitValues before = row.values;
  ForEachLimit([&](const char*, Takes, auto value, auto edit) {
    ApplyEdit(command.*edit, row.values.*value);
  });
  TW_RETURN_IF_ERROR(Validate(row));
  TW_RETURN_IF_ERROR(ValidateLastResort(row.key, before, row.values));
  if (it == rows_.end() && row.values == before) {
    return FieldError("limits", "nothing is set");
  }
  if (it == rows_.end() && rows_.size() >= kLimitRowsMax) {
    return absl::ResourceExhaustedError("limits: 100,000 rows at most");
  }
  LimitsChanged change;
  change.key = command.key;
  change.values = row.values;
  change.version = version_ + 1;
  change.changed_by = command.changed_by;
  change.reason = command.reason;
  change.time = now;
  return change;
}

std::optional<LimitsFileLoaded> Limits::DecideFile(std::string_view hash, Timestamp now) const {
  if (hash == file_hash_) {
    return std::nullopt;
  }
  return LimitsFileLoaded{std::string(hash), file_hash_.empty() ? version_ : version_ + 1, now};
}

void Limits::Apply(const LimitsChanged& event) {
  Index(event.key, event.values);
  rows_[event.key] = event;
  version_ = event.version;
}

void Limits::Apply(const LimitsFileLoaded& event) {
  file_hash_ = event.hash;
  version_ = event.version;
}

void Limits::Index(const LimitKey& key, const LimitValues& values) {
  switch (key.scope) {
    case LimitScope::kFirm: firm_ = values; return;
    case LimitScope::kAccount:
      (key.account == kAny ? any_account_ : accounts_[key.account].own) = values;
      return;
    case LimitScope::kSymbol:
      (key.symbol == kAny ? any_symbol_ : symbols_[key.symbol]) = values;
      return;
    case LimitScope::kAccountSymbol: accounts_[key.account].by_symbol[key.symbol] = values; return;
    case LimitScope::kDesk: (key.desk == kAny ? any_desk_ : desks_[key.desk]) = values; return;
    case LimitScope::kStrategy:
      (key.strategy == kAny ? any_strategy_ : strategies_[key.strategy]) = values;
      return;
    case LimitScope::kNone: return;
  }
}

const Limits::AccountRows* Limits::FindAccount(std::string_view account) const {
  if (accounts_.empty()) {
    return nullptr;
  }
  const auto it = accounts_.find(View(account));
  return it == accounts_.end() ? nullptr : &it->second;
}

namespace {

const LimitValues& RowOr(const absl::flat_hash_map<std::string, LimitValues>& rows,
                         std::string_view name) {
  if (rows.empty() || name.empty()) {
    return kNothing;
  }
  const auto it = rows.find(View(name));
  return it == rows.end() ? kNothing : it->second;
}

// One level's rows: that one's own, and that of "*".
struct Level {
  LimitScope scope = LimitScope::kNone;
  const LimitValues* own = &kNothing;
  const LimitValues* any = &kNothing;

  template <typename Value>
  const std::optional<Value>& Get(std::optional<Value> LimitValues::*member) const {
    return own->*member ? own->*member : any->*member;
  }
};

// The rows that bear on one order.
struct RowsOf {
  const LimitValues* pair = &kNothing;   // the account+symbol row, instead of the symbol's
  std::array<Level, kSumLevels> levels;  // widest first, as SumLevel

  // From the narrowest on: of equal limits the narrowest level binds. `widest`: the larger is the
  // tighter.
  template <typename Value>
  Bound Tightest(std::optional<Value> LimitValues::*member,
                 int64_t otherwise,
                 bool widest = false) const {
    Bound out;
    const auto take = [&](const std::optional<Value>& value, LimitScope level) {
      if (value && (!out.set() || (widest ? value->e8() > out.e8 : value->e8() < out.e8))) {
        out = {value->e8(), level};
      }
    };
    if (pair->*member) {
      take(pair->*member, LimitScope::kAccountSymbol);
    } else {
      take(levels.back().Get(member), LimitScope::kSymbol);
    }
    for (size_t i = kSumLevels - 1; i-- > 0;) {
      take(levels[i].Get(member), levels[i].scope);
    }
    return out.set() || otherwise == kNoLimit ? out : Bound{otherwise, LimitScope::kFirm};
  }

  template <typename Value>
  SumBounds Sums(std::optional<Value> LimitValues::*member) const {
    SumBounds out;
    for (size_t i = 0; i < kSumLevels; ++i) {
      if (const std::optional<Value>& value = levels[i].Get(member)) {
        out.e8[i] = value->e8();
        out.any = true;
      }
    }
    return out;
  }
};

EffectiveLimits InForce(const RowsOf& rows) {
  using V = LimitValues;
  EffectiveLimits out;
  out.order_quantity = rows.Tightest(&V::max_order_quantity, 0);
  out.order_notional = rows.Tightest(&V::max_order_notional, 0);
  out.position = rows.Tightest(&V::max_position, 0);
  out.position_notional = rows.Tightest(&V::max_position_notional, 0);
  out.concentration_percent = rows.Tightest(&V::max_concentration_percent, kNoLimit);
  out.collar_percent = rows.Tightest(&V::collar_percent, kNoLimit);
  out.own_collar_percent = rows.Tightest(&V::own_collar_percent, kNoLimit);
  out.duplicate_window_ms = rows.Tightest(&V::duplicate_window_ms, kNoLimit, true);
  out.daily_loss = rows.Tightest(&V::max_daily_loss, kNoLimit);
  out.drawdown = rows.Tightest(&V::max_drawdown, kNoLimit);
  out.position_loss = rows.Tightest(&V::max_position_loss, kNoLimit);
  out.locate = rows.Tightest(&V::locate_quantity, 0);
  out.exposure = rows.Sums(&V::max_exposure);
  for (const SumLevel level : {SumLevel::kFirm, SumLevel::kAccount}) {
    int64_t& e8 = out.exposure.e8[static_cast<size_t>(level)];
    e8 = e8 == kNoLimit ? 0 : e8;
  }
  out.net_exposure = rows.Sums(&V::max_net_exposure);
  out.open_value = rows.Sums(&V::max_open_value);
  out.open_orders = rows.Sums(&V::max_open_orders);
  out.message_rate = rows.Sums(&V::max_message_rate);
  out.message_burst = rows.Sums(&V::message_burst);
  return out;
}

}  // namespace

EffectiveLimits Limits::For(const LimitSubject& subject) const {
  RowsOf rows;
  const AccountRows* account = FindAccount(subject.account);
  if (account != nullptr) {
    const auto it = account->by_symbol.find(View(subject.symbol));
    rows.pair = it == account->by_symbol.end() ? &kNothing : &it->second;
  }
  const LimitValues& any_strategy = subject.strategy.empty() ? kNothing : any_strategy_;
  rows.levels = {{
      {LimitScope::kFirm, &firm_, &kNothing},
      {LimitScope::kDesk, &RowOr(desks_, subject.desk), &any_desk_},
      {LimitScope::kAccount, account != nullptr ? &account->own : &kNothing, &any_account_},
      {LimitScope::kStrategy, &RowOr(strategies_, subject.strategy), &any_strategy},
      {LimitScope::kSymbol, &RowOr(symbols_, subject.symbol), &any_symbol_},
  }};
  return InForce(rows);
}

std::optional<Number> Limits::ExecutionsMax(std::string_view strategy) const {
  const LimitValues& own = RowOr(strategies_, strategy);
  return own.max_executions ? own.max_executions : any_strategy_.max_executions;
}

Money Limits::AccountExposureMax(std::string_view account) const {
  const AccountRows* rows = FindAccount(account);
  const std::optional<Money> own = rows != nullptr ? rows->own.max_exposure : std::nullopt;
  return (own ? own : any_account_.max_exposure).value_or(Money());
}

std::optional<LimitsChanged> Limits::Find(const LimitKey& key) const {
  const auto it = rows_.find(key);
  return it == rows_.end() ? std::nullopt : std::optional<LimitsChanged>(it->second);
}

std::vector<LimitsChanged> Limits::List(const LimitSubject& subject) const {
  std::vector<LimitsChanged> out;
  const auto fits = [](std::string_view wanted, const std::string& of_row) {
    return wanted.empty() || of_row.empty() || of_row == kAny || of_row == wanted;
  };
  for (const auto& [key, row] : rows_) {
    if (fits(subject.account, key.account) && fits(subject.symbol, key.symbol) &&
        fits(subject.desk, key.desk) && fits(subject.strategy, key.strategy)) {
      out.push_back(row);
    }
  }
  return out;
}

}  // namespace tw::risk
