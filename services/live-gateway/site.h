// Site: one venue, and what stands before it. Owned by Venue; status() is for any thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "services/live-gateway/breaker.h"
#include "services/live-gateway/feed.h"
#include "services/live-gateway/paper_venue.h"
#include "tradewind/v1/venue.pb.h"

namespace tw::live_gateway {

class Site {
 public:
  Site(std::unique_ptr<OrderVenue> venue, BreakerConfig config);

  // Owner only:
  OrderVenue& venue() { return *venue_; }
  const OrderVenue& venue() const { return *venue_; }
  PaperVenue* paper() { return paper_; }  // null: a session with another house
  Breaker& breaker() { return breaker_; }
  FeedEncoder* feed() { return feed_.get(); }  // null: no market data of its own, or not open yet
  const FeedEncoder* feed() const { return feed_.get(); }
  void StartFeed(uint64_t first_source_seq);
  bool panicked() const { return panicked_; }
  void SetPanicked(bool panicked, const std::string& reason);
  // Why no new order may go there now; kNone: one may.
  RejectReason WhyClosed(std::string& message) const;
  // Makes what has changed visible.
  void Publish(Timestamp now);

  // Any thread:
  v1::VenueStatus status() const;

 private:
  v1::VenueStatus Describe(bool rests) const;

  const std::unique_ptr<OrderVenue> venue_;
  PaperVenue* const paper_;
  Breaker breaker_;
  std::unique_ptr<FeedEncoder> feed_;
  bool panicked_ = false;
  std::string panic_reason_;
  // What status() was made of, to see whether it is still true.
  struct Seen {
    bool connected = false;
    bool breaker_open = false;
    bool rests = false;
    bool panicked = false;
    std::vector<std::string> driven;
    friend bool operator==(const Seen&, const Seen&) = default;
  } seen_;
  std::atomic<size_t> open_orders_{0};
  mutable std::mutex mutex_;
  v1::VenueStatus status_;
};

}  // namespace tw::live_gateway
