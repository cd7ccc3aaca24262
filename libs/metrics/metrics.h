// Metrics in Prometheus terms: counters, gauges and histograms with labels, shown by /metrics.
//
// A service has one Registry and a struct of handles made at start (its metrics.h); call sites use
// the struct's verbs, never names. Handles are pointers: copy them freely, use them from any
// thread, but not after the registry is gone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/time.h"

namespace tw::metrics {

using Labels = std::map<std::string, std::string>;

// Only grows. A default-constructed handle swallows what it is given.
class Counter {
 public:
  Counter() = default;
  void Add(double amount = 1) const;  // amount < 0 is ignored
  double value() const;

 private:
  friend class Registry;
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void Set(double value) const;
  void Add(double amount) const;
  double value() const;

 private:
  friend class Registry;
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void Observe(double value) const;
  void Observe(Duration span) const { Observe(span.seconds()); }

 private:
  friend class Registry;
  explicit Histogram(void* histogram) : histogram_(histogram) {}
  void* histogram_ = nullptr;
};

// Seconds: 1, 2, 5 of each decade from 10 us to 10 s.
std::vector<double> LatencyBuckets();

// Series per metric name: past it, every new label set shares one series labelled overflow="true".
inline constexpr size_t kSeriesMax = 1000;

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The handle of the series `name{labels}`; the same one when asked again.
  // REQUIRES: names are [a-zA-Z_:][a-zA-Z0-9_:]*, label names likewise without ':' and not starting
  // with "__", and one name is always one kind with one help text.
  Counter AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram AddHistogram(const std::string& name,
                         const std::string& help,
                         const Labels& labels = {},
                         const std::vector<double>& buckets = LatencyBuckets());

  // Runs at the start of every Text(), on its thread: for gauges that are read rather than kept.
  void OnText(std::function<void()> update);

  // Everything, in Prometheus text format (text/plain; version=0.0.4).
  std::string Text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// This process's memory, CPU time, open files and start time under their conventional names
// (process_resident_memory_bytes and so on), read at each Text().
void AddProcessMetrics(Registry& registry);

}  // namespace tw::metrics
