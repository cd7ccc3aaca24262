#include "services/gateway/order_life.h"

#include <mutex>
#include <utility>
#include <vector>

#include "libs/convert/orders.h"
#include "libs/core/ids.h"
#include "libs/json/json.h"
#include "tradewind/v1/events.pb.h"

namespace tw::gateway {
namespace {

constexpr uint64_t kWindowFirst = 1'024;  // events before the order's last one
constexpr uint64_t kWindowGrowth = 16;

using LedgerStream = rpc::Stream<v1::StreamLedgerRequest, v1::LedgerBatch>;

// One reading of the ledger, on gRPC's threads; the timer ends one that takes too long.
class Search : public std::enable_shared_from_this<Search> {
 public:
  Search(std::shared_ptr<rpc::Channel> channel, OrderId id, uint64_t last, Done<std::string> done)
      : channel_(std::move(channel)),
        id_(id.value()),
        last_(last),
        window_(kWindowFirst),
        done_(std::move(done)) {}

  void Start() {
    from_ = last_ > window_ ? last_ - window_ : 1;
    v1::StreamLedgerRequest request;
    request.set_from_sequence(from_);
    request.set_consumer("gateway");
    const LedgerStream stream = channel_->Open<v1::StreamLedgerRequest, v1::LedgerBatch>(
        "tradewind.v1.OrderLedgerService/StreamLedger",
        [self = shared_from_this(), &request](const LedgerStream& opened) {
          opened.OnMessage([self](const v1::LedgerBatch& batch) { self->OnBatch(batch); });
          opened.OnClosed([self](const absl::Status& status) { self->OnClosed(status); });
          opened.Write(request);
          opened.Finish();
        });
    bool enough = false;
    {
      const std::lock_guard lock(mutex_);
      stream_ = stream;
      enough = finished_ || over_;
    }
    if (enough) {
      stream.Cancel();
    }
  }

  void TimeOut() {
    LedgerStream stream;
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      stream = stream_;
    }
    if (stream) {
      stream.Cancel();
    }
  }

 private:
  void OnBatch(const v1::LedgerBatch& batch) {
    LedgerStream enough;
    {
      const std::lock_guard lock(mutex_);
      Take(batch);
      if (reached_ >= last_ && !finished_) {
        finished_ = true;
        enough = stream_;
      }
    }
    if (enough) {
      enough.Cancel();
    }
  }

  void Take(const v1::LedgerBatch& batch) {
    for (const v1::LedgerEvent& event : batch.events()) {
      if (event.sequence() > last_) {
        break;
      }
      reached_ = event.sequence();
      if (event.order_id() == id_ && events_.size() < OrderLife::kEventsMax) {
        whole_ = whole_ || event.kind() == v1::ORDER_EVENT_KIND_SUBMITTED;
        events_.push_back(RenderEvent(event));
      }
    }
  }

  // Nothing follows on this stream.
  void OnClosed(const absl::Status& status) {
    {
      const std::lock_guard lock(mutex_);
      stream_.Reset();
      if (finished_ && !whole_ && from_ > 1 && !over_) {
        window_ *= kWindowGrowth;
        events_.clear();
        reached_ = 0;
        finished_ = false;
      } else {
        ended_ = true;
      }
    }
    if (!ended_) {
      Start();
      return;
    }
    if (finished_) {
      std::string text = "[";
      for (const std::string& event : events_) {
        text += (text.size() > 1 ? "," : "") + event;
      }
      done_(text + "]");
    } else if (over_) {
      done_(
          absl::DeadlineExceededError("the order lies too far back in the ledger; `tradewind "
                                      "journal` reads it whole"));
    } else {
      done_(Forwarder::Explain(
          Peer::kOms, status.ok() ? absl::UnavailableError("the stream was ended") : status));
    }
  }

  const std::shared_ptr<rpc::Channel> channel_;
  const uint64_t id_;
  const uint64_t last_;
  uint64_t window_;
  const Done<std::string> done_;
  std::mutex mutex_;
  LedgerStream stream_;
  uint64_t from_ = 0;
  uint64_t reached_ = 0;
  std::vector<std::string> events_;
  bool whole_ = false;     // its first event was seen
  bool finished_ = false;  // its last event was passed
  bool over_ = false;      // the time is
  bool ended_ = false;
};

}  // namespace

std::string RenderEvent(const v1::LedgerEvent& event) {
  std::string text = json::ToJson(PublicEvent(event));
  if (event.has_risk()) {
    text.pop_back();  // the brace
    text += ",\"decision\":" + json::ToJson(PublicPreview(event.risk())) + "}";
  }
  return text;
}

void OrderLife::Read(const std::string& order_id, Done<std::string> done) {
  const std::optional<OrderId> id = OrderId::Parse(order_id);
  if (!id) {
    done(absl::InvalidArgumentError("is no order id such as 3-1042"));
    return;
  }
  if (reads_->fetch_add(1) >= kReadsMax) {
    --*reads_;
    done(absl::ResourceExhaustedError("too many lives of orders are being read"));
    return;
  }
  const Done<std::string> end = [reads = reads_, done = std::move(done)](const auto& answer) {
    --*reads;
    done(answer);
  };
  v1::GetOrderRequest request;
  request.set_order_id(order_id);
  forwarder_.Call<v1::GetOrderRequest, v1::Order>(
      methods::kGetOrder, request, kCallMax,
      [channel = forwarder_.shared_channel(Peer::kOms), &timers = timers_, id = *id,
       end](const absl::StatusOr<v1::Order>& order) {
        if (!order.ok()) {
          end(order.status());
          return;
        }
        const auto search = std::make_shared<Search>(channel, id, order->sequence(), end);
        timers.After(kCallMax - Duration::Millis(500), [weak = std::weak_ptr<Search>(search)] {
          if (const auto running = weak.lock()) {
            running->TimeOut();
          }
        });
        search->Start();
      });
}

}  // namespace tw::gateway
