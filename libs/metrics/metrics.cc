#include "libs/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <unordered_map>

#include "libs/base/check.h"

namespace tw::metrics {
namespace {

const Labels kOverflow = {{"overflow", "true"}};

}  // namespace

void Counter::Add(double amount) const {
  if (counter_ != nullptr && amount > 0) {
    static_cast<prometheus::Counter*>(counter_)->Increment(amount);
  }
}
double Counter::value() const {
  return counter_ == nullptr ? 0 : static_cast<prometheus::Counter*>(counter_)->Value();
}

void Gauge::Set(double value) const {
  if (gauge_ != nullptr) {
    static_cast<prometheus::Gauge*>(gauge_)->Set(value);
  }
}
void Gauge::Add(double amount) const {
  if (gauge_ != nullptr) {
    static_cast<prometheus::Gauge*>(gauge_)->Increment(amount);
  }
}
double Gauge::value() const {
  return gauge_ == nullptr ? 0 : static_cast<prometheus::Gauge*>(gauge_)->Value();
}

void Histogram::Observe(double value) const {
  if (histogram_ != nullptr) {
    static_cast<prometheus::Histogram*>(histogram_)->Observe(value);
  }
}

std::vector<double> LatencyBuckets() {
  std::vector<double> buckets;
  for (const double decade : {1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0}) {
    for (const double step : {1.0, 2.0, 5.0}) {
      buckets.push_back(decade * step);
    }
  }
  buckets.push_back(10.0);
  return buckets;
}

struct Registry::State {
  prometheus::Registry registry;  // thread-safe
  mutable std::mutex mutex;
  std::unordered_map<std::string, size_t> series;  // per name; guarded by mutex
  std::vector<std::function<void()>> updates;      // guarded by mutex

  // The labels to use: the given ones, or the overflow's when `name` has enough series.
  template <typename Family>
  const Labels& Admit(Family& family, const std::string& name, const Labels& labels) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (family.Has(labels)) {
      return labels;
    }
    size_t& count = series[name];
    if (count >= kSeriesMax) {
      return kOverflow;
    }
    ++count;
    return labels;
  }
};

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

// prometheus-cpp throws std::invalid_argument for a malformed or contradictory name. Names are
// constants of the program, so that is a bug, and the uncaught exception stops it at start.
Counter Registry::AddCounter(const std::string& name,
                             const std::string& help,
                             const Labels& labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
  return Counter(&family.Add(state_->Admit(family, name, labels)));
}

Gauge Registry::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry);
  return Gauge(&family.Add(state_->Admit(family, name, labels)));
}

Histogram Registry::AddHistogram(const std::string& name,
                                 const std::string& help,
                                 const Labels& labels,
                                 const std::vector<double>& buckets) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
  return Histogram(&family.Add(state_->Admit(family, name, labels), buckets));
}

void Registry::OnText(std::function<void()> update) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->updates.push_back(std::move(update));
}

std::string Registry::Text() const {
  std::vector<std::function<void()>> updates;
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    updates = state_->updates;
  }
  for (const auto& update : updates) {
    update();
  }
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace tw::metrics
