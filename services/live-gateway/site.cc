#include "services/live-gateway/site.h"

#include <utility>

namespace tw::live_gateway {

Site::Site(std::unique_ptr<OrderVenue> venue, BreakerConfig config)
    : venue_(std::move(venue)),
      paper_(dynamic_cast<PaperVenue*>(venue_.get())),
      breaker_(config),
      status_(Describe(false)) {
  status_.set_connected(false);  // nothing is open yet
  status_.set_takes_orders(false);
}

void Site::StartFeed(uint64_t first_source_seq) {
  if (paper_ != nullptr) {
    feed_ = std::make_unique<FeedEncoder>(venue_->name(), paper_->exchange(), first_source_seq);
  }
}

void Site::SetPanicked(bool panicked, const std::string& reason) {
  panicked_ = panicked;
  panic_reason_ = reason;
}

RejectReason Site::WhyClosed(std::string& message) const {
  if (panicked_) {
    message = "venue " + venue_->name() + " is stopped: " + panic_reason_;
    return RejectReason::kVenueHalted;
  }
  if (!venue_->connected()) {
    message = "the session with venue " + venue_->name() + " is down";
    return RejectReason::kVenueSessionDown;
  }
  return RejectReason::kNone;
}

v1::VenueStatus Site::Describe(bool rests) const {
  v1::VenueStatus status;
  status.set_name(venue_->name());
  status.set_mode(venue_->mode());
  status.set_connected(venue_->connected());
  status.set_panicked(panicked_);
  status.set_breaker_open(breaker_.open());
  std::string reason;
  const bool closed = WhyClosed(reason) != RejectReason::kNone;
  if (!closed && rests) {
    reason = "refused " + std::to_string(breaker_.in_a_row()) + " orders in a row";
  }
  if (reason.empty() && venue_->symbols().empty()) {
    reason = "only makes market data";
  }
  status.set_takes_orders(reason.empty());
  status.set_reason(reason);
  for (const std::string& symbol : venue_->symbols()) {
    status.add_symbols(symbol);
  }
  const VenueTerms terms = venue_->terms();
  status.set_maker_fee_e8(terms.maker_fee_e8);
  status.set_taker_fee_e8(terms.taker_fee_e8);
  status.set_minimum_fee_e8(terms.minimum_fee_e8);
  status.set_latency_to_us(terms.latency_to.ns / 1'000);
  status.set_latency_from_us(terms.latency_from.ns / 1'000);
  if (paper_ != nullptr) {
    for (const std::string& symbol : paper_->driven_symbols()) {
      status.add_driven_symbols(symbol);
    }
  }
  return status;
}

void Site::Publish(Timestamp now) {
  open_orders_ = venue_->open_order_count();
  const bool rests = breaker_.Rests(now);
  Seen seen{venue_->connected(), breaker_.open(), rests, panicked_,
            paper_ != nullptr ? paper_->driven_symbols() : std::vector<std::string>()};
  if (seen == seen_) {
    return;
  }
  seen_ = std::move(seen);
  v1::VenueStatus described = Describe(rests);
  const std::lock_guard lock(mutex_);
  status_ = std::move(described);
}

v1::VenueStatus Site::status() const {
  v1::VenueStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  status.set_open_orders(static_cast<int64_t>(open_orders_.load()));
  return status;
}

}  // namespace tw::live_gateway
