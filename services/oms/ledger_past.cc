// Which orders are kept in memory, and how the others are found.
#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "services/oms/ledger.h"
#include "services/oms/order_codec.h"

namespace tw::oms {

OrderBrief BriefOf(const Order& order) {
  OrderBrief brief;
  brief.id = order.id;
  brief.account = order.terms.account;
  brief.symbol = order.terms.symbol;
  brief.link = order.terms.link.id;
  brief.status = order.status();
  brief.finished = IsTerminal(order.phase);
  return brief;
}

Ledger::Kept* Ledger::FindKept(OrderId id) const {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : it->second.get();
}

const Order& Ledger::At(OrderId id) const {
  const Order* const order = Find(id);
  TW_CHECK(order != nullptr);
  return *order;
}

const Order* Ledger::Find(OrderId id) const {
  if (const Kept* const kept = FindKept(id); kept != nullptr) {
    return &kept->order;
  }
  if (past_ == nullptr) {
    return nullptr;
  }
  std::unique_ptr<Order> order = past_->Find(id);
  if (order == nullptr) {
    return nullptr;
  }
  return &Recall(std::move(order)).order;
}

const Order* Ledger::Find(std::string_view account, std::string_view client_order_id) const {
  const auto it = by_key_.find(Key(account, client_order_id));
  if (it != by_key_.end()) {
    return Find(it->second);
  }
  const OrderId past = past_ == nullptr ? OrderId() : past_->Find(account, client_order_id);
  return past.IsSet() ? Find(past) : nullptr;
}

const Ledger::Kept& Ledger::Recall(std::unique_ptr<Order> order) const {
  auto kept = std::make_unique<Kept>();
  kept->order = *std::move(order);
  kept->named = true;
  const OrderId id = kept->order.id;
  by_key_.emplace(Key(kept->order.terms.account, kept->order.terms.client_order_id), id);
  recalled_.push_back(id);
  return *orders_.emplace(id, std::move(kept)).first->second;
}

void Ledger::Walk(std::optional<OrderId> from, bool forward, const Visit& visit) const {
  auto next = forward ? orders_.upper_bound(from.value_or(OrderId()))
                      : (from ? orders_.lower_bound(*from) : orders_.end());
  const auto has_kept = [&] { return forward ? next != orders_.end() : next != orders_.begin(); };
  const auto nearest = [&]() -> const Order& {
    return forward ? next->second->order : std::prev(next)->second->order;
  };
  const auto visit_kept = [&] {
    const Order& order = nearest();
    forward ? ++next : --next;
    return visit(BriefOf(order), &order, nullptr);
  };
  bool goes_on = true;
  if (past_ != nullptr) {
    past_->Walk(from, forward, [&](const OrderBrief& past, const PastOrders::Load& load) {
      while (goes_on && has_kept() && (forward ? nearest().id < past.id : nearest().id > past.id)) {
        goes_on = visit_kept();
      }
      if (goes_on && has_kept() && nearest().id == past.id) {
        goes_on = visit_kept();  // it may have changed since it was saved
      } else if (goes_on) {
        goes_on = visit(past, nullptr, load);
      }
      return goes_on;
    });
  }
  while (goes_on && has_kept()) {
    goes_on = visit_kept();
  }
}

void Ledger::Restore(const LedgerHead& head) {
  TW_CHECK(last_sequence_ == 0);
  last_sequence_ = head.last_sequence;
  last_execution_sequence_ = head.last_execution_sequence;
  last_time_ = head.last_time;
}

void Ledger::Restore(std::unique_ptr<Order> order, bool unsettled) {
  auto kept = std::make_unique<Kept>();
  kept->order = *std::move(order);
  kept->named = true;
  const Order& restored = kept->order;
  const OrderId id = restored.id;
  by_key_.emplace(Key(restored.terms.account, restored.terms.client_order_id), id);
  if (unsettled) {
    unsettled_.insert(id);
  }
  orders_.emplace(id, std::move(kept));
  const Order& order_in_place = At(id);
  if (!IsTerminal(order_in_place.phase)) {
    NoteOpen(order_in_place);
  }
  Index(order_in_place);
}

void Ledger::Restore(const SavedAccount& account) {
  if (account.traded) {
    traded_.insert(account.name);
  }
  if (!account.opened_by.empty()) {
    opened_by_[account.name] = account.opened_by;
  }
}

void Ledger::Restore(const SavedImport& import) {
  imports_[import.id] = {import.hash, import.sequence, import.time, import.by};
}

void Ledger::NoteUnsaved(const Opening& opening) {
  if (past_ != nullptr) {
    unsaved_accounts_.insert(opening.account);
    unsaved_imports_.insert(opening.import_id);
  }
}

void Ledger::MarkUnsaved(Kept& kept) {
  if (past_ != nullptr && !kept.unsaved) {
    kept.unsaved = true;
    unsaved_.push_back(kept.order.id);
  }
}

// It has ended, and nothing is expected of it or of those it is linked with.
bool Ledger::MayForget(const Order& order) const {
  return IsTerminal(order.phase) && !unsettled_.contains(order.id) &&
         !open_links_.contains(order.terms.link.id);
}

UnsavedOrders Ledger::TakeUnsaved(uint64_t number) {
  UnsavedOrders taken;
  taken.orders.reserve(unsaved_.size());
  for (const OrderId id : unsaved_) {
    Kept& kept = *FindKept(id);
    UnsavedOrder saved;
    saved.id = id;
    if (!kept.named) {
      saved.key = kept.order.terms.account + '\0' + kept.order.terms.client_order_id;
    }
    saved.bytes = EncodeOrder(kept.order);
    saved.live = !MayForget(kept.order);
    saved.unsettled = unsettled_.contains(id);
    kept.unsaved = false;
    kept.named = true;
    kept.taken_as = number;
    taken.orders.push_back(std::move(saved));
  }
  for (const Key& key : unsaved_positions_) {
    taken.positions.emplace_back(key, Position(key.first, key.second));
  }
  for (const std::string& name : unsaved_accounts_) {
    const auto opened = opened_by_.find(name);
    taken.accounts.push_back({name, traded_.contains(name),
                              opened == opened_by_.end() ? std::string() : opened->second});
  }
  for (const std::string& id : unsaved_imports_) {
    const Import& import = imports_.at(id);
    taken.imports.push_back({id, import.hash, import.sequence, import.time, import.by});
  }
  unsaved_.clear();
  unsaved_positions_.clear();
  unsaved_accounts_.clear();
  unsaved_imports_.clear();
  return taken;
}

void Ledger::Forget(const std::vector<OrderId>& ids, uint64_t number) {
  for (const OrderId id : ids) {
    const auto it = orders_.find(id);
    if (it == orders_.end() || it->second->unsaved || it->second->taken_as > number ||
        !MayForget(it->second->order)) {
      continue;
    }
    const NewOrder& terms = it->second->order.terms;
    by_key_.erase(Key(terms.account, terms.client_order_id));
    orders_.erase(it);
  }
}

void Ledger::ForgetRecalled() {
  if (!recalled_.empty()) {
    Forget(std::exchange(recalled_, {}), 0);
  }
}

}  // namespace tw::oms
