// Several orders in one request: each for itself, or linked.
#include <mutex>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "services/oms/requests.h"

namespace tw::oms {
namespace {

// The answers of a batch, which come from any thread.
class Batch {
 public:
  Batch(int orders, Done<v1::SubmitOrdersResponse> done) : owed_(orders), done_(std::move(done)) {
    for (int i = 0; i < orders; ++i) {
      response_.add_results();
    }
  }

  void Answer(int place, const absl::StatusOr<v1::Order>& order) {
    {
      const std::lock_guard lock(mutex_);
      v1::SubmitResult& result = *response_.mutable_results(place);
      if (order.ok()) {
        *result.mutable_order() = *order;
      } else {
        v1::ErrorDetail& error = *result.mutable_error();
        error.set_code(absl::StatusCodeToString(order.status().code()));
        error.set_message(std::string(order.status().message()));
        error.set_field(FieldOf(order.status()));
      }
      if (--owed_ > 0) {
        return;
      }
    }
    done_(std::move(response_));
  }

 private:
  std::mutex mutex_;
  int owed_;
  v1::SubmitOrdersResponse response_;
  const Done<v1::SubmitOrdersResponse> done_;
};

// What a leg leaves empty is the first order's.
v1::SubmitOrderRequest Completed(v1::SubmitOrderRequest order,
                                 const v1::SubmitOrderRequest& first) {
  const auto inherit = [](const std::string& from, std::string* to) {
    if (to->empty()) {
      *to = from;
    }
  };
  inherit(first.account(), order.mutable_account());
  inherit(first.symbol(), order.mutable_symbol());
  inherit(first.strategy(), order.mutable_strategy());
  inherit(first.quantity(), order.mutable_quantity());
  return order;
}

// The field as it is called in the request: "legs[1].price".
absl::Status Within(const absl::Status& status, const std::string& place) {
  const std::string field = FieldOf(status);
  if (field.empty()) {
    return status;
  }
  return FieldError(place + "." + field,
                    std::string(status.message().substr(field.size() + 2)));  // behind its name
}

}  // namespace

void Requests::SubmitBatch(const v1::SubmitOrdersRequest& request,
                           Done<v1::SubmitOrdersResponse> done) {
  if (request.orders().empty() || request.orders_size() > kBatchMax) {
    done(FieldError("orders", "must be 1 to " + std::to_string(kBatchMax) + " orders, found " +
                                  std::to_string(request.orders_size())));
    return;
  }
  const auto batch = std::make_shared<Batch>(request.orders_size(), std::move(done));
  const auto gathering = Gather();  // one question to risk, one sync
  for (int i = 0; i < request.orders_size(); ++i) {
    Submit(request.orders(i), [batch, i](const auto& order) { batch->Answer(i, order); });
  }
}

absl::StatusOr<std::vector<NewOrder>> Requests::DecodeLinked(
    const v1::SubmitLinkedOrdersRequest& request) {
  const absl::StatusOr<LinkKind> kind = FromProto(request.kind());
  if (!kind.ok()) {
    return FieldError("kind", std::string(kind.status().message()));
  }
  if (request.legs().empty() || request.legs_size() > 2) {
    return FieldError("legs", "must be one or two orders");
  }
  const v1::SubmitOrderRequest& first = request.has_parent() ? request.parent() : request.legs(0);
  std::vector<NewOrder> orders;
  if (request.has_parent()) {
    absl::StatusOr<NewOrder> parent = Decode(request.parent());
    if (!parent.ok()) {
      return Within(parent.status(), "parent");
    }
    parent->link = {{}, *kind, LinkRole::kParent};
    orders.push_back(*std::move(parent));
  }
  for (int i = 0; i < request.legs_size(); ++i) {
    absl::StatusOr<NewOrder> leg = Decode(Completed(request.legs(i), first));
    if (!leg.ok()) {
      return Within(leg.status(), "legs[" + std::to_string(i) + "]");
    }
    leg->link = {{}, *kind, LinkRole::kLeg};
    orders.push_back(*std::move(leg));
  }
  const absl::Status can = CheckLinked(*kind, orders);
  if (!can.ok()) {
    return FieldError(request.kind() == v1::LINK_KIND_UNSPECIFIED ? "kind" : "legs",
                      std::string(can.message()));
  }
  return orders;
}

void Requests::SubmitLinked(const v1::SubmitLinkedOrdersRequest& request,
                            Done<v1::LinkedOrders> done) {
  absl::StatusOr<std::vector<NewOrder>> orders = DecodeLinked(request);
  if (!orders.ok()) {
    done(orders.status());
    return;
  }
  Post<v1::LinkedOrders>(LinkedCommand{*std::move(orders), done}, Lane::kNormal, done);
}

}  // namespace tw::oms
