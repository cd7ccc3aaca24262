#include "bench/load/planner.h"

#include <algorithm>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/config/toml_file.h"

namespace tw::load {
namespace {

constexpr int64_t kRestNanos = 100'000'000;  // before an order is canceled or replaced
constexpr int64_t kNotionalUnits = 20;
constexpr int64_t kAccountsMax = 1'000;

// price * (10,000 + basis_points) / 10,000.
Price Shift(Price price, int64_t basis_points) {
  const std::optional<int64_t> e8 =
      MulDiv(price.e8(), 10'000 + basis_points, 10'000, Rounding::kHalfAwayFromZero);
  TW_CHECK(e8.has_value());
  return Price::FromE8(*e8);
}

// Counts the keys that it takes.
absl::Status ReadMix(const std::string& path,
                     const toml::table& root,
                     Profile& profile,
                     size_t& known) {
  const std::pair<const char*, int*> fields[] = {{"passive", &profile.passive},
                                                 {"marketable", &profile.marketable},
                                                 {"cancel", &profile.cancel},
                                                 {"replace", &profile.replace}};
  int sum = 0;
  for (const auto& [name, value] : fields) {
    *value = 0;
    const toml::node* const node = root.get(name);
    if (node == nullptr) {
      continue;
    }
    const int64_t percent = node->is_integer() ? node->as_integer()->get() : -1;
    if (percent < 0 || percent > 100) {
      return absl::InvalidArgumentError(path + ": " + name + " is a whole percentage, 0 to 100");
    }
    *value = static_cast<int>(percent);
    sum += *value;
    ++known;
  }
  if (sum != 100) {
    return absl::InvalidArgumentError(path +
                                      ": passive, marketable, cancel and replace add up to " +
                                      std::to_string(sum) + ", not 100");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Profile> LoadProfile(const std::string& path) {
  const absl::StatusOr<config::TomlFile> file = config::ReadToml(path);
  if (!file.ok()) {
    return file.status();
  }
  Profile profile;
  size_t known = 0;
  TW_RETURN_IF_ERROR(ReadMix(path, file->root, profile, known));
  if (const toml::node* const node = file->root.get("accounts"); node != nullptr) {
    const int64_t accounts = node->is_integer() ? node->as_integer()->get() : 0;
    if (accounts < 1 || accounts > kAccountsMax) {
      return absl::InvalidArgumentError(path + ": accounts is a number from 1 to " +
                                        std::to_string(kAccountsMax));
    }
    profile.accounts = static_cast<int>(accounts);
    ++known;
  }
  if (const toml::node* const node = file->root.get("symbols"); node != nullptr) {
    const toml::array* const list = node->as_array();
    if (list == nullptr || list->empty() || !list->is_homogeneous(toml::node_type::string)) {
      return absl::InvalidArgumentError(path + ": symbols is a list of texts");
    }
    profile.symbols.clear();
    for (const toml::node& symbol : *list) {
      profile.symbols.push_back(symbol.value_or(std::string()));
    }
    ++known;
  }
  if (known != file->root.size()) {
    return absl::InvalidArgumentError(path +
                                      ": passive, marketable, cancel, replace, accounts and "
                                      "symbols, and nothing else, make a profile");
  }
  return profile;
}

Planner::Planner(const PlannerOptions& options, std::vector<Instrument> instruments)
    : options_(options),
      instruments_(std::move(instruments)),
      prng_(options.seed),
      quotes_(instruments_.size()),
      buys_next_(instruments_.size() * static_cast<size_t>(options.accounts), true) {
  TW_CHECK(!instruments_.empty() && options.accounts > 0);
}

void Planner::SetQuote(size_t symbol, Quote quote) {
  const std::lock_guard lock(mutex_);
  quotes_[symbol] = quote;
}

Quantity Planner::SmallQuantity(const Instrument& instrument, Price price) {
  const std::optional<int64_t> units =
      MulDiv(kNotionalUnits * kDecimalScale, kDecimalScale, price.e8(), Rounding::kDown);
  const int64_t lot = instrument.lot_size.e8();
  const int64_t e8 = std::max(units.value_or(0) / lot * lot, instrument.min_quantity.e8());
  return Quantity::FromE8(e8);
}

Kind Planner::PickKind(int64_t now_ns) {
  if (options_.checks) {
    return Kind::kCheck;
  }
  const Profile& p = options_.profile;
  const auto roll = static_cast<int>(prng_.Below(100));
  Kind kind = Kind::kReplace;
  if (roll < p.passive) {
    kind = Kind::kPassive;
  } else if (roll < p.passive + p.marketable) {
    kind = Kind::kMarketable;
  } else if (roll < p.passive + p.marketable + p.cancel) {
    kind = Kind::kCancel;
  }
  const bool any_rests = !open_.empty() && now_ns - open_.front().since_ns >= kRestNanos;
  if (!IsNewOrder(kind) && !any_rests) {
    ++substituted_;
    return Kind::kPassive;
  }
  if (kind == Kind::kPassive && any_rests && open_.size() >= options_.open_max) {
    ++substituted_;
    return Kind::kCancel;
  }
  return kind;
}

Plan Planner::Next(int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const Kind kind = PickKind(now_ns);
  return kind == Kind::kCancel || kind == Kind::kReplace ? Change(kind) : NewOrder(kind);
}

// 1 to 2 % away from the mid, on the tick grid, away from it.
Price Planner::PassivePrice(size_t symbol, bool buy) {
  const Quote& quote = quotes_[symbol];
  const Price mid = Price::FromE8(quote.bid.e8() + (quote.ask.e8() - quote.bid.e8()) / 2);
  const int64_t away = prng_.Between(100, 200);
  return RoundToTick(Shift(mid, buy ? -away : away), instruments_[symbol].tick_size,
                     buy ? Rounding::kDown : Rounding::kUp);
}

v1::SubmitOrderRequest Planner::Submit(size_t account, size_t symbol, bool buy) {
  v1::SubmitOrderRequest submit;
  submit.set_account(AccountName(account));
  submit.set_symbol(instruments_[symbol].symbol);
  submit.set_side(buy ? v1::SIDE_BUY : v1::SIDE_SELL);
  submit.set_type(v1::ORDER_TYPE_LIMIT);
  submit.set_quantity(SmallQuantity(instruments_[symbol], quotes_[symbol].ask).ToString());
  submit.set_client_order_id(options_.run + "-" + std::to_string(++last_number_));
  return submit;
}

Plan Planner::NewOrder(Kind kind) {
  const auto account = static_cast<size_t>(prng_.Below(static_cast<uint64_t>(options_.accounts)));
  const auto symbol = static_cast<size_t>(prng_.Below(instruments_.size()));
  Plan plan;
  plan.kind = kind;
  if (kind == Kind::kMarketable) {
    const size_t cell = account * instruments_.size() + symbol;
    const bool buy = buys_next_[cell];
    buys_next_[cell] = !buy;
    *plan.command.mutable_submit() = Submit(account, symbol, buy);
    const Price through = buy ? Shift(quotes_[symbol].ask, 20) : Shift(quotes_[symbol].bid, -20);
    plan.command.mutable_submit()->set_price(
        RoundToTick(through, instruments_[symbol].tick_size, buy ? Rounding::kUp : Rounding::kDown)
            .ToString());
    plan.command.mutable_submit()->set_time_in_force(v1::TIME_IN_FORCE_IOC);
    return plan;
  }
  const bool buy = prng_.Percent(50);
  *plan.command.mutable_submit() = Submit(account, symbol, buy);
  plan.order.price = PassivePrice(symbol, buy);
  plan.command.mutable_submit()->set_price(plan.order.price.ToString());
  plan.command.mutable_submit()->set_time_in_force(v1::TIME_IN_FORCE_GTC);
  plan.order.symbol = symbol;
  plan.order.buy = buy;
  return plan;
}

Plan Planner::Change(Kind kind) {
  Plan plan;
  plan.kind = kind;
  plan.order = std::move(open_.front());
  open_.pop_front();
  if (kind == Kind::kCancel) {
    plan.command.mutable_cancel()->set_order_id(plan.order.order_id);
  } else {
    const Price tick = instruments_[plan.order.symbol].tick_size;
    Price price = PassivePrice(plan.order.symbol, plan.order.buy);
    if (price == plan.order.price) {
      price = plan.order.buy ? price - tick : price + tick;  // a replace has to change something
    }
    plan.order.price = price;
    plan.command.mutable_replace()->set_order_id(plan.order.order_id);
    plan.command.mutable_replace()->set_price(price.ToString());
  }
  return plan;
}

void Planner::Rests(OpenOrder order) {
  const std::lock_guard lock(mutex_);
  open_.push_back(std::move(order));
}

size_t Planner::open() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

uint64_t Planner::substituted() const {
  const std::lock_guard lock(mutex_);
  return substituted_;
}

}  // namespace tw::load
