// Which orders are traced, and what happened to them in this process: each stage is a log line that
// carries the order's id and trace id, and is kept in memory for `tradewind trace ORDER`.
//
//   trace::Begin(id, command.traceparent());            // where an order comes in; "" is the rule
//   trace::Note({"exeq", "order_routed"}, id, {{"venue", venue}});
//
// Few orders are traced (see Admission), and a stage of one that is not costs a look at one
// counter; where making the fields costs something, ask MayKnow first.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/time.h"
#include "libs/core/ids.h"
#include "libs/log/line.h"
#include "libs/trace/context.h"

namespace tw::trace {

struct OrdersOptions {
  size_t orders_max = 1024;  // the oldest is forgotten for a new one
  size_t lines_max = 64;     // of one order; later ones are logged, but not kept
};

// Any thread.
class Orders {
 public:
  explicit Orders(OrdersOptions options = {});
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  // Traces the order from now on if `traceparent` is one and says sampled. An order has one trace:
  // a second Begin changes nothing. True: it is traced now.
  bool Begin(OrderId id, std::string_view traceparent);
  // Logs the stage and keeps it. Nothing for an order that is not traced.
  void Note(const log::LineHead& stage, OrderId id, log::Fields fields = {});
  // What goes on to the next service: "" for an order that is not traced.
  std::string Traceparent(OrderId id) const;
  // Maybe: false is sure.
  bool MayKnow(OrderId id) const { return filter_[Slot(id)].load(std::memory_order_relaxed) != 0; }

  // The stages as JSON objects, in the order in which they were noted: those of `service`, where
  // several share the process, or with "" all.
  std::vector<std::string> Lines(OrderId id, std::string_view service = {}) const;
  // The same as one JSON array.
  std::string Json(OrderId id, std::string_view service = {}) const;
  size_t size() const;

 private:
  static constexpr size_t kFilterBits = 16;

  struct Line {
    std::string service;
    std::string text;
  };
  struct Entry {
    Context context;
    std::vector<Line> lines;
  };

  static size_t Slot(OrderId id) {
    return static_cast<size_t>((id.value() * 0x9e3779b97f4a7c15ULL) >> (64 - kFilterBits));
  }

  const OrdersOptions options_;
  // Per slot, how many traced orders fall into it.
  std::array<std::atomic<uint16_t>, size_t{1} << kFilterBits> filter_{};
  mutable std::mutex mutex_;
  absl::flat_hash_map<OrderId, Entry> entries_;
  std::deque<OrderId> oldest_first_;
};

// The process's own.
Orders& TheOrders();

inline bool Begin(OrderId id, std::string_view traceparent) {
  return !traceparent.empty() && TheOrders().Begin(id, traceparent);
}
inline bool MayKnow(OrderId id) {
  return TheOrders().MayKnow(id);
}
inline void Note(const log::LineHead& stage, OrderId id, log::Fields fields = {}) {
  if (MayKnow(id)) {
    TheOrders().Note(stage, id, fields);
  }
}
inline std::string Traceparent(OrderId id) {
  return TheOrders().Traceparent(id);
}

}  // namespace tw::trace
