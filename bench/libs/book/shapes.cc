#include "bench/libs/book/shapes.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/core/prng.h"

namespace tw::book {
namespace {

constexpr double kStartTicks = 33'504;
constexpr double kAlpha = 2.23;
constexpr size_t kDeepest = 800;
constexpr double kMedianLife = 431;  // microseconds, at the touch

double Uniform(Prng& prng) {
  return static_cast<double>(prng.Next() >> 11) * 0x1p-53;
}
double Normal(Prng& prng) {
  const double u = 1 - Uniform(prng);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * 3.141592653589793 * Uniform(prng));
}

// How far from the mid orders are placed.
class Distance {
 public:
  Distance() {
    double sum = 0;
    for (size_t k = 0; k < kDeepest; ++k) {
      const double from_hump = static_cast<double>(k) - 8;
      sum +=
          std::pow(static_cast<double>(k + 1), -kAlpha) + 5 * std::exp(-from_hump * from_hump / 2);
      cumulative_.push_back(sum);
    }
  }
  int64_t Draw(Prng& prng) const {
    const double u = Uniform(prng) * cumulative_.back();
    return std::lower_bound(cumulative_.begin(), cumulative_.end(), u) - cumulative_.begin();
  }

 private:
  std::vector<double> cumulative_;
};

struct Placed {
  Side side;
  int64_t price;
  int64_t quantity;
  int64_t distance;
};

std::vector<Placed> Place(const Shape& shape, size_t orders, Prng& prng) {
  const Distance distance;
  const double step = static_cast<double>(shape.swing_percent) / 100 / std::sqrt(orders);
  std::vector<Placed> out;
  double mid = kStartTicks;
  for (size_t i = 0; i < orders; ++i) {
    mid *= std::exp(step * Normal(prng) - step * step / 2);
    const Side side = i < orders / 2 ? Side::kBuy : Side::kSell;
    const int64_t away = distance.Draw(prng);
    const int64_t price = std::llround(mid) - Sign(side) * (away + 1);
    out.push_back({side, std::max<int64_t>(1, price), prng.Between(1, 100), away});
  }
  for (size_t i = out.size(); i > 1; --i) {
    std::swap(out[i - 1], out[prng.Below(i)]);
  }
  return out;
}

struct Timed {
  int64_t time;
  Command command;
};

// One order's messages from `now` on; when its life is over.
int64_t Live(const Placed& placed, uint64_t id, int64_t now, Prng& prng, std::vector<Timed>& out) {
  const bool ioc = prng.Percent(15);
  NewOrder order{
      id, 0, placed.side, ioc ? OrderKind::kIoc : OrderKind::kLimit, placed.price, placed.quantity};
  out.push_back({now, Command::Of(order)});
  if (ioc) {
    return now + 1;
  }
  const bool modified = prng.Percent(20);
  ModifyOrder modify{id, placed.price, placed.quantity + 1};
  if (modified) {
    now += prng.Between(30, 99);
    modify.price += prng.Percent(80) ? Sign(placed.side) : 0;
    out.push_back({now, Command::Of(modify)});
  }
  if (prng.Percent(95)) {
    const double median = kMedianLife * std::sqrt(1 + static_cast<double>(placed.distance));
    now += static_cast<int64_t>(-std::log2(1 - Uniform(prng)) * median);
    out.push_back({now, Command::Of(CancelOrder{id})});
    if (prng.Percent(2)) {
      now += prng.Between(1, 20);
      out.push_back({now, Command::Of(CancelOrder{id})});
    }
    if (modified && prng.Percent(2)) {
      now += prng.Between(1, 20);
      out.push_back({now, Command::Of(modify)});
    }
  }
  return now + 1;
}

}  // namespace

std::vector<Command> Record(const Shape& shape, size_t orders) {
  Prng prng(shape.seed);
  const std::vector<Placed> placed = Place(shape, orders, prng);
  std::vector<Timed> timed;
  timed.reserve(orders * 2 + orders / 8);
  int64_t now = 0;
  for (size_t i = 0; i < orders; ++i) {
    const int64_t end = Live(placed[i], i + 1, now, prng, timed);
    now += std::max<int64_t>(1, (end - now) / shape.alive);
  }
  std::stable_sort(timed.begin(), timed.end(),
                   [](const Timed& a, const Timed& b) { return a.time < b.time; });
  std::vector<Command> out;
  out.reserve(timed.size());
  for (const Timed& t : timed) {
    out.push_back(t.command);
  }
  return out;
}

}  // namespace tw::book
