#include "bench/load/waterfall.h"

#include <algorithm>
#include <cmath>

namespace tw::load {

void Waterfall::Answered(const std::string& order_id,
                         int64_t sent_ns,
                         const v1::OrderTrace& trace,
                         int64_t received_ns) {
  const std::lock_guard lock(mutex_);
  Add(sent_ns, sent_ns,
      {{"client to gateway", trace.gateway_in_ns()},
       {"to oms", trace.oms_in_ns()},
       {"oms: takes the order", trace.risk_asked_ns()},
       {"to risk", trace.risk_in_ns()},
       {"risk: decides", trace.risk_out_ns()},
       {"back to oms", trace.risk_answered_ns()},
       {"oms: journal sync", trace.synced_ns()},
       {"answer to gateway", trace.gateway_out_ns()},
       {"answer to client", received_ns}});
  waiting_[order_id] = sent_ns;
}

void Waterfall::Returned(const v1::OrderEvent& event) {
  if (!event.has_trace()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(event.order().order_id());
  if (found == waiting_.end()) {
    return;
  }
  const v1::OrderTrace& trace = event.trace();
  Add(found->second, trace.synced_ns(),
      {{"venue's way: to exeq", trace.exeq_in_ns()},
       {"venue's way: to live-gateway", trace.venue_in_ns()},
       {"venue's way: venue, journal sync", trace.venue_out_ns()},
       {"venue's way: back to exeq", trace.exeq_out_ns()},
       {"venue's way: back to oms", trace.oms_back_ns()}});
  waiting_.erase(found);
}

// With the lock held.
void Waterfall::Add(int64_t sent_ns, int64_t from_ns, const std::vector<Stop>& stops) {
  for (const Stop& stop : stops) {
    if (stop.at_ns == 0 || from_ns == 0) {
      continue;
    }
    auto column = std::find_if(columns_.begin(), columns_.end(),
                               [&](const Column& c) { return c.name == stop.name; });
    if (column == columns_.end()) {
      columns_.push_back({stop.name, {}, 0});
      column = std::prev(columns_.end());
    }
    column->lasts.Record(stop.at_ns - from_ns);
    column->begins_ns += static_cast<double>(from_ns - sent_ns);
    from_ns = stop.at_ns;
  }
}

size_t Waterfall::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::vector<WaterfallRow> Waterfall::Rows() const {
  const std::lock_guard lock(mutex_);
  std::vector<WaterfallRow> rows;
  for (const Column& column : columns_) {
    WaterfallRow row;
    row.name = column.name;
    row.stage.count = column.lasts.count();
    row.stage.mean = {std::llround(column.lasts.mean_ns())};
    row.stage.p50 = column.lasts.Percentile(50);
    row.stage.p99 = column.lasts.Percentile(99);
    row.begins = {std::llround(column.begins_ns / static_cast<double>(column.lasts.count()))};
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tw::load
