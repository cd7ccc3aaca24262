// tidy: analytics file, a statistic of quotes that nothing is booked by
#include "services/feature-pipeline/order_flow.h"

#include <algorithm>

namespace tw::features {

__int128 OrderFlowE8(const Quote& before, const Quote& now) {
  __int128 e = 0;
  e += now.bid >= before.bid ? now.bid_size.e8() : 0;
  e -= now.bid <= before.bid ? before.bid_size.e8() : 0;
  e -= now.ask <= before.ask ? now.ask_size.e8() : 0;
  e += now.ask >= before.ask ? before.ask_size.e8() : 0;
  return e;
}

void OrderFlow::OnQuote(const Quote& quote, Timestamp time) {
  if (!any_) {
    any_ = true;
    begun_ = time;
    newest_ = time;
    last_ = quote;
    return;
  }
  newest_ = std::max(newest_, time);
  const __int128 e = OrderFlowE8(last_, quote);
  last_ = quote;
  events_.emplace_back(newest_, e);
  sum_ += e;
  while (events_.front().first <= newest_ - window_) {
    sum_ -= events_.front().second;
    events_.pop_front();
  }
  if (events_.size() > kEventsMax) {
    begun_ = events_.front().first;
    sum_ -= events_.front().second;
    events_.pop_front();
  }
}

void OrderFlow::Reset() {
  *this = OrderFlow(window_);
}

}  // namespace tw::features
