#include "services/risk/limits.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "libs/base/check.h"
#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"

namespace tw::risk {
namespace {

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

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

absl::Status ValidateKey(const LimitKey& key) {
  const std::string scope(Name(key.scope));
  if (TakesAccount(key.scope) == key.account.empty()) {
    return FieldError("account",
                      "scope " + scope + (key.account.empty() ? " needs one" : " takes none"));
  }
  if (TakesSymbol(key.scope) == key.symbol.empty()) {
    return FieldError("symbol",
                      "scope " + scope + (key.symbol.empty() ? " needs one" : " takes none"));
  }
  if (key.scope == LimitScope::kAccountSymbol && (key.account == kAny || key.symbol == kAny)) {
    return FieldError("scope", "account_symbol is for one account and one symbol");
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status ValidateValue(const char* name, const std::optional<T>& value) {
  if (value && *value < T()) {
    return FieldError(name, value->ToString() + " is negative");
  }
  return absl::OkStatus();
}

// The tightest of what is set; zero when nothing is.
template <typename T>
T Tightest(const std::optional<T>& a, const std::optional<T>& b, const std::optional<T>& c) {
  std::optional<T> out = a;
  for (const std::optional<T>& other : {b, c}) {
    if (other && (!out || *other < *out)) {
      out = other;
    }
  }
  return out.value_or(T());
}

template <typename T>
const std::optional<T>& FirstSet(const std::optional<T>& a,
                                 const std::optional<T>& b,
                                 const std::optional<T>& c) {
  return a ? a : (b ? b : c);
}

const LimitValues kNothing;

// The rows that every other falls back on keep their values.
absl::Status ValidateLastResort(const LimitKey& key,
                                const LimitValues& before,
                                const LimitValues& after) {
  const bool last_resort =
      key.scope == LimitScope::kFirm || key.account == kAny || key.symbol == kAny;
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
    case LimitScope::kFirm: return "firm";
    case LimitScope::kAccount: return "account";
    case LimitScope::kSymbol: return "symbol";
    case LimitScope::kAccountSymbol: return "account_symbol";
  }
  return "firm";
}

std::optional<LimitScope> ParseLimitScope(std::string_view text) {
  for (const LimitScope scope :
       {LimitScope::kFirm, LimitScope::kAccount, LimitScope::kSymbol, LimitScope::kAccountSymbol}) {
    if (text == Name(scope)) {
      return scope;
    }
  }
  return std::nullopt;
}

absl::Status Validate(const LimitRow& row) {
  TW_RETURN_IF_ERROR(ValidateKey(row.key));
  TW_RETURN_IF_ERROR(ValidateValue("max_order_quantity", row.values.max_order_quantity));
  TW_RETURN_IF_ERROR(ValidateValue("max_order_notional", row.values.max_order_notional));
  TW_RETURN_IF_ERROR(ValidateValue("max_position", row.values.max_position));
  TW_RETURN_IF_ERROR(ValidateValue("max_position_notional", row.values.max_position_notional));
  TW_RETURN_IF_ERROR(ValidateValue("max_exposure", row.values.max_exposure));
  if (row.values.max_exposure && TakesSymbol(row.key.scope)) {
    return FieldError("max_exposure", "is set for the firm and for accounts only");
  }
  return absl::OkStatus();
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
  ApplyEdit(command.max_order_quantity, row.values.max_order_quantity);
  ApplyEdit(command.max_order_notional, row.values.max_order_notional);
  ApplyEdit(command.max_position, row.values.max_position);
  ApplyEdit(command.max_position_notional, row.values.max_position_notional);
  ApplyEdit(command.max_exposure, row.values.max_exposure);
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
  }
}

const Limits::AccountRows* Limits::FindAccount(std::string_view account) const {
  if (accounts_.empty()) {
    return nullptr;
  }
  const auto it = accounts_.find(View(account));
  return it == accounts_.end() ? nullptr : &it->second;
}

EffectiveLimits Limits::For(std::string_view account, std::string_view symbol) const {
  const AccountRows* rows = FindAccount(account);
  const LimitValues& account_own = rows != nullptr ? rows->own : kNothing;
  const LimitValues* pair = &kNothing;
  if (rows != nullptr) {
    const auto it = rows->by_symbol.find(View(symbol));
    pair = it == rows->by_symbol.end() ? &kNothing : &it->second;
  }
  const auto symbol_it = symbols_.find(View(symbol));
  const LimitValues& own = symbol_it == symbols_.end() ? kNothing : symbol_it->second;

  const auto in_force = [&](auto member) {
    return Tightest(FirstSet((*pair).*member, own.*member, any_symbol_.*member),
                    account_own.*member ? account_own.*member : any_account_.*member,
                    firm_.*member);
  };
  EffectiveLimits out;
  out.max_order_quantity = in_force(&LimitValues::max_order_quantity);
  out.max_order_notional = in_force(&LimitValues::max_order_notional);
  out.max_position = in_force(&LimitValues::max_position);
  out.max_position_notional = in_force(&LimitValues::max_position_notional);
  out.max_account_exposure =
      (account_own.max_exposure ? account_own.max_exposure : any_account_.max_exposure)
          .value_or(Money());
  out.max_firm_exposure = FirmExposureMax();
  return out;
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

std::vector<LimitsChanged> Limits::List(std::string_view account, std::string_view symbol) const {
  std::vector<LimitsChanged> out;
  for (const auto& [key, row] : rows_) {
    const bool account_fits =
        account.empty() || key.account.empty() || key.account == kAny || key.account == account;
    const bool symbol_fits =
        symbol.empty() || key.symbol.empty() || key.symbol == kAny || key.symbol == symbol;
    if (account_fits && symbol_fits) {
      out.push_back(row);
    }
  }
  return out;
}

}  // namespace tw::risk
