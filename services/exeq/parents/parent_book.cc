// The state of all parents: taking facts in, asking oms, looking things up.
#include "services/exeq/parents/parent_book.h"

#include <algorithm>

#include "libs/base/check.h"

namespace tw::exeq {

void ParentBook::Apply(const ParentEvent& event) {
  if (event.kind == ParentEventKind::kOpened) {
    mark_ = event.parent.id;
    return;
  }
  const Parent& after = event.parent;
  if (event.kind == ParentEventKind::kSubmitted) {
    Entry entry;
    entry.number = ++last_number_;
    entry.parent = after;
    by_number_[entry.number] = after.id;
    open_.insert(after.id);
    if (!after.terms.client_parent_id.empty()) {
      by_key_[{after.terms.account, after.terms.client_parent_id}] = after.id;
    }
    parents_.emplace(after.id, std::move(entry));
    return;
  }
  const auto it = parents_.find(after.id);
  if (it == parents_.end()) {
    return;  // forgotten: it had ended
  }
  Entry& entry = it->second;
  const bool was_finished = entry.parent.finished();
  auto slots = std::move(entry.parent.slots);
  auto asked = std::move(entry.parent.asked);
  entry.parent = after;
  entry.parent.slots = std::move(slots);
  entry.parent.asked = std::move(asked);
  entry.market_volume = std::max(entry.market_volume, after.market_volume);
  if (event.child) {
    const ParentChild& child = *event.child;
    entry.children[child.number] = child;
    if (child.state == ParentChildState::kDone) {
      entry.open_children.erase(child.number);
      entry.care.erase(child.number);
    } else {
      entry.open_children.insert(child.number);
    }
  }
  if (!was_finished && after.finished()) {
    open_.erase(after.id);
    finished_.push_back(after.id);
    Forget();
  }
}

void ParentBook::Forget() {
  while (finished_.size() > limits_.finished_max) {
    const auto it = parents_.find(finished_.front());
    const ParentTerms& terms = it->second.parent.terms;
    if (!terms.client_parent_id.empty()) {
      by_key_.erase({terms.account, terms.client_parent_id});
    }
    by_number_.erase(it->second.number);
    parents_.erase(it);
    finished_.pop_front();
  }
}

bool ParentBook::CancelWanted(const Parent& parent, const ParentChild& child) const {
  if (parent.status != ParentStatus::kWorking) {
    return true;
  }
  return child.rests() && child.price != parent.terms.limit_price;
}

std::optional<ChildRequest::Kind> ParentBook::RequestFor(const Parent& parent,
                                                         const ParentChild& child) const {
  if (child.state == ParentChildState::kOpen) {
    return CancelWanted(parent, child) ? std::optional(ChildRequest::Kind::kCancel) : std::nullopt;
  }
  return parent.status == ParentStatus::kWorking ? ChildRequest::Kind::kSubmit
                                                 : ChildRequest::Kind::kAsk;
}

std::vector<ChildRequest> ParentBook::TakeRequests(Timestamp now) {
  std::vector<ChildRequest> requests;
  for (const std::string& id : open_) {
    Entry& entry = parents_.at(id);
    for (const uint32_t number : entry.open_children) {
      const ParentChild& child = entry.children.at(number);
      const std::optional<ChildRequest::Kind> kind = RequestFor(entry.parent, child);
      ChildCare& care = entry.care[number];
      if (!kind || care.asked || now < care.next_try) {
        continue;
      }
      care.asked = true;
      requests.push_back({*kind, id, entry.parent.terms.account, entry.parent.terms.symbol,
                          entry.parent.terms.side, child});
    }
  }
  return requests;
}

Duration ParentBook::RetryAfter(int attempts) const {
  const int doublings = std::clamp(attempts - 1, 0, 20);
  return std::min(limits_.retry_max, limits_.retry_first * (int64_t{1} << doublings));
}

std::optional<ParentEvent> ParentBook::OnAnswer(const ChildRequest& request,
                                                const ChildAnswer& answer,
                                                Timestamp now) {
  const auto it = parents_.find(request.parent_id);
  if (it == parents_.end()) {
    return std::nullopt;
  }
  Entry& entry = it->second;
  const auto known = entry.care.find(request.child.number);
  if (known == entry.care.end()) {
    return std::nullopt;  // done meanwhile
  }
  ChildCare& care = known->second;
  const ParentChild& child = entry.children.at(request.child.number);
  const bool planned = child.state == ParentChildState::kPlanned;
  care.asked = false;
  if (planned && care.early && answer.kind != ChildAnswer::Kind::kOrder) {
    // Its events have come: it is at oms, whatever was true when this was answered.
    care.attempts = 0;
    care.next_try = now;
    return Report(entry, child, *care.early, now);
  }
  if (answer.kind == ChildAnswer::Kind::kOrder) {
    care.attempts = 0;
    // A cancel that was taken needs no second one soon.
    care.next_try = request.kind == ChildRequest::Kind::kCancel ? now + limits_.retry_max : now;
  } else {
    care.next_try = now + RetryAfter(++care.attempts);
  }
  switch (answer.kind) {
    case ChildAnswer::Kind::kOrder: {
      const OrderSnapshot* order = &answer.order;
      if (care.early && care.early->order_id == order->order_id &&
          care.early->sequence > order->sequence) {
        order = &*care.early;
      }
      return Report(entry, child, *order, now);
    }
    case ChildAnswer::Kind::kRefused:
      if (planned && request.kind == ChildRequest::Kind::kSubmit) {
        return Void(entry, child, answer.message, /*fault=*/true, now);
      }
      return std::nullopt;
    case ChildAnswer::Kind::kNotFound:
      // Nothing more is sent for a parent that stops, so that not even an order that comes to light
      // after all could make it too much.
      if (planned && entry.parent.status == ParentStatus::kStopping) {
        return Void(entry, child, "never reached oms", /*fault=*/false, now);
      }
      return std::nullopt;
    case ChildAnswer::Kind::kLost: return std::nullopt;
  }
  TW_UNREACHABLE();
}

std::optional<ParentEvent> ParentBook::OnOrder(std::string_view parent_id,
                                               std::string_view client_order_id,
                                               const OrderSnapshot& order,
                                               Timestamp now) {
  const auto it = parents_.find(std::string(parent_id));
  const std::optional<uint32_t> number = ChildNumber(parent_id, client_order_id);
  if (it == parents_.end() || !number) {
    return std::nullopt;
  }
  Entry& entry = it->second;
  const auto child = entry.children.find(*number);
  if (child == entry.children.end()) {
    return std::nullopt;
  }
  if (child->second.state == ParentChildState::kPlanned) {
    std::optional<OrderSnapshot>& early = entry.care[*number].early;
    if (!early || early->sequence < order.sequence) {
      early = order;
    }
    return std::nullopt;
  }
  return Report(entry, child->second, order, now);
}

void ParentBook::OnMarketTrade(std::string_view symbol, Quantity quantity) {
  for (const std::string& id : open_) {
    Entry& entry = parents_.at(id);
    if (entry.parent.status == ParentStatus::kWorking && entry.parent.terms.symbol == symbol) {
      entry.market_volume = Quantity::SaturatingAdd(entry.market_volume, quantity);
    }
  }
}

bool ParentBook::NeedsMarket() const {
  return std::any_of(open_.begin(), open_.end(), [this](const std::string& id) {
    const ParentTerms& terms = parents_.at(id).parent.terms;
    return terms.algo == Algo::kPov || terms.participation_cap_e8 != 0;
  });
}

std::optional<uint64_t> ParentBook::StreamFrom() const {
  std::optional<uint64_t> from;
  for (const std::string& id : open_) {
    const Entry& entry = parents_.at(id);
    for (const uint32_t number : entry.open_children) {
      const ParentChild& child = entry.children.at(number);
      if (child.state == ParentChildState::kOpen) {
        from = std::min(from.value_or(child.sequence + 1), child.sequence + 1);
      }
    }
  }
  return from;
}

const ParentBook::Entry* ParentBook::FindEntry(std::string_view id) const {
  const auto it = parents_.find(std::string(id));
  return it == parents_.end() ? nullptr : &it->second;
}

const Parent* ParentBook::Find(std::string_view id) const {
  const Entry* const entry = FindEntry(id);
  return entry == nullptr ? nullptr : &entry->parent;
}

std::string ParentBook::FindByKey(const std::string& account,
                                  const std::string& client_parent_id) const {
  const auto it = by_key_.find({account, client_parent_id});
  return it == by_key_.end() ? std::string() : it->second;
}

const ParentChild* ParentBook::FindChild(std::string_view id, uint32_t number) const {
  const Entry* const entry = FindEntry(id);
  if (entry == nullptr) {
    return nullptr;
  }
  const auto child = entry->children.find(number);
  return child == entry->children.end() ? nullptr : &child->second;
}

std::vector<const ParentChild*> ParentBook::Children(std::string_view id) const {
  std::vector<const ParentChild*> out;
  if (const Entry* const entry = FindEntry(id)) {
    for (const auto& [number, child] : entry->children) {
      out.push_back(&child);
    }
  }
  return out;
}

std::vector<const Parent*> ParentBook::List() const {
  std::vector<const Parent*> out;
  out.reserve(by_number_.size());
  for (const auto& [number, id] : by_number_) {
    out.push_back(&parents_.at(id).parent);
  }
  return out;
}

}  // namespace tw::exeq
