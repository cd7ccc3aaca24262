#include "services/live-gateway/fix/fix_orders.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "services/live-gateway/fix/fix_text.h"

namespace tw::live_gateway {
namespace {

constexpr size_t kSentKept = 1'000;

template <typename Change>
PlaceOrder NamedBy(const Change& command) {
  PlaceOrder named;
  named.child_id = command.child_id;
  named.order_id = command.order_id;
  named.account = command.account;
  named.symbol = command.symbol;
  return named;
}

}  // namespace

FixOrders::FixOrders(const Instruments& instruments, const FixConfig& config)
    : instruments_(instruments), config_(config) {}

bool FixOrders::Trades(std::string_view symbol) const {
  return std::find(config_.symbols.begin(), config_.symbols.end(), symbol) != config_.symbols.end();
}

const OwnOrder* FixOrders::Find(const std::string& child_id) const {
  const auto it = orders_.find(child_id);
  return it == orders_.end() ? nullptr : &it->second->own;
}

std::vector<const OwnOrder*> FixOrders::OpenOrders() const {
  std::vector<const OwnOrder*> out;
  for (const auto& [child_id, order] : open_) {
    out.push_back(&order->own);
  }
  return out;
}

// --- State --------------------------------------------------------------------------------------

FixOrders::Order& FixOrders::Open(const PlaceOrder& terms) {
  auto& order = orders_[terms.child_id];
  if (order == nullptr) {
    order = std::make_unique<Order>();
    order->own.terms = terms;
    order->ref = terms.child_id;
    order->unsure = true;
    open_[terms.child_id] = order.get();
  }
  return *order;
}

void FixOrders::ApplySent(const PlaceOrder& order) {
  Open(order);
}

void FixOrders::Apply(const Report& report) {
  Record(report);
}

void FixOrders::Record(const Report& report) {
  if (report.kind == ReportKind::kCancelRejected || report.kind == ReportKind::kReplaceRejected ||
      report.child_id.empty()) {
    return;
  }
  PlaceOrder terms{report.child_id, report.order_id,  report.account,       report.symbol,
                   report.side,     report.type,      report.time_in_force, report.price,
                   report.quantity, report.post_only, report.display};
  Order& order = Open(terms);
  if (order.own.state != OwnOrder::State::kOpen) {
    return;
  }
  order.own.last = report;
  order.own.cumulative = report.cumulative;
  if (!report.client_ref.empty()) {
    order.ref = report.client_ref;
  }
  switch (report.kind) {
    case ReportKind::kAccepted: order.accepted = true; break;
    case ReportKind::kRejected: Finish(order, OwnOrder::State::kRejected); break;
    case ReportKind::kReplaced:
      order.own.terms.price = report.price;
      order.own.terms.quantity = report.quantity;
      break;
    case ReportKind::kCanceled: Finish(order, OwnOrder::State::kCanceled); break;
    case ReportKind::kFilled:
      order.accepted = true;
      order.notional += Notional(report.price, report.quantity).value_or(Money());
      if (report.leaves.IsZero()) {
        Finish(order, OwnOrder::State::kFilled);
      }
      break;
    default: break;
  }
}

void FixOrders::Finish(Order& order, OwnOrder::State state) {
  order.own.state = state;
  order.cancel_wanted = false;
  const std::string child_id = order.own.terms.child_id;
  open_.erase(child_id);
  finished_.push_back(child_id);
  if (finished_.size() > config_.finished_orders_max) {
    orders_.erase(finished_.front());
    finished_.pop_front();
  }
}

void FixOrders::Emit(Report report, Timestamp now, Output& out) {
  report.time = now;
  Record(report);
  out.reports.push_back(std::move(report));
}

// --- Commands -----------------------------------------------------------------------------------

void FixOrders::Process(const Command& command, Timestamp now, Output& out) {
  std::visit([&](const auto& c) { On(c, now, out); }, command);
}

void FixOrders::Refuse(const Command& command,
                       RejectReason reason,
                       const std::string& message,
                       Timestamp now,
                       Output& out) {
  const std::string& child_id =
      std::visit([](const auto& c) -> const std::string& { return c.child_id; }, command);
  const auto known = orders_.find(child_id);
  Report report;
  if (const auto* place = std::get_if<PlaceOrder>(&command)) {
    if (known != orders_.end()) {
      out.repeats.push_back(known->second->own.last);
      return;
    }
    report = ReportOf(ReportKind::kRejected, *place);
  } else {
    const bool cancel = std::holds_alternative<CancelOrder>(command);
    const ReportKind kind = cancel ? ReportKind::kCancelRejected : ReportKind::kReplaceRejected;
    if (known != orders_.end()) {
      report = tw::live_gateway::ReportOf(kind, known->second->own);
    } else if (cancel) {
      report = ReportOf(kind, NamedBy(std::get<CancelOrder>(command)));
    } else {
      report = ReportOf(kind, NamedBy(std::get<ReplaceOrder>(command)));
    }
  }
  report.reason = reason;
  report.message = message;
  report.by_gate = true;
  Emit(std::move(report), now, out);
}

void FixOrders::On(const PlaceOrder& place, Timestamp now, Output& out) {
  if (const auto known = orders_.find(place.child_id); known != orders_.end()) {
    out.repeats.push_back(known->second->own.last);
    return;
  }
  if (!Trades(place.symbol) || place.child_id.empty() || place.quantity <= Quantity() ||
      (place.type != OrderType::kLimit && place.type != OrderType::kMarket) ||
      (place.type == OrderType::kLimit && place.price <= Price())) {
    Refuse(place,
           Trades(place.symbol) ? RejectReason::kVenueRejected : RejectReason::kVenueUnknownSymbol,
           Trades(place.symbol) ? "the order is malformed" : "the venue does not list it", now,
           out);
    return;
  }
  Order& order = Open(place);
  order.own.last = ReportOf(ReportKind::kAccepted, place);
  order.unsure = false;
  order.asked = now;
  out.sent.push_back(place);
  SendNew(order, now);
}

void FixOrders::On(const CancelOrder& cancel, Timestamp now, Output& out) {
  const auto it = open_.find(cancel.child_id);
  if (it == open_.end()) {
    Refuse(cancel, RejectReason::kVenueRejected,
           orders_.contains(cancel.child_id) ? "the order has ended"
                                             : "the venue does not know this order",
           now, out);
    return;
  }
  Order& order = *it->second;
  order.cancel_wanted = true;
  if (logged_on_ && !order.change) {
    SendCancel(order, now);
  }
}

void FixOrders::On(const ReplaceOrder& change, Timestamp now, Output& out) {
  const auto it = open_.find(change.child_id);
  if (it == open_.end()) {
    Refuse(change, RejectReason::kVenueRejected,
           orders_.contains(change.child_id) ? "the order has ended"
                                             : "the venue does not know this order",
           now, out);
    return;
  }
  Order& order = *it->second;
  if (change.quantity <= order.own.cumulative) {
    Refuse(change, RejectReason::kVenueRejected,
           "quantity " + change.quantity.ToString() + " is not above what is filled, " +
               order.own.cumulative.ToString(),
           now, out);
  } else if (!logged_on_ || !order.accepted || order.change || order.cancel_wanted) {
    Refuse(change, RejectReason::kVenueUnavailable,
           logged_on_ ? "another change is under way, or the order has not been acknowledged"
                      : "the session is down",
           now, out);
  } else {
    SendReplace(order, change.price, change.quantity, now);
  }
}

size_t FixOrders::CancelAll(Timestamp now) {
  for (auto& [child_id, order] : open_) {
    order->cancel_wanted = true;
    if (logged_on_ && !order->change) {
      SendCancel(*order, now);
    }
  }
  return open_.size();
}

// --- Messages out -------------------------------------------------------------------------------

std::string FixOrders::NewRef(const Order& order, Timestamp now) {
  last_ref_us_ = std::max(last_ref_us_ + 1, now.ns / 1'000);
  return order.own.terms.child_id + "/" + std::to_string(last_ref_us_);
}

void FixOrders::SendNew(const Order& order, Timestamp now) {
  const PlaceOrder& terms = order.own.terms;
  fix::Message m;
  m.type = "D";
  const bool priced = !terms.price.IsZero();  // a market order goes as a limit at its collar
  m.Add(tag::kClOrdId, order.ref)
      .Add(tag::kAccount, terms.account)
      .Add(tag::kHandlInst, "1")
      .Add(tag::kExecInst, terms.post_only ? "6" : "")  // participate, do not initiate
      .Add(tag::kSymbol, terms.symbol)
      .Add(tag::kSide, FixSide(terms.side))
      .Add(tag::kTransactTime, FixTime(now))
      .Add(tag::kOrderQty, terms.quantity.ToString())
      .Add(tag::kOrdType, priced ? "2" : "1")
      .Add(tag::kPrice, priced ? terms.price.ToString() : "")
      .Add(tag::kTimeInForce,
           terms.type == OrderType::kMarket ? "3" : FixTimeInForce(terms.time_in_force))
      .Add(tag::kMaxFloor, terms.display.IsZero() ? "" : terms.display.ToString());
  messages_.push_back(std::move(m));
}

void FixOrders::SendCancel(Order& order, Timestamp now) {
  const PlaceOrder& terms = order.own.terms;
  order.change = Change{ChangeKind::kCancel, NewRef(order, now), {}, {}, now};
  fix::Message m;
  m.type = "F";
  m.Add(tag::kOrigClOrdId, order.ref)
      .Add(tag::kOrderId, order.venue_id)
      .Add(tag::kClOrdId, order.change->ref)
      .Add(tag::kAccount, terms.account)
      .Add(tag::kSymbol, terms.symbol)
      .Add(tag::kSide, FixSide(terms.side))
      .Add(tag::kTransactTime, FixTime(now))
      .Add(tag::kOrderQty, terms.quantity.ToString());
  messages_.push_back(std::move(m));
}

void FixOrders::SendReplace(Order& order, Price price, Quantity quantity, Timestamp now) {
  const PlaceOrder& terms = order.own.terms;
  order.change = Change{ChangeKind::kReplace, NewRef(order, now), price, quantity, now};
  fix::Message m;
  m.type = "G";
  m.Add(tag::kOrigClOrdId, order.ref)
      .Add(tag::kOrderId, order.venue_id)
      .Add(tag::kClOrdId, order.change->ref)
      .Add(tag::kAccount, terms.account)
      .Add(tag::kHandlInst, "1")
      .Add(tag::kSymbol, terms.symbol)
      .Add(tag::kSide, FixSide(terms.side))
      .Add(tag::kTransactTime, FixTime(now))
      .Add(tag::kOrderQty, quantity.ToString())
      .Add(tag::kOrdType, "2")
      .Add(tag::kPrice, price.ToString())
      .Add(tag::kTimeInForce, FixTimeInForce(terms.time_in_force));
  messages_.push_back(std::move(m));
}

void FixOrders::AskStatus(Order& order, Timestamp now) {
  order.asked = now;
  last_ref_us_ = std::max(last_ref_us_ + 1, now.ns / 1'000);
  order.asked_id = std::to_string(last_ref_us_);
  fix::Message m;
  m.type = "H";
  m.Add(tag::kClOrdId, order.ref)
      .Add(tag::kOrderId, order.venue_id)
      .Add(tag::kOrdStatusReqId, order.asked_id)
      .Add(tag::kSymbol, order.own.terms.symbol)
      .Add(tag::kSide, FixSide(order.own.terms.side));
  messages_.push_back(std::move(m));
}

void FixOrders::OnSent(const std::string& ref, int number) {
  sent_.emplace_back(number, ref);
  if (sent_.size() > kSentKept) {
    sent_.pop_front();
  }
}

std::vector<fix::Message> FixOrders::TakeMessages() {
  return std::exchange(messages_, {});
}

void FixOrders::OnLogon(Timestamp now) {
  logged_on_ = true;
  if (open_.empty()) {
    return;
  }
  fix::Message m;
  m.type = "AF";
  m.Add(tag::kMassStatusReqId, std::to_string(now.ns / 1'000)).Add(tag::kMassStatusReqType, "7");
  messages_.push_back(std::move(m));
  for (auto& [child_id, order] : open_) {
    order->unsure = true;
    order->asked = now;
    if (!order->accepted) {
      AskStatus(*order, now);
    }
  }
}

void FixOrders::Tick(Timestamp now) {
  if (!logged_on_) {
    return;
  }
  const auto late = [&](Timestamp since) { return now - since >= config_.answer_timeout; };
  for (auto& [child_id, order] : open_) {
    const bool waits =
        !order->accepted || order->unsure || (order->change && late(order->change->sent));
    if (waits && (!order->asked || late(*order->asked))) {
      AskStatus(*order, now);
    }
  }
}

}  // namespace tw::live_gateway
