// The half of FixOrders that hears the venue.
#include <algorithm>
#include <charconv>
#include <utility>

#include "services/live-gateway/fix/fix_orders.h"
#include "services/live-gateway/fix/fix_text.h"

namespace tw::live_gateway {
namespace {

// What was asked for, and how the venue may call it.
constexpr const char* kRejected = "8";
constexpr const char* kUnknownOrder = "5";  // OrdRejReason

bool EndsOrder(const std::string& status) {
  return status == "3" || status == "4" || status == "7" || status == "C";
}

// Of a name of ours: when it was made, in microseconds; 0: with the order.
int64_t TimeOf(const std::string& ref) {
  const size_t slash = ref.find('/');
  int64_t time = 0;
  if (slash != std::string::npos) {
    std::from_chars(ref.data() + slash + 1, ref.data() + ref.size(), time);
  }
  return time;
}

std::string Said(const fix::Message& m, const std::string& otherwise) {
  const std::string text = m.Get(tag::kText);
  return text.empty() ? otherwise : text.substr(0, 200);
}

}  // namespace

FixOrders::Order* FixOrders::Named(const fix::Message& m) {
  for (const int tag : {tag::kClOrdId, tag::kOrigClOrdId}) {
    const std::string ref = m.Get(tag);
    const auto it = orders_.find(ref.substr(0, ref.find('/')));
    if (!ref.empty() && it != orders_.end()) {
      return it->second.get();
    }
  }
  return nullptr;
}

void FixOrders::OnMessage(const fix::Message& m, Timestamp now, Output& out) {
  if (m.type == "8") {
    OnExecution(m, now, out);
  } else if (m.type == "9") {
    OnCancelReject(m, now, out);
  } else if (m.type == "3" || m.type == "j") {
    OnRefusedMessage(m, now, out);
  }
}

void FixOrders::OnExecution(const fix::Message& m, Timestamp now, Output& out) {
  const std::string kind = m.Get(tag::kExecType);
  const std::string status = m.Get(tag::kOrdStatus);
  Order* const found = Named(m);
  if (found == nullptr) {
    // The end of a mass status without orders names none.
    oddities_.strangers += m.Has(tag::kMassStatusReqId) ? 0 : 1;
    return;
  }
  Order& order = *found;
  if (kind == "G" || kind == "H") {
    ++oddities_.busts;
    return;
  }
  const bool told_status = kind == "I";
  if (told_status && status == kRejected && m.Get(tag::kOrdRejReason) == kUnknownOrder) {
    OnUnknown(order, now, out);
    return;
  }
  if (order.own.state != OwnOrder::State::kOpen) {
    if (FixQuantity(m.Get(tag::kCumQty)) > order.own.cumulative) {
      ++oddities_.overfills;  // filled after its end: a person is needed
    }
    return;
  }
  Progress(order, m, now, out);
}

// Of an order that is open here.
void FixOrders::Progress(Order& order, const fix::Message& m, Timestamp now, Output& out) {
  const std::string status = m.Get(tag::kOrdStatus);
  const std::string venue_id = m.Get(tag::kOrderId);
  if (!venue_id.empty() && venue_id != "NONE") {
    order.venue_id = venue_id;
  }
  order.unsure = false;
  const bool works = status != kRejected && status != "A";
  if (works && !order.accepted) {
    Report accepted = tw::live_gateway::ReportOf(ReportKind::kAccepted, order.own);
    accepted.leaves = order.own.terms.quantity;
    Emit(std::move(accepted), now, out);
  }
  TakeRename(order, m, now, out);
  TakeFill(order, m, now, out);
  if (order.own.state != OwnOrder::State::kOpen) {
    return;
  }
  if (status == kRejected) {
    OnRefused(order, m, now, out);
  } else if (EndsOrder(status)) {
    OnEnded(order, m, now, out);
  } else if (m.Get(tag::kExecType) == "I") {
    OnStatus(order, m, now, out);
  }
  if (order.own.state == OwnOrder::State::kOpen && order.cancel_wanted && !order.change &&
      logged_on_) {
    SendCancel(order, now);
  }
}

// What a fill of `part` cost that the venue did not tell of by itself: what its average leaves.
Price FixOrders::PriceOf(const Order& order,
                         const fix::Message& m,
                         Quantity part,
                         Quantity total) const {
  const Price average = FixPrice(m.Get(tag::kAvgPx));
  if (average > Price()) {
    const Money all = Notional(average, total).value_or(Money());
    const auto price =
        MulDiv((all - order.notional).e8(), kDecimalScale, part.e8(), Rounding::kHalfAwayFromZero);
    if (price && *price > 0) {
      return Price::FromE8(*price);
    }
  }
  const Price last = FixPrice(m.Get(tag::kLastPx));
  return last > Price() ? last : order.own.terms.price;
}

void FixOrders::TakeFill(Order& order, const fix::Message& m, Timestamp now, Output& out) {
  Quantity total = FixQuantity(m.Get(tag::kCumQty));
  if (total > order.own.terms.quantity) {
    ++oddities_.overfills;
    total = order.own.terms.quantity;
  }
  const Quantity part = total - order.own.cumulative;
  if (part <= Quantity()) {
    return;  // known already
  }
  const bool by_itself = FixQuantity(m.Get(tag::kLastQty)) == part && m.Has(tag::kLastPx);
  Report report = tw::live_gateway::ReportOf(ReportKind::kFilled, order.own);
  report.quantity = part;
  report.price = by_itself ? FixPrice(m.Get(tag::kLastPx)) : PriceOf(order, m, part, total);
  report.cumulative = total;
  report.leaves = order.own.terms.quantity - total;
  report.liquidity = m.Get(tag::kLastLiquidityInd) == "1" ? Liquidity::kMaker : Liquidity::kTaker;
  if (const Instrument* const instrument = instruments_.Find(report.symbol)) {
    report.fee_currency = instrument->quote_currency;
  }
  if (m.Has(tag::kCommission) && m.Get(tag::kCommType) == "3") {
    report.fee = Money::Parse(m.Get(tag::kCommission)).value_or(Money());
  } else {
    const int64_t rate =
        report.liquidity == Liquidity::kMaker ? config_.maker_fee_e8 : config_.taker_fee_e8;
    const Money notional = Notional(report.price, part).value_or(Money());
    report.fee = Money::FromE8(
        MulDiv(notional.e8(), rate, kDecimalScale, Rounding::kHalfAwayFromZero).value_or(0));
  }
  if (by_itself) {
    report.venue_exec_id = m.Get(tag::kExecId);
  } else {
    ++oddities_.made_up;
    report.venue_exec_id = "S-" + order.own.terms.child_id + "-" + total.ToString();
  }
  Emit(std::move(report), now, out);
}

void FixOrders::OnRefused(Order& order, const fix::Message& m, Timestamp now, Output& out) {
  Report report = tw::live_gateway::ReportOf(
      order.accepted ? ReportKind::kCanceled : ReportKind::kRejected, order.own);
  report.quantity = order.accepted ? order.own.leaves() : order.own.terms.quantity;
  report.leaves = Quantity();
  report.reason = RejectReason::kVenueRejected;
  report.message = Said(m, "refused by the venue");
  Emit(std::move(report), now, out);
}

void FixOrders::OnEnded(Order& order, const fix::Message& m, Timestamp now, Output& out) {
  const bool asked =
      order.cancel_wanted || (order.change && order.change->kind == ChangeKind::kCancel);
  const PlaceOrder& terms = order.own.terms;
  const bool passing = terms.type == OrderType::kMarket ||
                       terms.time_in_force == TimeInForce::kIoc ||
                       terms.time_in_force == TimeInForce::kFok;
  Report report = tw::live_gateway::ReportOf(ReportKind::kCanceled, order.own);
  report.quantity = order.own.leaves();
  report.leaves = Quantity();
  report.message = Said(m, "");
  if (!asked) {
    // A venue that ends what should rest has its reasons; another may have it.
    report.reason = passing ? RejectReason::kVenueNoLiquidity : RejectReason::kVenueHalted;
    report.message = Said(m, passing ? "nothing more to trade with" : "ended by the venue");
  }
  if (m.Get(tag::kOrdStatus) == "C" || m.Get(tag::kOrdStatus) == "3") {
    report.reason = RejectReason::kNone;
    report.message = Said(m, "its time is over at the venue");
  }
  order.change.reset();
  Emit(std::move(report), now, out);
}

// The name that an order has there says which change of ours it has taken last: names ascend. It
// may be one that was given up, or that a process before this one sent.
void FixOrders::TakeRename(Order& order, const fix::Message& m, Timestamp now, Output& out) {
  const std::string ref = m.Get(tag::kClOrdId);
  const std::string status = m.Get(tag::kOrdStatus);
  const bool pending = order.change && ref == order.change->ref;
  const bool by_name = status == "0" || status == "1" || status == "2" || status == "5";
  if (!by_name || TimeOf(ref) <= TimeOf(order.ref) ||
      (pending && order.change->kind == ChangeKind::kCancel)) {
    return;
  }
  Report report = tw::live_gateway::ReportOf(ReportKind::kReplaced, order.own);
  report.quantity = FixQuantity(m.Get(tag::kOrderQty));
  report.price = FixPrice(m.Get(tag::kPrice));
  if (pending) {
    report.quantity = m.Has(tag::kOrderQty) ? report.quantity : order.change->quantity;
    report.price = m.Has(tag::kPrice) ? report.price : order.change->price;
    order.change.reset();
  }
  if (report.quantity <= order.own.cumulative) {
    return;  // it says too little to go by
  }
  report.leaves = report.quantity - order.own.cumulative;
  report.client_ref = ref;
  Emit(std::move(report), now, out);
}

// The order works, as the venue says; a change of ours that it does not speak of was lost.
void FixOrders::OnStatus(Order& order, const fix::Message& m, Timestamp now, Output& out) {
  const std::string status = m.Get(tag::kOrdStatus);
  const std::string question = m.Get(tag::kOrdStatusReqId);
  const bool asked_since = order.change && order.asked && *order.asked >= order.change->sent &&
                           (question.empty() || question == order.asked_id);
  if (!asked_since || (status != "0" && status != "1" && status != "5")) {
    return;
  }
  if (order.change->kind == ChangeKind::kCancel) {
    order.change.reset();  // it is sent again: cancel_wanted still says so
    order.cancel_wanted = true;
    return;
  }
  DropChange(order, RejectReason::kVenueUnavailable, "the venue has not heard of the change", now,
             out);
}

void FixOrders::DropChange(
    Order& order, RejectReason reason, std::string message, Timestamp now, Output& out) {
  const Change change = *std::exchange(order.change, std::nullopt);
  const bool cancel = change.kind == ChangeKind::kCancel;
  order.cancel_wanted = order.cancel_wanted && !cancel;
  Report report = tw::live_gateway::ReportOf(
      cancel ? ReportKind::kCancelRejected : ReportKind::kReplaceRejected, order.own);
  report.reason = reason;
  report.message = std::move(message);
  Emit(std::move(report), now, out);
}

void FixOrders::OnCancelReject(const fix::Message& m, Timestamp now, Output& out) {
  Order* const order = Named(m);
  if (order == nullptr) {
    ++oddities_.strangers;
    return;
  }
  if (!order->change || m.Get(tag::kClOrdId) != order->change->ref) {
    return;  // told twice, or of a change that was given up
  }
  // Too late, unknown, or ended: then the word that ended it has not come, and may never.
  const std::string reason = m.Get(tag::kCxlRejReason);
  const std::string status = m.Get(tag::kOrdStatus);
  const bool over_there =
      reason == "0" || reason == "1" || status == "2" || status == kRejected || EndsOrder(status);
  if (over_there && order->own.state == OwnOrder::State::kOpen) {
    AskStatus(*order, now);  // whose answer is the last word
    order->unsure = true;
  }
  DropChange(*order, RejectReason::kVenueRejected, Said(m, "refused by the venue"), now, out);
}

// A message of ours that the session, or the venue's desk, could not read.
void FixOrders::OnRefusedMessage(const fix::Message& m, Timestamp now, Output& out) {
  std::string ref = m.Get(tag::kBusinessRejectRefId);
  const std::string number = m.Get(tag::kRefSeqNum);
  for (auto it = sent_.rbegin(); ref.empty() && it != sent_.rend(); ++it) {
    if (std::to_string(it->first) == number) {
      ref = it->second;
    }
  }
  const auto it = orders_.find(ref.substr(0, ref.find('/')));
  if (ref.empty() || it == orders_.end() || it->second->own.state != OwnOrder::State::kOpen) {
    return;
  }
  Order& order = *it->second;
  if (order.change && order.change->ref == ref) {
    DropChange(order, RejectReason::kVenueRejected, Said(m, "the venue cannot read it"), now, out);
  } else if (!order.accepted && order.ref == ref && m.Get(372) == "D") {
    Report report = tw::live_gateway::ReportOf(ReportKind::kRejected, order.own);
    report.leaves = Quantity();
    report.reason = RejectReason::kVenueRejected;
    report.message = Said(m, "the venue cannot read it");
    Emit(std::move(report), now, out);
  }
}

void FixOrders::OnUnknown(Order& order, Timestamp now, Output& out) {
  if (order.own.state != OwnOrder::State::kOpen) {
    return;
  }
  if (order.accepted) {
    ++oddities_.lost;  // not ours to end: a person is needed
    order.unsure = false;
    return;
  }
  Report report = tw::live_gateway::ReportOf(ReportKind::kRejected, order.own);
  report.leaves = Quantity();
  report.reason = RejectReason::kVenueSessionDown;
  report.message = "the order did not reach the venue";
  Emit(std::move(report), now, out);
}

}  // namespace tw::live_gateway
