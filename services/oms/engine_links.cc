// The engine's part in linked orders: hands them to risk together, and does what their links ask
// for (links.h) whenever one of them has changed, before the command that changed it ends.
#include <algorithm>

#include "libs/log/log.h"
#include "services/oms/engine.h"

namespace tw::oms {
namespace {

// A step that was refused, by risk or the venue, is not tried again before this.
constexpr int64_t kLaterNs = Duration::Seconds(1).ns;

}  // namespace

// --- Handing in --------------------------------------------------------------------------------

v1::LinkedOrders Engine::PublicLinked(OrderId link_id) const {
  v1::LinkedOrders out;
  out.set_link_id(link_id.ToString());
  for (const Order* order : ledger_.Linked(link_id)) {
    out.set_kind(static_cast<v1::LinkKind>(order->terms.link.kind));
    const bool parent = order->terms.link.role == LinkRole::kParent;
    *(parent ? out.mutable_parent() : out.add_legs()) = PublicOrder(*order);
  }
  return out;
}

// The first one's key names them all. True: it is known, and what there is to say is held.
bool Engine::AnswerLinkedRepeat(LinkedCommand& c) {
  const absl::StatusOr<const Order*> known = ledger_.Repeat(c.orders.front());
  if (known.ok() && *known == nullptr) {
    return false;
  }
  absl::StatusOr<v1::LinkedOrders> answer = absl::UnknownError("");
  if (!known.ok()) {
    answer = known.status();
  } else {
    const OrderId link_id = (*known)->terms.link.id;
    const std::vector<const Order*> linked = ledger_.Linked(link_id);
    bool same = linked.size() == c.orders.size();
    for (size_t i = 0; same && i < linked.size(); ++i) {
      NewOrder first = linked[i]->terms;
      first.quantity = linked[i]->original_quantity;
      first.price = linked[i]->original_price;
      first.stop_price = linked[i]->original_stop_price;
      same = SameRequest(c.orders[i], first);
    }
    if (same) {
      answer = PublicLinked(link_id);
      answer->set_duplicate(true);
      metrics_.OrderRepeated();
    } else {
      answer = absl::AlreadyExistsError("client_order_id " + c.orders.front().client_order_id +
                                        " was used for other linked orders, " + link_id.ToString());
    }
  }
  held_.push_back([reply = std::move(c.answer), answer] { reply(answer); });
  return true;
}

// True: the same is with risk now, and this one waits for its answer.
bool Engine::JoinLinked(const LinkedCommand& c) {
  const NewOrder& first = c.orders.front();
  const auto key = in_flight_keys_.find({first.account, first.client_order_id});
  if (key == in_flight_keys_.end()) {
    return false;
  }
  const std::shared_ptr<LinkInFlight>& group = in_flight_.at(key->second).group;
  const bool same =
      group != nullptr && group->orders.size() == c.orders.size() &&
      std::equal(c.orders.begin(), c.orders.end(), group->orders.begin(),
                 [](const NewOrder& a, const NewOrder& b) { return SameRequest(a, b); });
  if (!same || group->waiting.size() >= options_.joined_max) {
    return false;
  }
  metrics_.OrderRepeated();
  group->waiting.push_back([answer = c.answer](const absl::StatusOr<v1::LinkedOrders>& result) {
    absl::StatusOr<v1::LinkedOrders> repeat = result;
    if (repeat.ok()) {
      repeat->set_duplicate(true);
    }
    answer(repeat);
  });
  return true;
}

absl::Status Engine::CanLink(const std::vector<NewOrder>& orders) {
  absl::flat_hash_set<std::string> keys;
  for (const NewOrder& order : orders) {
    const std::string& key = order.client_order_id;
    if (!key.empty() && (IsTaken(order.account, key) || !keys.insert(key).second)) {
      return absl::AlreadyExistsError("client_order_id " + key + " was used for another order");
    }
  }
  if (in_flight_.size() + orders.size() > options_.in_flight_max) {
    metrics_.RequestRefused();
    return absl::ResourceExhaustedError("too many orders wait for risk");
  }
  return CanAsk();
}

void Engine::On(LinkedCommand&& c) {
  if (!c.orders.front().client_order_id.empty() && (AnswerLinkedRepeat(c) || JoinLinked(c))) {
    return;
  }
  if (const absl::Status can = CanLink(c.orders); !can.ok()) {
    held_.push_back([answer = std::move(c.answer), can] { answer(can); });
    return;
  }
  auto group = std::make_shared<LinkInFlight>();
  group->orders = std::move(c.orders);
  group->answers.resize(group->orders.size());
  group->may_be_reserved.resize(group->orders.size());
  group->waiting.push_back(std::move(c.answer));
  bool wanting = false;
  for (NewOrder& order : group->orders) {
    group->ids.emplace_back(epoch_, ++last_number_);
    order.link.id = group->ids.front();
    NameOrder(group->ids.back(), order);
    if (RiskAnswer answer = Prepare(order); answer.reason != RejectReason::kNone) {
      group->answers[group->ids.size() - 1] = std::move(answer);
      wanting = true;
    }
  }
  if (wanting) {
    SettleLinked(group);
    return;
  }
  for (size_t i = 0; i < group->ids.size(); ++i) {
    v1::GateOrder gate_order = EncodeGate(group->ids[i], group->orders[i]);
    gate_order.set_dormant(StartsDormant(group->orders[i]));
    InFlight in_flight;
    in_flight.order = group->orders[i];
    in_flight.group = group;
    in_flight.member = i;
    Ask(group->ids[i].value(), std::move(in_flight), std::move(gate_order));
  }
}

void Engine::SettleMember(InFlight& in_flight, const RiskAnswer& answer, bool may_be_reserved) {
  const std::shared_ptr<LinkInFlight> group = in_flight.group;
  if (group->answers[in_flight.member]) {
    return;
  }
  metrics_.RiskAnswered(Duration{MonotonicNanos() - in_flight.asked_ns});
  group->answers[in_flight.member] = answer;
  group->may_be_reserved[in_flight.member] = may_be_reserved;
  if (std::all_of(group->answers.begin(), group->answers.end(),
                  [](const auto& each) { return each.has_value(); })) {
    SettleLinked(group);
  }
}

// What becomes of each: where one is refused, all are.
std::vector<RiskAnswer> Engine::TogetherAnswers(LinkInFlight& group) {
  std::vector<RiskAnswer> answers;
  std::string refused;
  // Nothing is done to other orders for the sake of some that do not come.
  const bool all = std::all_of(group.answers.begin(), group.answers.end(),
                               [](const auto& each) { return each && each->approved; });
  for (size_t i = 0; i < group.ids.size(); ++i) {
    RiskAnswer answer = group.answers[i].value_or(RiskAnswer());
    if (all && !StartsDormant(group.orders[i])) {
      const SelfTradePlan plan = PlanFor(group.ids[i], group.orders[i], answer);
      answer = Prevent(plan, group.ids[i], answer).value_or(answer);
    }
    if (refused.empty() && answer.reason != RejectReason::kNone) {
      refused = "order " + group.ids[i].ToString() +
                ", which it is linked to, was refused: " + answer.message;
    }
    answers.push_back(std::move(answer));
  }
  for (RiskAnswer& answer : answers) {
    if (!refused.empty() && answer.reason == RejectReason::kNone) {
      answer.approved = false;
      answer.reason = RejectReason::kLinkedOrder;
      answer.message = refused;
    }
  }
  return answers;
}

void Engine::SettleLinked(const std::shared_ptr<LinkInFlight>& group) {
  std::vector<CancelCommand> cancels;
  for (size_t i = 0; i < group->ids.size(); ++i) {
    const auto it = in_flight_.find(group->ids[i].value());
    if (it != in_flight_.end()) {
      std::move(it->second.cancels.begin(), it->second.cancels.end(), std::back_inserter(cancels));
      in_flight_.erase(it);
      in_flight_keys_.erase({group->orders[i].account, group->orders[i].client_order_id});
    }
  }
  in_flight_count_ = in_flight_.size();
  absl::StatusOr<v1::LinkedOrders> result = absl::UnavailableError("the journal's disk is full");
  bool accepted = false;
  if (store_->HasSpace(journal::Lane::kOrder)) {
    const std::vector<RiskAnswer> answers = TogetherAnswers(*group);
    accepted = answers.front().approved;
    Commit(ledger_.DecideLinked(group->ids, group->orders, answers, clock_.Now()));
    for (size_t i = 0; i < answers.size(); ++i) {
      accepted ? metrics_.OrderAccepted() : metrics_.OrderRejected();
    }
    result = PublicLinked(group->ids.front());
  } else {
    metrics_.RequestRefused();
  }
  for (size_t i = 0; i < group->ids.size(); ++i) {
    if (!accepted && group->may_be_reserved[i] &&
        static_cast<size_t>(gate_batch_.released_size()) < options_.released_max) {
      gate_batch_.add_released(group->ids[i].value());
    }
  }
  for (LinkedAnswer& answer : group->waiting) {
    held_.push_back([answer = std::move(answer), result] { answer(result); });
  }
  for (CancelCommand& cancel : cancels) {
    On(std::move(cancel));
  }
}

// --- Following ---------------------------------------------------------------------------------

void Engine::NoteLink(const Event& event, const Order& order) {
  links_due_.insert(order.terms.link.id);
  if (std::holds_alternative<ReplaceRejected>(event.body) ||
      std::holds_alternative<CancelRejected>(event.body)) {
    legs_later_.insert(order.id);
  }
}

// Whether the market may set it off: a leg's turn comes with its parent's first fill.
bool Engine::IsArmed(const Order& order) const {
  if (!order.dormant()) {
    return order.phase == Phase::kHeld;
  }
  return LinkView(ledger_.Linked(order.terms.link.id)).IsArmed(order);
}

// The leg that the market has set off and that has not gone out yet.
OrderId Engine::SetOff(OrderId link_id) const {
  for (const Order* order : ledger_.Linked(link_id)) {
    if (order->dormant() && elected_.contains(order->id)) {
      return order->id;
    }
  }
  return {};
}

void Engine::FollowLinks() {
  if (in_links_) {
    return;
  }
  in_links_ = true;
  while (!links_due_.empty()) {
    const OrderId link_id = *links_due_.begin();
    links_due_.erase(links_due_.begin());
    if (!link_id.IsSet()) {
      continue;
    }
    RememberSetOff(link_id);
    RunLink(link_id);
    ArmLegs(link_id);
    const OrderId set_off = SetOff(link_id);
    if (set_off.IsSet() && !legs_later_.contains(set_off)) {
      AskTrigger(set_off, elected_.at(set_off).reference);
    }
  }
  in_links_ = false;
}

// Another leg has made room for it, which only the journal remembers.
void Engine::RememberSetOff(OrderId link_id) {
  const std::vector<const Order*> linked = ledger_.Linked(link_id);
  const Order* owed = linked.empty() ? nullptr : LinkView(linked).Owed();
  if (owed == nullptr || elected_.contains(owed->id) || !IsArmed(*owed)) {
    return;
  }
  if (!stops_.Contains(owed->id)) {
    HoldStop(*owed);
  }
  stops_.Remove(owed->id);
  elected_[owed->id] = {owed->trigger_price, 0};
}

void Engine::RunLink(OrderId link_id) {
  const std::vector<const Order*> linked = ledger_.Linked(link_id);
  if (linked.empty()) {
    return;
  }
  for (const LinkStep& step : StepsOf(LinkView(linked), SetOff(link_id))) {
    if (!legs_later_.contains(step.id)) {
      TakeStep(step);
    }
  }
}

void Engine::TakeStep(const LinkStep& step) {
  using Kind = LinkStep::Kind;
  if (!store_->HasSpace(journal::Lane::kPriority)) {
    legs_later_.insert(step.id);
    return;
  }
  const Order& order = *ledger_.Find(step.id);
  switch (step.kind) {
    case Kind::kCancel: Commit(CancelEvents(step.id, step.reason)); return;
    case Kind::kYield: Commit(CancelEvents(step.id, step.reason, /*yielding=*/true)); return;
    case Kind::kResize:
      if (!elected_.contains(step.id)) {  // that one takes its quantity when it goes out
        RecordMovesNow();
        Commit(ledger_.DecideResize(step.id, step.quantity, clock_.Now()));
      }
      return;
    case Kind::kReplace: AskResize(order, step.quantity); return;
    case Kind::kActivate: AskActivation(order, step.quantity); return;
  }
}

bool Engine::MayAskAbout(OrderId id) {
  if (in_flight_replaces_.contains(id)) {
    return false;  // its answer comes, and looks anew
  }
  if (!CanAsk().ok()) {
    legs_later_.insert(id);
    return false;
  }
  return true;
}

void Engine::AskResize(const Order& order, Quantity total) {
  if (!MayAskAbout(order.id)) {
    return;
  }
  InFlight in_flight;
  in_flight.order = order.terms;
  in_flight.order.quantity = total;
  in_flight.order.first_trigger = order.trigger_price;
  in_flight.replaces = order.id;
  v1::GateOrder gate_order = EncodeGate(order.id, AtVenue(in_flight.order));
  gate_order.set_replace(true);
  Ask((uint64_t{1} << 63) | ++last_request_, std::move(in_flight), std::move(gate_order));
}

void Engine::AskActivation(const Order& order, Quantity total) {
  if (!MayAskAbout(order.id)) {
    return;
  }
  InFlight in_flight;
  in_flight.order = AtVenue(order.terms);
  in_flight.order.quantity = total;
  in_flight.replaces = order.id;
  in_flight.goes_out = true;
  v1::GateOrder gate_order = EncodeGate(order.id, in_flight.order);
  gate_order.set_replace(true);
  Ask((uint64_t{1} << 63) | ++last_request_, std::move(in_flight), std::move(gate_order));
}

// Risk has answered about a leg that goes out: how much of it, as things stand now.
absl::StatusOr<Quantity> Engine::LegGoesOut(const Order& order, const InFlight& in_flight) const {
  const LinkView view(ledger_.Linked(order.terms.link.id));
  const OrderId set_off = SetOff(order.terms.link.id);
  if (!view.IsArmed(order) || !view.MayGoOut(order) || (set_off.IsSet() && set_off != order.id)) {
    return absl::FailedPreconditionError("its turn is over, or has not come");
  }
  return std::min(in_flight.order.quantity, view.TargetOf(order));
}

// Stops whose parent has been filled begin to follow the market; a trailing one from where it is.
void Engine::ArmLegs(OrderId link_id) {
  for (const Order* leg : ledger_.Linked(link_id)) {
    const bool known = stops_.Contains(leg->id) || elected_.contains(leg->id);
    if (!leg->dormant() || !IsStop(leg->terms.type) || known || !IsArmed(*leg)) {
      continue;
    }
    const std::optional<MarketMove> prices = Prices(leg->terms.symbol);
    const bool trails =
        leg->terms.type == OrderType::kTrailingStop && leg->terms.stop_price.IsZero();
    if (trails && prices && store_->HasSpace(journal::Lane::kPriority)) {
      const Price now = prices->For(leg->terms.asked.trigger, leg->terms.side).now;
      const Price trigger = now.IsZero() ? Price() : TrailingStop(leg->terms, now);
      if (!trigger.IsZero()) {
        Commit(ledger_.DecideStopMove(leg->id, trigger, clock_.Now()));
      }
    }
    HoldStop(*leg);
  }
}

void Engine::RetryLinks() {
  const int64_t now_ns = MonotonicNanos();
  if (now_ns - links_retried_ns_ >= kLaterNs) {
    links_retried_ns_ = now_ns;
    for (const OrderId id : legs_later_) {
      links_due_.insert(ledger_.Find(id)->terms.link.id);
    }
    legs_later_.clear();
  }
  FollowLinks();
}

}  // namespace tw::oms
