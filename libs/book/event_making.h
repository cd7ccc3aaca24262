// How the files of the book write their events. Private to libs/book.
#pragma once

#include <cstdint>

#include "libs/book/event_ring.h"
#include "libs/book/types.h"

namespace tw::book {

// Which order an event is about.
struct Subject {
  Side side;
  uint64_t id;
  int64_t price;
};

inline void PutOrder(EventRing& out,
                     EventType type,
                     Reason reason,
                     Subject subject,
                     int64_t quantity,
                     int64_t leaves) {
  Event& e = out.Push();
  e.type = type;
  e.reason = reason;
  e.side = subject.side;
  e.order = subject.id;
  e.maker = 0;
  e.price = subject.price;
  e.quantity = quantity;
  e.leaves = leaves;
  e.maker_leaves = 0;
}

inline void PutCanceled(EventRing& out, Reason reason, Subject subject, int64_t quantity) {
  PutOrder(out, EventType::kCanceled, reason, subject, quantity, 0);
}

}  // namespace tw::book
