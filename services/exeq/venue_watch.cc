#include "services/exeq/venue_watch.h"

#include <utility>

namespace tw::exeq {
namespace {

constexpr Duration kAnswerTimeout = Duration::Seconds(1);

}  // namespace

VenueWatch::VenueWatch(TimerThread& timers,
                       std::shared_ptr<rpc::Channel> live_gateway,
                       Duration period,
                       std::function<void(const v1::ListVenueOrdersResponse&)> on_seen)
    : timers_(timers),
      live_gateway_(std::move(live_gateway)),
      period_(period),
      on_seen_(std::move(on_seen)) {}

VenueWatch::~VenueWatch() {
  Stop();
}

void VenueWatch::Start() {
  timer_ = timers_.Every(period_, [this] { Ask(); });
  Ask();
}

void VenueWatch::Stop() {
  if (timer_ != 0) {
    timers_.Cancel(timer_);
  }
  std::unique_lock lock(mutex_);
  stopped_ = true;
  answered_.wait(lock, [this] { return !asking_; });
}

void VenueWatch::Ask() {
  {
    const std::lock_guard lock(mutex_);
    if (asking_ || stopped_) {
      return;
    }
    asking_ = true;
  }
  live_gateway_->Call<v1::GetVenueStatusRequest, v1::GetVenueStatusResponse>(
      "tradewind.v1.VenueService/GetVenueStatus", v1::GetVenueStatusRequest(), kAnswerTimeout,
      [this](const absl::StatusOr<v1::GetVenueStatusResponse>& answer) { OnAnswer(answer); });
}

void VenueWatch::OnAnswer(const absl::StatusOr<v1::GetVenueStatusResponse>& answer) {
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    if (answer.ok()) {
      last_ = *answer;
    } else {
      for (v1::VenueStatus& venue : *last_.mutable_venues()) {
        venue.set_connected(false);
      }
    }
    std::vector<VenueView> venues;
    for (const v1::VenueStatus& venue : last_.venues()) {
      venues.push_back(Decode(venue));
    }
    router_.SetVenues(std::move(venues));
    again = answer.ok() && !fault_.empty();
  }
  if (again) {
    AskOrders();
  } else {
    Finish(answer.status());
  }
}

void VenueWatch::AskOrders() {
  live_gateway_->Call<v1::ListVenueOrdersRequest, v1::ListVenueOrdersResponse>(
      "tradewind.v1.VenueService/ListVenueOrders", v1::ListVenueOrdersRequest(), kAnswerTimeout,
      [this](const absl::StatusOr<v1::ListVenueOrdersResponse>& orders) {
        if (orders.ok()) {
          on_seen_(*orders);
        }
        Finish(orders.status());
      });
}

void VenueWatch::Finish(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  fault_ = status.ok() ? "" : "live-gateway does not answer: " + std::string(status.message());
  asking_ = false;
  answered_.notify_all();
}

v1::ListVenuesResponse VenueWatch::List() const {
  const std::lock_guard lock(mutex_);
  v1::ListVenuesResponse response;
  for (const v1::VenueStatus& venue : last_.venues()) {
    *response.add_venues() = Encode(venue);
  }
  return response;
}

std::string VenueWatch::Choose(const std::string& symbol) const {
  const std::lock_guard lock(mutex_);
  return router_.Choose(symbol).value_or("");
}

std::vector<VenueFacts> VenueWatch::Facts(const std::string& symbol) const {
  const std::lock_guard lock(mutex_);
  return router_.List(symbol);
}

bool VenueWatch::several() const {
  const std::lock_guard lock(mutex_);
  return router_.several();
}

std::string VenueWatch::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

}  // namespace tw::exeq
