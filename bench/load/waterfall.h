// Waterfall: where the time of an order went, from the time stamps that travel with some of them.
//
// Two ways begin at the client: the answer's (risk, journal sync, back) and, from the sync on, the
// venue's. Each stage lasts from the stamp before it to its own; a service that the order did not
// pass (the gateway, say) has none. All services are taken to share one clock. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "bench/load/histogram.h"
#include "bench/load/scrape.h"
#include "tradewind/v1/order.pb.h"

namespace tw::load {

namespace v1 = ::tradewind::v1;

struct WaterfallRow {
  std::string name;  // "oms: journal sync"
  Duration begins;   // mean, since the client sent the order
  Stage stage;
};

class Waterfall {
 public:
  // An accepted order's answer, with what the client knows itself. Times as in OrderTrace.
  void Answered(const std::string& order_id,
                int64_t sent_ns,
                const v1::OrderTrace& trace,
                int64_t received_ns);
  // An event about an order; what is not the first report of one that was answered is ignored.
  void Returned(const v1::OrderEvent& event);

  // Orders whose way from the venue is not known yet.
  size_t waiting() const;
  std::vector<WaterfallRow> Rows() const;

 private:
  struct Column {
    std::string name;
    Histogram lasts;
    double begins_ns = 0;  // sum
  };
  // A stamp and what the time up to it is called.
  struct Stop {
    const char* name;
    int64_t at_ns;
  };
  void Add(int64_t sent_ns, int64_t from_ns, const std::vector<Stop>& stops);

  mutable std::mutex mutex_;
  std::vector<Column> columns_;             // in the order in which they were first met
  std::map<std::string, int64_t> waiting_;  // by order: when it was sent
};

}  // namespace tw::load
