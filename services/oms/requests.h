// Requests: every operation of OrderService as a call with a callback, the same for gRPC and REST.
// Checks what is asked, posts it to the engine and shapes the answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/trace/admission.h"
#include "services/oms/engine.h"
#include "tradewind/v1/order.pb.h"

namespace tw::oms {

struct OrderScan;

inline constexpr int kBatchMax = 256;
inline constexpr size_t kReasonMax = 256;  // bytes of why an operator does something
inline constexpr size_t kByMax = 64;       // of who does it

template <typename T>
using Done = std::function<void(absl::StatusOr<T>)>;

// Any thread. `done` runs exactly once, perhaps before the call returns.
class Requests {
 public:
  // The engine outlives the object. A list of orders looks at `scan_max` of them between other
  // commands.
  explicit Requests(Engine& engine,
                    size_t scan_max = 10'000,
                    trace::AdmissionOptions tracing = {.made_burst = 0})
      : engine_(engine), scan_max_(scan_max), admission_(tracing) {}

  // Several commands at once: hold what it answers while posting them.
  Sequencer<Command>::Gathering Gather() { return engine_.Gather(); }

  void Submit(const v1::SubmitOrderRequest& request,
              Done<v1::Order> done,
              TracePtr trace = nullptr);
  // Up to kBatchMax orders; answered when the last of them is.
  void SubmitBatch(const v1::SubmitOrdersRequest& request, Done<v1::SubmitOrdersResponse> done);
  void SubmitLinked(const v1::SubmitLinkedOrdersRequest& request, Done<v1::LinkedOrders> done);
  void Replace(const v1::ReplaceOrderRequest& request, Done<v1::Order> done);
  void Cancel(const v1::CancelOrderRequest& request, Done<v1::Order> done);
  void CancelAll(const v1::CancelAllOrdersRequest& request, Done<v1::CancelAllOrdersResponse> done);
  // An operator ends an uncertain order.
  void Resolve(const v1::ResolveOrderRequest& request, Done<v1::Order> done);
  void Get(const v1::GetOrderRequest& request, Done<v1::Order> done);
  void List(const v1::ListOrdersRequest& request, Done<v1::ListOrdersResponse> done);
  void ListFills(const v1::ListFillsRequest& request, Done<v1::ListFillsResponse> done);
  void Preview(const v1::SubmitOrderRequest& request, Done<v1::PreviewOrderResponse> done);

 private:
  void Scan(std::shared_ptr<OrderScan> scan, Done<v1::ListOrdersResponse> done);
  // Posts, or answers why not.
  template <typename T>
  void Post(Command command, Lane lane, const Done<T>& done) {
    if (!engine_.open()) {
      done(absl::UnavailableError("recovering"));
    } else if (!engine_.Post(std::move(command), lane)) {
      done(absl::ResourceExhaustedError("too many requests wait"));
    }
  }

  Engine& engine_;
  static absl::StatusOr<std::vector<NewOrder>> DecodeLinked(
      const v1::SubmitLinkedOrdersRequest& request);

  const size_t scan_max_;
  trace::Admission admission_;
};

}  // namespace tw::oms
