#include "libs/convert/opening.h"

namespace tw {

namespace v1 = tradewind::v1;

std::optional<Opening> DecodeOpening(const v1::LedgerEvent& event) {
  if (event.kind() != v1::ORDER_EVENT_KIND_OPENING_IMPORTED) {
    return std::nullopt;
  }
  const v1::Opening& in = event.opening();
  Opening out;
  out.import_id = in.import_id();
  out.by = in.by();
  out.reason = in.reason();
  out.account = event.account();
  out.adds = in.adds();
  out.currency = in.currency();
  out.cash = Money::FromE8(in.cash_e8());
  out.lots.reserve(static_cast<size_t>(in.lots_size()));
  for (const v1::OpeningLot& lot : in.lots()) {
    out.lots.push_back({.symbol = lot.symbol(),
                        .quantity = Quantity::FromE8(lot.quantity_e8()),
                        .price = Price::FromE8(lot.price_e8()),
                        .opened = {lot.opened_ns()}});
  }
  return out;
}

void EncodeOpening(const Opening& opening, v1::LedgerEvent& event) {
  event.set_kind(v1::ORDER_EVENT_KIND_OPENING_IMPORTED);
  event.set_account(opening.account);
  v1::Opening& out = *event.mutable_opening();
  out.set_import_id(opening.import_id);
  out.set_by(opening.by);
  out.set_reason(opening.reason);
  out.set_adds(opening.adds);
  out.set_currency(opening.currency);
  out.set_cash_e8(opening.cash.e8());
  for (const OpeningLot& lot : opening.lots) {
    v1::OpeningLot& added = *out.add_lots();
    added.set_symbol(lot.symbol);
    added.set_quantity_e8(lot.quantity.e8());
    added.set_price_e8(lot.price.e8());
    added.set_opened_ns(lot.opened.ns);
  }
}

}  // namespace tw
