#include "services/normalizer/top_of_book.h"

namespace tw::normalizer {

void TopOfBook::OnQuote(const Quote& quote, Timestamp time, Timestamp now) {
  last_message_ = now;
  if (!merge_) {
    quote_ = quote;
    Judge();
    return;
  }
  const int64_t millisecond = time.ns / Duration::Millis(1).ns;
  if (millisecond != millisecond_) {
    Settle();
    millisecond_ = millisecond;
  }
  if (!quote.bid.price.IsZero()) {
    quote_.bid = quote.bid;
  }
  if (!quote.ask.price.IsZero()) {
    quote_.ask = quote.ask;
  }
  judged_ = false;
}

void TopOfBook::Settle() {
  if (!judged_) {
    judged_ = true;
    Judge();
  }
}

void TopOfBook::OnTime(Timestamp now) {
  if (!suspended_ && !empty() && stale_ == StaleReason::kNone &&
      now - last_message_ > silence_max_) {
    stale_ = StaleReason::kTimeout;
  }
}

void TopOfBook::Suspend(bool suspended, Timestamp now) {
  if (suspended_ == suspended) {
    return;
  }
  suspended_ = suspended;
  if (!empty()) {
    last_message_ = now;
  }
  stale_ = crossed_now() && !suspended_ ? StaleReason::kCrossed : StaleReason::kNone;
}

bool TopOfBook::crossed_now() const {
  return !quote_.ask.price.IsZero() && quote_.bid.price > quote_.ask.price;
}

void TopOfBook::Judge() {
  const bool crossed = crossed_now();
  crossed_ += crossed ? 1 : 0;
  locked_ += !quote_.ask.price.IsZero() && quote_.bid.price == quote_.ask.price ? 1 : 0;
  stale_ = crossed && !suspended_ ? StaleReason::kCrossed : StaleReason::kNone;
}

}  // namespace tw::normalizer
