#include "services/oms/requests.h"

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "libs/convert/orders.h"
#include "libs/sequencer/sequencer.h"

namespace tw::oms {
namespace {

constexpr int kLimitDefault = 100;
constexpr int kLimitMax = 1000;
constexpr Duration kPreviewTimeout = Duration::Seconds(1);

absl::StatusOr<size_t> Limit(int32_t asked) {
  if (asked < 0 || asked > kLimitMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  return static_cast<size_t>(asked == 0 ? kLimitDefault : asked);
}

absl::Status Recovering() {
  return absl::UnavailableError("recovering");
}

absl::StatusOr<OrderRef> Ref(const std::string& order_id,
                             const std::string& account,
                             const std::string& client_order_id) {
  OrderRef ref;
  if (!order_id.empty()) {
    const std::optional<OrderId> id = OrderId::Parse(order_id);
    if (!id) {
      return FieldError("order_id",
                        "is no order id such as 3-1042: '" + order_id.substr(0, 64) + "'");
    }
    ref.id = *id;
    return ref;
  }
  if (client_order_id.empty()) {
    return FieldError("order_id", "is required, or account and client_order_id");
  }
  ref.account = account.empty() ? "default" : account;
  ref.client_order_id = client_order_id;
  return ref;
}

bool Matches(const Order& order, const v1::ListOrdersRequest& request) {
  if ((!request.account().empty() && order.terms.account != request.account()) ||
      (!request.symbol().empty() && order.terms.symbol != request.symbol()) ||
      (request.open_only() && IsTerminal(order.phase))) {
    return false;
  }
  const auto status = static_cast<int>(order.status());
  return request.status().empty() || std::find(request.status().begin(), request.status().end(),
                                               status) != request.status().end();
}

constexpr bool IsOpenStatus(v1::OrderStatus status) {
  return status != v1::ORDER_STATUS_FILLED && status != v1::ORDER_STATUS_CANCELED &&
         status != v1::ORDER_STATUS_REJECTED && status != v1::ORDER_STATUS_EXPIRED;
}

// No finished order can match.
bool WantsOpenOnly(const v1::ListOrdersRequest& request) {
  return request.open_only() ||
         (!request.status().empty() &&
          std::all_of(request.status().begin(), request.status().end(), [](int status) {
            return IsOpenStatus(static_cast<v1::OrderStatus>(status));
          }));
}

// The matching ones of [begin, end), up to one more than the limit: that one says that there are
// more.
template <typename It, typename ToOrder>
std::vector<const Order*> Collect(
    It begin, It end, const v1::ListOrdersRequest& request, size_t limit, ToOrder to_order) {
  std::vector<const Order*> found;
  for (; begin != end && found.size() <= limit; ++begin) {
    const Order& order = to_order(*begin);
    if (Matches(order, request)) {
      found.push_back(&order);
    }
  }
  return found;
}

// `orders`: sorted by id, whatever it holds of them.
template <typename Orders, typename ToOrder>
v1::ListOrdersResponse ListFrom(const Orders& orders,
                                const v1::ListOrdersRequest& request,
                                std::optional<OrderId> after,
                                size_t limit,
                                ToOrder to_order) {
  std::vector<const Order*> found =
      after ? Collect(orders.upper_bound(*after), orders.end(), request, limit, to_order)
            : Collect(orders.rbegin(), orders.rend(), request, limit, to_order);
  const bool has_more = found.size() > limit;
  if (has_more) {
    found.pop_back();
  }
  if (!after) {
    std::reverse(found.begin(), found.end());
  }
  v1::ListOrdersResponse response;
  for (const Order* order : found) {
    *response.add_orders() = PublicOrder(*order);
  }
  if (after && has_more) {
    response.set_next(found.back()->id.ToString());
  }
  return response;
}

// Without a cursor the newest `limit`; with one the next `limit` after it. Oldest first either way.
v1::ListOrdersResponse ListFrom(const Ledger& ledger,
                                const v1::ListOrdersRequest& request,
                                std::optional<OrderId> after,
                                size_t limit) {
  if (WantsOpenOnly(request)) {
    return ListFrom(ledger.open_orders(), request, after, limit,
                    [&ledger](OrderId id) -> const Order& { return *ledger.Find(id); });
  }
  return ListFrom(ledger.orders(), request, after, limit,
                  [](const auto& entry) -> const Order& { return entry.second; });
}

absl::StatusOr<std::optional<OrderId>> OrderCursor(const std::string& after) {
  if (after.empty()) {
    return std::optional<OrderId>();
  }
  if (after == "0") {
    return std::optional<OrderId>(OrderId());  // from the beginning
  }
  const std::optional<OrderId> id = OrderId::Parse(after);
  if (!id) {
    return FieldError("after", "is no cursor: an order_id, or 0 for the beginning");
  }
  return std::optional<OrderId>(*id);
}

// Without a cursor the newest `limit`; with one those after it. Oldest first either way.
absl::StatusOr<v1::ListFillsResponse> FillsFrom(const LedgerStore& store,
                                                const FillFilter& filter,
                                                std::optional<uint64_t> after,
                                                size_t limit) {
  // One more than asked for says whether there are more.
  std::vector<uint64_t> sequences = store.fills().Find(filter, after, limit + (after ? 1 : 0));
  const bool has_more = sequences.size() > limit;
  if (has_more) {
    sequences.pop_back();
  }
  v1::ListFillsResponse response;
  for (const uint64_t sequence : sequences) {
    const auto page = store.Read(sequence, 1);
    if (page.events.empty()) {
      return absl::DataLossError("event " + std::to_string(sequence) +
                                 " of the journal cannot be read");
    }
    *response.add_fills() = tw::PublicFill(page.events.front()->Unpack());
  }
  if (has_more) {
    response.set_next(std::to_string(sequences.back()));
  }
  return response;
}

absl::StatusOr<std::optional<uint64_t>> FillCursor(const std::string& after) {
  if (after.empty()) {
    return std::optional<uint64_t>();
  }
  uint64_t sequence = 0;
  for (const char c : after) {
    if (c < '0' || c > '9' || sequence > (uint64_t{1} << 58)) {
      return FieldError("after", "is no cursor: the sequence of a fill, or 0 for the beginning");
    }
    sequence = sequence * 10 + static_cast<uint64_t>(c - '0');
  }
  return std::optional<uint64_t>(sequence);
}

}  // namespace

template <typename T>
void Requests::Post(Command command, Lane lane, const Done<T>& done) {
  if (!engine_.open()) {
    done(Recovering());
  } else if (!engine_.Post(std::move(command), lane)) {
    done(absl::ResourceExhaustedError("too many requests wait"));
  }
}

void Requests::Submit(const v1::SubmitOrderRequest& request, Done<v1::Order> done) {
  absl::StatusOr<NewOrder> order = Decode(request);
  if (!order.ok()) {
    done(order.status());
    return;
  }
  Post<v1::Order>(SubmitCommand{*std::move(order), done}, Lane::kNormal, done);
}

void Requests::Replace(const v1::ReplaceOrderRequest& request, Done<v1::Order> done) {
  const auto decode = [&]() -> absl::StatusOr<ReplaceCommand> {
    ReplaceCommand command;
    TW_ASSIGN_OR_RETURN(command.ref,
                        Ref(request.order_id(), request.account(), request.client_order_id()));
    if (request.quantity().empty() && request.price().empty()) {
      return FieldError("quantity", "a replace names a quantity, a price or both");
    }
    if (!request.quantity().empty()) {
      const absl::StatusOr<Quantity> quantity = Quantity::Parse(request.quantity());
      if (!quantity.ok() || *quantity <= Quantity()) {
        return FieldError("quantity", "must be a decimal above zero");
      }
      command.quantity = *quantity;
    }
    if (!request.price().empty()) {
      const absl::StatusOr<Price> price = Price::Parse(request.price());
      if (!price.ok() || *price <= Price()) {
        return FieldError("price", "must be a decimal above zero");
      }
      command.price = *price;
    }
    return command;
  };
  absl::StatusOr<ReplaceCommand> command = decode();
  if (!command.ok()) {
    done(command.status());
    return;
  }
  command->answer = done;
  Post<v1::Order>(*std::move(command), Lane::kNormal, done);
}

void Requests::Cancel(const v1::CancelOrderRequest& request, Done<v1::Order> done) {
  absl::StatusOr<OrderRef> ref =
      Ref(request.order_id(), request.account(), request.client_order_id());
  if (!ref.ok()) {
    done(ref.status());
    return;
  }
  Post<v1::Order>(CancelCommand{*std::move(ref), done}, Lane::kPriority, done);
}

void Requests::CancelAll(const v1::CancelAllOrdersRequest& request,
                         Done<v1::CancelAllOrdersResponse> done) {
  const absl::StatusOr<Side> side = FromProto(request.side());
  if (!side.ok()) {
    done(FieldError("side", std::string(side.status().message())));
    return;
  }
  Post<v1::CancelAllOrdersResponse>(
      CancelAllCommand{request.account(), request.symbol(), *side, done}, Lane::kPriority, done);
}

void Requests::Get(const v1::GetOrderRequest& request, Done<v1::Order> done) {
  absl::StatusOr<OrderRef> ref =
      Ref(request.order_id(), request.account(), request.client_order_id());
  if (!ref.ok()) {
    done(ref.status());
    return;
  }
  Post<v1::Order>(
      ReadCommand{[ref = *std::move(ref), done](const Ledger& ledger) {
        const Order* const order =
            ref.id.IsSet() ? ledger.Find(ref.id) : ledger.Find(ref.account, ref.client_order_id);
        if (order == nullptr) {
          done(absl::NotFoundError(
              "no order " + (ref.id.IsSet() ? ref.id.ToString()
                                            : ref.client_order_id + " in account " + ref.account)));
        } else {
          done(PublicOrder(*order));
        }
      }},
      Lane::kNormal, done);
}

void Requests::List(const v1::ListOrdersRequest& request, Done<v1::ListOrdersResponse> done) {
  const absl::StatusOr<size_t> limit = Limit(request.limit());
  const absl::StatusOr<std::optional<OrderId>> after = OrderCursor(request.after());
  if (!limit.ok() || !after.ok()) {
    done(limit.ok() ? after.status() : limit.status());
    return;
  }
  Post<v1::ListOrdersResponse>(
      ReadCommand{[request, after = *after, limit = *limit, done](const Ledger& ledger) {
        done(ListFrom(ledger, request, after, limit));
      }},
      Lane::kNormal, done);
}

void Requests::ListFills(const v1::ListFillsRequest& request, Done<v1::ListFillsResponse> done) {
  const absl::StatusOr<size_t> limit = Limit(request.limit());
  const absl::StatusOr<std::optional<uint64_t>> after = FillCursor(request.after());
  if (!limit.ok() || !after.ok()) {
    done(limit.ok() ? after.status() : limit.status());
    return;
  }
  FillFilter filter{request.account(), request.symbol(), OrderId()};
  if (!request.order_id().empty()) {
    const std::optional<OrderId> id = OrderId::Parse(request.order_id());
    if (!id) {
      done(FieldError("order_id", "is no order id such as 3-1042"));
      return;
    }
    filter.order_id = *id;
  }
  if (!engine_.open()) {
    done(Recovering());
    return;
  }
  done(FillsFrom(engine_.store(), filter, *after, *limit));
}

void Requests::Preview(const v1::SubmitOrderRequest& request, Done<v1::PreviewOrderResponse> done) {
  const absl::StatusOr<NewOrder> order = Decode(request);
  if (!order.ok()) {
    done(order.status());
    return;
  }
  v1::CheckOrderRequest check;
  check.set_account(order->account);
  check.set_symbol(order->symbol);
  check.set_side(ToProto(order->side));
  check.set_quantity(order->quantity.ToString());
  if (!order->price.IsZero()) {
    check.set_price(order->price.ToString());
  }
  check.set_order_type(ToProto(order->type));
  risk_->Call<v1::CheckOrderRequest, v1::CheckOrderResponse>(
      "tradewind.v1.RiskService/CheckOrder", check, kPreviewTimeout,
      [done](absl::StatusOr<v1::CheckOrderResponse> answer) {
        if (!answer.ok()) {
          done(answer.status());
          return;
        }
        v1::PreviewOrderResponse preview;
        preview.set_approved(answer->approved());
        preview.set_reject_reason(answer->reason_code());
        preview.set_reject_message(answer->reason());
        *preview.mutable_checks() = answer->checks();
        preview.set_limits_version(answer->limits_version());
        done(preview);
      });
}

}  // namespace tw::oms
