// The ledger's state as one number.
#include <string_view>

#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

// FNV-1a over the parts of a state, in a fixed order.
class Hasher {
 public:
  void Add(uint64_t v) {
    for (int i = 0; i < 8; ++i) {
      hash_ = (hash_ ^ (v & 0xff)) * 0x100000001b3U;
      v >>= 8;
    }
  }
  void Add(int64_t v) { Add(static_cast<uint64_t>(v)); }
  void Add(std::string_view text) {
    Add(static_cast<uint64_t>(text.size()));
    for (const char c : text) {
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
  }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325U;
};

void AddInstructions(Hasher& h, const Instructions& asked) {
  h.Add(static_cast<uint64_t>(asked.post_only));
  h.Add(static_cast<uint64_t>(asked.reduce_only));
  h.Add(asked.display.e8());
  h.Add(static_cast<uint64_t>(asked.trigger));
  h.Add(asked.trailing_amount.e8());
  h.Add(asked.trailing_percent.e8());
  h.Add(asked.expire.ns);
  h.Add(static_cast<uint64_t>(asked.self_trade));
}

void AddLink(Hasher& h, const Order& o) {
  h.Add(o.terms.link.id.value());
  h.Add(static_cast<uint64_t>(o.terms.link.kind));
  h.Add(static_cast<uint64_t>(o.terms.link.role));
  h.Add(static_cast<uint64_t>(o.yielding));
  h.Add(o.cancel_reason);
}

void AddFills(Hasher& h, const Order& o) {
  h.Add(o.busted.e8());
  for (const BookedFill& fill : o.fills) {
    h.Add(fill.venue_exec_id);
    h.Add(fill.quantity.e8());
    h.Add(fill.price.e8());
    h.Add(fill.fee.e8());
  }
}

void AddOrder(Hasher& h, const Order& o) {
  h.Add(o.id.value());
  h.Add(o.terms.account);
  h.Add(o.terms.symbol);
  h.Add(o.terms.client_order_id);
  h.Add(static_cast<uint64_t>(o.terms.side));
  h.Add(static_cast<uint64_t>(o.terms.type));
  h.Add(static_cast<uint64_t>(o.terms.time_in_force));
  h.Add(o.terms.quantity.e8());
  h.Add(o.terms.price.e8());
  h.Add(o.terms.strategy);
  h.Add(o.terms.stop_price.e8());
  AddInstructions(h, o.terms.asked);
  h.Add(o.terms.parent_order_id);
  AddLink(h, o);
  AddFills(h, o);
  h.Add(o.terms.expires.ns);
  h.Add(o.trigger_price.e8());
  h.Add(o.triggered.ns);
  h.Add(static_cast<uint64_t>(o.expiring));
  h.Add(static_cast<uint64_t>(o.phase));
  h.Add(o.filled.e8());
  h.Add(o.leaves.e8());
  h.Add(o.canceled.e8());
  h.Add(o.filled_notional.e8());
  h.Add(o.reserve_price.e8());
  h.Add(o.kill_generation);
  h.Add(static_cast<uint64_t>(o.acknowledged));
  h.Add(o.requested_quantity.e8());
  h.Add(o.requested_price.e8());
  h.Add(static_cast<uint64_t>(o.reject_reason));
  h.Add(o.reject_message);
  h.Add(o.venue);
  h.Add(static_cast<uint64_t>(o.uncertain));
  h.Add(static_cast<uint64_t>(o.resolution.outcome));
  h.Add(o.resolution.reason);
  h.Add(o.resolution.by);
  h.Add(o.assumed.e8());
  h.Add(o.created.ns);
  h.Add(o.updated.ns);
  h.Add(o.sequence);
}

}  // namespace

uint64_t Ledger::StateHash() const {
  Hasher h;
  h.Add(last_sequence_);
  h.Add(last_execution_sequence_);
  h.Add(last_time_.ns);
  Walk(OrderId(), /*forward=*/true,
       [&h](const OrderBrief&, const Order* order, const PastOrders::Load& load) {
         AddOrder(h, order != nullptr ? *order : *load());
         return true;
       });
  for (const auto& [id, import] : imports_) {
    h.Add(id);
    h.Add(import.hash);
    h.Add(import.sequence);
  }
  return h.value();
}

uint64_t HashOf(uint64_t before, const Opening& opening) {
  Hasher h;
  h.Add(before);
  h.Add(opening.account);
  h.Add(static_cast<uint64_t>(opening.adds));
  h.Add(opening.currency);
  h.Add(opening.cash.e8());
  for (const OpeningLot& lot : opening.lots) {
    h.Add(lot.symbol);
    h.Add(lot.quantity.e8());
    h.Add(lot.price.e8());
    h.Add(lot.opened.ns);
  }
  return h.value();
}

}  // namespace tw::oms
