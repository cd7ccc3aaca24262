#include "services/pnl/fifo_lots.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"

namespace tw::pnl {
namespace {

Quantity Signed(int sign, Quantity quantity) {
  return sign > 0 ? quantity : -quantity;
}

}  // namespace

void FifoLots::Apply(const Fill& fill, Amount notional) {
  const int sign = Sign(fill.side);
  Quantity left = fill.quantity;
  while (!left.IsZero() && !lots_.empty() && (lots_.front().quantity > Quantity()) != (sign > 0)) {
    left -= CloseOldest(sign, left, notional);
  }
  if (!left.IsZero()) {
    OpenLot({.open_fill_id = fill.fill_id,
             .quantity = Signed(sign, left),
             .price = fill.price,
             .cost = sign * notional,
             .opened = fill.time});
  }
}

void FifoLots::Open(const std::string& id, Quantity quantity, Price price, Amount cost) {
  TW_CHECK(lots_.empty() && !quantity.IsZero());
  OpenLot({.open_fill_id = id, .quantity = quantity, .price = price, .cost = cost, .opened = {}});
}

Quantity FifoLots::CloseOldest(int sign, Quantity quantity, Amount& notional) {
  Lot& lot = lots_.front();
  const Quantity closing = std::min(quantity, lot.quantity.Abs());
  const Amount closing_notional = ShareOf(notional, closing, quantity);
  const Amount closed_cost = ShareOf(lot.cost, closing, lot.quantity.Abs());
  realized_ += -sign * closing_notional - closed_cost;
  notional -= closing_notional;
  cost_ -= closed_cost;
  lot.cost -= closed_cost;
  lot.quantity += Signed(sign, closing);
  quantity_ += Signed(sign, closing);
  if (lot.quantity.IsZero()) {
    lots_.pop_front();
  }
  return closing;
}

void FifoLots::OpenLot(Lot lot) {
  quantity_ += lot.quantity;
  cost_ += lot.cost;
  if (lots_.size() < lots_max_) {
    lots_.push_back(std::move(lot));
    return;
  }
  Lot& newest = lots_.back();
  newest.quantity += lot.quantity;
  newest.cost += lot.cost;
  newest.price = PerUnit(newest.cost, newest.quantity);
}

}  // namespace tw::pnl
