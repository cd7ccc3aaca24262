// SavedOrders: PastOrders in maps, written when the test says so.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "services/oms/ledger.h"
#include "services/oms/order_codec.h"

namespace tw::oms::testing {

class SavedOrders final : public PastOrders {
 public:
  std::unique_ptr<Order> Find(OrderId id) const override {
    const auto it = orders_.find(id);
    return it == orders_.end() ? nullptr : Decoded(id, it->second);
  }
  OrderId Find(std::string_view account, std::string_view client_order_id) const override {
    const auto it = keys_.find(std::string(account) + '\0' + std::string(client_order_id));
    return it == keys_.end() ? OrderId() : it->second;
  }
  void Walk(std::optional<OrderId> from, bool forward, const Visit& visit) const override {
    const auto show = [&](const auto& row) {
      OrderBrief brief = *DecodeBrief(row.second);
      brief.id = row.first;
      return visit(brief, [&row] { return Decoded(row.first, row.second); });
    };
    if (forward) {
      for (auto it = orders_.upper_bound(from.value_or(OrderId())); it != orders_.end(); ++it) {
        if (!show(*it)) {
          return;
        }
      }
      return;
    }
    for (auto it = from ? orders_.lower_bound(*from) : orders_.end(); it != orders_.begin();) {
      if (!show(*--it)) {
        return;
      }
    }
  }

  // Takes what the ledger has not saved; it can be read after Save.
  void Take(Ledger& ledger) {
    waiting_.push_back({++number_, ledger.head(), ledger.TakeUnsaved(number_)});
  }
  bool has_waiting() const { return !waiting_.empty(); }
  // Saves the oldest that waits, and has the ledger forget it.
  void Save(Ledger& ledger) {
    const Taken taken = std::move(waiting_.front());
    waiting_.pop_front();
    std::vector<OrderId> ids;
    for (const UnsavedOrder& order : taken.unsaved.orders) {
      orders_[order.id] = order.bytes;
      ids.push_back(order.id);
      if (!order.key.empty()) {
        keys_[order.key] = order.id;
      }
      live_.erase(order.id);
      if (order.live) {
        live_[order.id] = order.unsettled;
      }
    }
    for (const auto& [place, quantity] : taken.unsaved.positions) {
      positions_[place] = quantity;
    }
    for (const SavedAccount& account : taken.unsaved.accounts) {
      accounts_[account.name] = account;
    }
    for (const SavedImport& import : taken.unsaved.imports) {
      imports_[import.id] = import;
    }
    head_ = taken.head;
    ledger.Forget(ids, taken.number);
  }
  // A ledger as it was at the last Save. What waited is lost.
  void Restore(Ledger& ledger) {
    waiting_.clear();
    ledger.SetPast(this);
    ledger.Restore(head_);
    for (const auto& [id, unsettled] : live_) {
      ledger.Restore(Decoded(id, orders_.at(id)), unsettled);
    }
    for (const auto& [place, quantity] : positions_) {
      ledger.SetOpening(place.first, place.second, quantity);
    }
    for (const auto& [name, account] : accounts_) {
      ledger.Restore(account);
    }
    for (const auto& [id, import] : imports_) {
      ledger.Restore(import);
    }
  }
  const LedgerHead& head() const { return head_; }

 private:
  struct Taken {
    uint64_t number;
    LedgerHead head;
    UnsavedOrders unsaved;
  };

  static std::unique_ptr<Order> Decoded(OrderId id, const std::string& bytes) {
    std::unique_ptr<Order> order = DecodeOrder(bytes);
    order->id = id;
    return order;
  }

  std::map<OrderId, std::string> orders_;
  std::map<std::string, OrderId> keys_;
  std::map<OrderId, bool> live_;
  std::map<std::pair<std::string, std::string>, Quantity> positions_;
  std::map<std::string, SavedAccount> accounts_;
  std::map<std::string, SavedImport> imports_;
  LedgerHead head_;
  std::deque<Taken> waiting_;
  uint64_t number_ = 0;
};

}  // namespace tw::oms::testing
