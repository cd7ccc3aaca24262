#include "services/risk/state.h"

#include <algorithm>

namespace tw::risk {
namespace {

constexpr size_t kAccountNameMax = 64;

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

bool State::KnowsAccount(std::string_view account) const {
  if (accounts.listed.contains(absl::string_view(account.data(), account.size()))) {
    return true;
  }
  if (accounts.closed || account.empty() || account.size() > kAccountNameMax ||
      !std::all_of(account.begin(), account.end(), IsNameCharacter)) {
    return false;
  }
  return exposure.accounts() < kAccountsMax || exposure.FindAccount(account).has_value();
}

void State::SetReference(size_t symbol, Price bid, Price ask, Timestamp received) {
  Reference& reference = references[symbol];
  reference.bid = bid;
  reference.ask = ask;
  reference.received = std::max(reference.received, received);
  if (bid > Price() && ask >= bid) {
    exposure.SetMark(symbol, Price::FromE8(bid.e8() + (ask.e8() - bid.e8()) / 2));
  }
}

const AccountRules& State::RulesOf(std::string_view account) const {
  static const AccountRules defaults;
  if (account_rules.empty()) {
    return defaults;
  }
  const auto it = account_rules.find(absl::string_view(account.data(), account.size()));
  return it == account_rules.end() ? defaults : it->second;
}

const EffectiveLimits& State::LimitsOf(const LimitSubject& subject,
                                       size_t account,
                                       size_t symbol,
                                       size_t strategy) const {
  const bool place_known =
      account != kNowhere && (subject.strategy.empty() || strategy != kNowhere);
  if (!place_known) {
    uncached_ = limits.For(subject);
    return uncached_;
  }
  if (cached_version_ != limits.version() || cached_limits_.size() >= kCachedLimitsMax) {
    cached_limits_.clear();
    cached_version_ = limits.version();
  }
  const auto [it, added] = cached_limits_.try_emplace(Places(account, symbol, strategy));
  if (added) {
    it->second = limits.For(subject);
  }
  return it->second;
}

std::optional<EquityMarked> State::MarkEquity(size_t account, Timestamp now) {
  constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
  constexpr int64_t kWorthKeeping = 1'000;  // a thousandth
  const std::string& name = exposure.account_name(account);
  const Money is = ClampMoney(exposure.AccountEquity(account));
  const int64_t day = now.ns / kDayNs;
  const auto [it, added] = equity.try_emplace(name);
  EquityMarked& mark = it->second.mark;
  if (added) {
    mark = {name, day, is, is, now};
    it->second.kept_peak = is;
    return mark;
  }
  mark.peak = std::max(mark.peak, is);
  mark.time = now;
  const bool new_day = day != mark.day;
  if (new_day) {
    mark.day = day;
    mark.day_start = is;
  }
  const int64_t worth_keeping = mark.peak.Abs().e8() / kWorthKeeping;
  if (!new_day && (mark.peak - it->second.kept_peak).e8() <= worth_keeping) {
    return std::nullopt;
  }
  it->second.kept_peak = mark.peak;
  return mark;
}

std::optional<EquityMarked> State::BringIn(const std::string& account,
                                           Money brought,
                                           Timestamp time,
                                           bool seen) {
  const auto it = equity.find(account);
  if (it == equity.end() || (seen && it->second.mark.time > time)) {
    return std::nullopt;
  }
  EquityMarked& mark = it->second.mark;
  mark.day_start = Money::SaturatingAdd(mark.day_start, brought);
  mark.peak = Money::SaturatingAdd(mark.peak, brought);
  mark.time = std::max(mark.time, time);
  it->second.kept_peak = mark.peak;
  return mark;
}

}  // namespace tw::risk
