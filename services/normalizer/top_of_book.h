// TopOfBook: level 1. The best bid and offer of one venue from its quotes, and whether it can be
// trusted. One owner.
//
// A live quote is whole: it is judged as it comes. A recorded one may carry one side only, which
// leaves the other as it was, and whether the two cross is judged once all rows of a millisecond
// are in. Crossed is a bid above the ask; equal is locked, which happens where quotes of several
// exchanges are one stream.
#pragma once

#include <cstdint>

#include "services/normalizer/book_builder.h"
#include "services/normalizer/tick.h"

namespace tw::normalizer {

struct Quote {
  Level bid;  // price zero: no such side
  Level ask;

  friend constexpr bool operator==(const Quote&, const Quote&) = default;
};

class TopOfBook {
 public:
  // `merge`: rows of one side, judged by the millisecond.
  TopOfBook(bool merge, Duration silence_max) : merge_(merge), silence_max_(silence_max) {}

  // The venue's time, and the local one.
  void OnQuote(const Quote& quote, Timestamp time, Timestamp now);
  // No quote of an earlier time than this will come.
  void Settle();
  void OnMessage(Timestamp now) { last_message_ = now; }
  void OnTime(Timestamp now);
  void Suspend(bool suspended, Timestamp now);

  bool empty() const { return !last_message_.IsSet(); }
  const Quote& quote() const { return quote_; }
  StaleReason stale() const { return stale_; }
  uint64_t crossed() const { return crossed_; }  // times that it was found so
  uint64_t locked() const { return locked_; }

 private:
  void Judge();
  bool crossed_now() const;

  bool merge_;
  Duration silence_max_;
  Quote quote_;
  int64_t millisecond_ = 0;
  bool judged_ = true;
  bool suspended_ = false;
  Timestamp last_message_;
  StaleReason stale_ = StaleReason::kNone;
  uint64_t crossed_ = 0;
  uint64_t locked_ = 0;
};

}  // namespace tw::normalizer
