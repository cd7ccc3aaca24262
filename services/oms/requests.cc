#include "services/oms/requests.h"

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"
#include "libs/convert/enums.h"
#include "libs/convert/orders.h"
#include "libs/sequencer/sequencer.h"

namespace tw::oms {

// A list of orders under way. Without a cursor the newest `limit`; with one the next after it.
struct OrderScan {
  v1::ListOrdersRequest request;
  size_t limit = 0;
  bool forward = false;
  std::optional<OrderId> position;  // looked at last; forward: set from the beginning
  std::vector<v1::Order> found;
};

namespace {

constexpr int kLimitDefault = 100;
constexpr int kLimitMax = 1000;

absl::StatusOr<size_t> Limit(int32_t asked) {
  if (asked < 0 || asked > kLimitMax) {
    return FieldError("limit", "must be 1 to 1000");
  }
  return static_cast<size_t>(asked == 0 ? kLimitDefault : asked);
}

template <typename Number>
absl::StatusOr<Number> AboveZero(const char* field, const std::string& text) {
  const absl::StatusOr<Number> number = Number::Parse(text);
  if (!number.ok() || *number <= Number()) {
    return FieldError(field, "must be a decimal above zero");
  }
  return number;
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

bool IsText(const std::string& text, size_t max) {
  return text.size() <= max && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
         });
}

absl::StatusOr<ResolveTerms> Terms(const v1::ResolveOrderRequest& request) {
  ResolveTerms terms;
  const bool filled = request.outcome() == v1::ORDER_STATUS_FILLED;
  if (!filled && request.outcome() != v1::ORDER_STATUS_CANCELED) {
    return FieldError("outcome", "must be CANCELED or FILLED");
  }
  terms.resolution.outcome = filled ? Resolution::Outcome::kFilled : Resolution::Outcome::kCanceled;
  if (request.reason().empty() || !IsText(request.reason(), kReasonMax)) {
    return FieldError("reason", "is required, a line of at most 256 characters");
  }
  if (!IsText(request.by(), kByMax)) {
    return FieldError("by", "must be a line of at most 64 characters");
  }
  terms.resolution.reason = request.reason();
  terms.resolution.by = request.by();
  for (const auto& [text, field] :
       {std::pair(&request.quantity(), "quantity"), std::pair(&request.price(), "price")}) {
    if (!filled && !text->empty()) {
      return FieldError(field, "goes with FILLED only");
    }
  }
  if (!request.quantity().empty()) {
    TW_ASSIGN_OR_RETURN(terms.quantity, AboveZero<Quantity>("quantity", request.quantity()));
  }
  if (!request.price().empty()) {
    TW_ASSIGN_OR_RETURN(terms.price, AboveZero<Price>("price", request.price()));
  }
  return terms;
}

bool Matches(const OrderBrief& order, const v1::ListOrdersRequest& request) {
  if ((!request.link_id().empty() && order.link.ToString() != request.link_id()) ||
      (!request.account().empty() && order.account != request.account()) ||
      (!request.symbol().empty() && order.symbol != request.symbol()) ||
      (request.open_only() && order.finished)) {
    return false;
  }
  const auto status = static_cast<int>(order.status);
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

// Of orders that are read from disk.
constexpr size_t kPastCost = 8;

// Takes one in; false: there are enough.
bool TakeIn(OrderScan& scan,
            const OrderBrief& brief,
            const Order* order,
            const PastOrders::Load& load) {
  scan.position = brief.id;
  if (Matches(brief, scan.request)) {
    scan.found.push_back(PublicOrder(order != nullptr ? *order : *load()));
  }
  return scan.found.size() <= scan.limit;  // one more than asked for: it says that there are more
}

// The open ones alone.
bool ScanOpen(const Ledger& ledger, OrderScan& scan, size_t budget) {
  const auto& open = ledger.open_orders();
  auto next = scan.forward ? open.upper_bound(*scan.position)
                           : (scan.position ? open.lower_bound(*scan.position) : open.end());
  while (scan.forward ? next != open.end() : next != open.begin()) {
    if (budget-- == 0) {
      return false;
    }
    const Order& order = *ledger.Find(scan.forward ? *next++ : *--next);
    if (!TakeIn(scan, BriefOf(order), &order, nullptr)) {
      break;
    }
  }
  return true;
}

// Goes on at scan.position; false: some are left to be looked at.
bool ScanSome(const Ledger& ledger, OrderScan& scan, size_t budget) {
  if (WantsOpenOnly(scan.request)) {
    return ScanOpen(ledger, scan, budget);
  }
  bool all = true;
  const size_t past_cost = std::min(kPastCost, budget);  // one at least is looked at
  ledger.Walk(scan.position, scan.forward,
              [&](const OrderBrief& brief, const Order* order, const PastOrders::Load& load) {
                const size_t cost = order != nullptr ? 1 : past_cost;
                if (budget < cost) {
                  all = false;
                  return false;
                }
                budget -= cost;
                return TakeIn(scan, brief, order, load);
              });
  return all;
}

// Oldest first, either way.
v1::ListOrdersResponse ResultOf(OrderScan& scan) {
  const bool has_more = scan.found.size() > scan.limit;
  if (has_more) {
    scan.found.pop_back();
  }
  if (!scan.forward) {
    std::reverse(scan.found.begin(), scan.found.end());
  }
  v1::ListOrdersResponse response;
  for (v1::Order& order : scan.found) {
    *response.add_orders() = std::move(order);
  }
  if (scan.forward && has_more) {
    response.set_next(response.orders(response.orders_size() - 1).order_id());
  }
  return response;
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

void Requests::Submit(const v1::SubmitOrderRequest& request, Done<v1::Order> done, TracePtr trace) {
  absl::StatusOr<NewOrder> order = Decode(request);
  if (!order.ok()) {
    done(order.status());
    return;
  }
  Post<v1::Order>(
      SubmitCommand{*std::move(order), done,
                    admission_.Admit(request.traceparent(), MonotonicNanos()), std::move(trace)},
      Lane::kNormal, done);
}

void Requests::Replace(const v1::ReplaceOrderRequest& request, Done<v1::Order> done) {
  const auto decode = [&]() -> absl::StatusOr<ReplaceCommand> {
    ReplaceCommand command;
    TW_ASSIGN_OR_RETURN(command.ref,
                        Ref(request.order_id(), request.account(), request.client_order_id()));
    command.ref.only_accounts.assign(request.only_accounts().begin(),
                                     request.only_accounts().end());
    if (request.quantity().empty() && request.price().empty() && request.stop_price().empty()) {
      return FieldError("quantity", "a replace names a quantity, a price or both");
    }
    if (!request.quantity().empty()) {
      TW_ASSIGN_OR_RETURN(command.terms.quantity,
                          AboveZero<Quantity>("quantity", request.quantity()));
    }
    if (!request.price().empty()) {
      TW_ASSIGN_OR_RETURN(command.terms.price, AboveZero<Price>("price", request.price()));
    }
    if (!request.stop_price().empty()) {
      TW_ASSIGN_OR_RETURN(command.terms.stop_price,
                          AboveZero<Price>("stop_price", request.stop_price()));
    }
    return command;
  };
  absl::StatusOr<ReplaceCommand> command = decode();
  if (!command.ok()) {
    done(command.status());
    return;
  }
  command->answer = done;
  command->traceparent = request.traceparent();
  Post<v1::Order>(*std::move(command), Lane::kNormal, done);
}

void Requests::Cancel(const v1::CancelOrderRequest& request, Done<v1::Order> done) {
  absl::StatusOr<OrderRef> ref =
      Ref(request.order_id(), request.account(), request.client_order_id());
  if (!ref.ok()) {
    done(ref.status());
    return;
  }
  ref->only_accounts.assign(request.only_accounts().begin(), request.only_accounts().end());
  Post<v1::Order>(
      CancelCommand{.ref = *std::move(ref), .answer = done, .traceparent = request.traceparent()},
      Lane::kPriority, done);
}

void Requests::CancelAll(const v1::CancelAllOrdersRequest& request,
                         Done<v1::CancelAllOrdersResponse> done) {
  const absl::StatusOr<Side> side = FromProto(request.side());
  if (!side.ok()) {
    done(FieldError("side", std::string(side.status().message())));
    return;
  }
  const std::optional<OrderId> link =
      request.link_id().empty() ? OrderId() : OrderId::Parse(request.link_id());
  if (!link) {
    done(FieldError("link_id", "is no order id such as 3-1042"));
    return;
  }
  Post<v1::CancelAllOrdersResponse>(
      CancelAllCommand{request.account(), request.symbol(), *side, request.strategy(), *link, done},
      Lane::kPriority, done);
}

void Requests::Resolve(const v1::ResolveOrderRequest& request, Done<v1::Order> done) {
  absl::StatusOr<OrderRef> ref =
      Ref(request.order_id(), request.account(), request.client_order_id());
  absl::StatusOr<ResolveTerms> terms = Terms(request);
  if (!ref.ok() || !terms.ok()) {
    done(ref.ok() ? terms.status() : ref.status());
    return;
  }
  Post<v1::Order>(ResolveCommand{*std::move(ref), *std::move(terms), done}, Lane::kPriority, done);
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
  auto scan = std::make_shared<OrderScan>();
  scan->request = request;
  scan->limit = *limit;
  scan->forward = after->has_value();
  scan->position = *after;
  Scan(std::move(scan), std::move(done));
}

// Some of the orders at a time, so that nobody waits for a walk over all of them.
void Requests::Scan(std::shared_ptr<OrderScan> scan, Done<v1::ListOrdersResponse> done) {
  Post<v1::ListOrdersResponse>(ReadCommand{[this, scan, done](const Ledger& ledger) {
                                 if (ScanSome(ledger, *scan, scan_max_)) {
                                   done(ResultOf(*scan));
                                 } else {
                                   Scan(scan, done);
                                 }
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
    done(absl::UnavailableError("recovering"));
    return;
  }
  done(FillsFrom(engine_.store(), filter, *after, *limit));
}

void Requests::Preview(const v1::SubmitOrderRequest& request, Done<v1::PreviewOrderResponse> done) {
  absl::StatusOr<NewOrder> order = Decode(request);
  if (!order.ok()) {
    done(order.status());
    return;
  }
  Post<v1::PreviewOrderResponse>(PreviewCommand{*std::move(order), done}, Lane::kNormal, done);
}

}  // namespace tw::oms
