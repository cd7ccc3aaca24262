#include "services/live-gateway/exchange.h"

#include <algorithm>
#include <string>
#include <utility>

#include "libs/base/check.h"

namespace tw::live_gateway {
namespace {

std::string_view StateName(OwnOrder::State state) {
  switch (state) {
    case OwnOrder::State::kOpen: return "open";
    case OwnOrder::State::kFilled: return "filled";
    case OwnOrder::State::kCanceled: return "canceled";
    case OwnOrder::State::kRejected: return "rejected";
  }
  TW_UNREACHABLE();
}

// The refusal of a cancel or replace whose order is not open: unknown, or `known` and finished.
template <typename Change>
Report NotOpen(ReportKind kind, const Change& command, const OwnOrder* known) {
  if (known != nullptr) {
    Report report = ReportOf(kind, *known);
    report.reason = RejectReason::kVenueRejected;
    report.message = "order is " + std::string(StateName(known->state));
    return report;
  }
  PlaceOrder named;
  named.child_id = command.child_id;
  named.order_id = command.order_id;
  named.account = command.account;
  named.symbol = command.symbol;
  Report report = ReportOf(kind, named);
  report.reason = RejectReason::kVenueRejected;
  report.message = "the venue does not know this order";
  return report;
}

book::OrderKind KindOf(const PlaceOrder& order) {
  if (order.time_in_force == TimeInForce::kFok) {
    return book::OrderKind::kFok;
  }
  if (order.post_only) {
    return book::OrderKind::kPostOnly;
  }
  const bool passing = order.type == OrderType::kMarket || order.time_in_force == TimeInForce::kIoc;
  return passing ? book::OrderKind::kIoc : book::OrderKind::kLimit;
}

}  // namespace

Exchange::Exchange(Instruments instruments, ExchangeConfig config)
    : instruments_(std::move(instruments)), config_(config) {
  markets_.resize(instruments_.list().size());
  for (size_t i = 0; i < markets_.size(); ++i) {
    index_[instruments_.list()[i].symbol] = i;
    markets_[i].source_seq = config_.first_source_seq - 1;
    SetBand(i, true);
  }
}

std::optional<size_t> Exchange::IndexOf(std::string_view symbol) const {
  const auto it = index_.find(std::string(symbol));
  return it == index_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

const OwnOrder* Exchange::Find(const std::string& child_id) const {
  const auto it = orders_.find(child_id);
  return it == orders_.end() ? nullptr : it->second.get();
}

std::vector<const OwnOrder*> Exchange::OpenOrders() const {
  std::vector<const OwnOrder*> out;
  out.reserve(open_.size());
  for (const auto& [book_id, order] : open_) {
    out.push_back(order);
  }
  return out;
}

// --- Checks -------------------------------------------------------------------------------------

Exchange::Refusal Exchange::CheckSizes(size_t index, const PlaceOrder& order) const {
  const Instrument& instrument = instruments_.list()[index];
  const bool limit = order.type == OrderType::kLimit;
  if (order.price.e8() < (limit ? 1 : 0)) {
    return {RejectReason::kVenueRejected, "price " + order.price.ToString() + " is out of range"};
  }
  if (limit && !IsMultiple(order.price.e8(), instrument.tick_size.e8())) {
    return {RejectReason::kTickSize, "price " + order.price.ToString() +
                                         " is no multiple of the tick size " +
                                         instrument.tick_size.ToString()};
  }
  if (order.price.e8() / instrument.tick_size.e8() > book::kPriceMax) {
    return {RejectReason::kVenueRejected, "price " + order.price.ToString() + " is out of range"};
  }
  if (order.quantity < instrument.min_quantity || order.quantity.e8() <= 0) {
    return {RejectReason::kMinQuantity, "quantity " + order.quantity.ToString() +
                                            " is below the minimum " +
                                            instrument.min_quantity.ToString()};
  }
  if (order.quantity > instrument.max_quantity ||
      order.quantity.e8() / instrument.lot_size.e8() > book::kQuantityMax) {
    return {RejectReason::kMaxQuantity, "quantity " + order.quantity.ToString() +
                                            " is above the maximum " +
                                            instrument.max_quantity.ToString()};
  }
  if (!IsMultiple(order.quantity.e8(), instrument.lot_size.e8())) {
    return {RejectReason::kLotSize, "quantity " + order.quantity.ToString() +
                                        " is no multiple of the lot size " +
                                        instrument.lot_size.ToString()};
  }
  // A fill is at the price of the side that rested, for no more than it had: so no fill's notional
  // is above that of a resting order, at its own limit or where the band put it.
  const Price at = order.price.IsZero() ? Price() : ToPrice(index, BookPrice(index, order));
  if (!Notional(std::max(order.price, at), order.quantity)) {
    return {RejectReason::kNotionalOutOfRange, "price times quantity is out of range"};
  }
  return {};
}

Exchange::Refusal Exchange::CheckTerms(const PlaceOrder& order) const {
  const std::optional<size_t> instrument = IndexOf(order.symbol);
  if (!instrument) {
    return {RejectReason::kVenueUnknownSymbol, "the venue does not list " + order.symbol};
  }
  if (order.child_id.empty()) {
    return {RejectReason::kVenueRejected, "child_id is empty"};
  }
  if (order.side != Side::kBuy && order.side != Side::kSell) {
    return {RejectReason::kVenueRejected, "side is neither BUY nor SELL"};
  }
  if (order.type != OrderType::kMarket && order.type != OrderType::kLimit) {
    return {RejectReason::kUnsupportedOrderType,
            "the venue does not take " + std::string(Name(order.type)) + " orders"};
  }
  if (order.time_in_force == TimeInForce::kUnspecified) {
    return {RejectReason::kUnsupportedTimeInForce,
            "the venue does not take " + std::string(Name(order.time_in_force)) + " orders"};
  }
  if (Refusal refusal = CheckSizes(*instrument, order); refusal.reason != RejectReason::kNone) {
    return refusal;
  }
  if (Refusal refusal = CheckSpecials(*instrument, order); refusal.reason != RejectReason::kNone) {
    return refusal;
  }
  if (open_.size() >= config_.open_orders_max) {
    return {RejectReason::kVenueRejected, "too many open orders at the venue"};
  }
  return {};
}

Exchange::Refusal Exchange::CheckReplace(const OwnOrder& order, const ReplaceOrder& change) const {
  PlaceOrder wanted = order.terms;
  wanted.price = change.price;
  wanted.quantity = change.quantity;
  if (Refusal refusal = CheckSizes(*IndexOf(wanted.symbol), wanted);
      refusal.reason != RejectReason::kNone) {
    return refusal;
  }
  if (change.quantity <= order.cumulative) {
    return {RejectReason::kVenueRejected, "quantity " + change.quantity.ToString() +
                                              " is not above what is filled, " +
                                              order.cumulative.ToString()};
  }
  wanted.quantity = change.quantity - order.cumulative;
  return CheckSpecials(*IndexOf(wanted.symbol), wanted);
}

Exchange::Refusal Exchange::CheckResume(const OwnOrder& order) const {
  const std::optional<size_t> instrument = IndexOf(order.terms.symbol);
  if (!instrument) {
    return {RejectReason::kVenueUnknownSymbol, "the venue no longer lists " + order.terms.symbol};
  }
  if (Refusal refusal = CheckSizes(*instrument, order.terms);
      refusal.reason != RejectReason::kNone) {
    return refusal;
  }
  const Quantity lot = instruments_.list()[*instrument].lot_size;
  if (!IsMultiple(order.leaves().e8(), lot.e8())) {
    return {RejectReason::kLotSize,
            "what is open is no multiple of the lot size " + lot.ToString()};
  }
  PlaceOrder open = order.terms;
  open.quantity = order.leaves();
  return CheckSpecials(*instrument, open);
}

// `order.quantity` is what would be open.
Exchange::Refusal Exchange::CheckSpecials(size_t index, const PlaceOrder& order) const {
  const bool rests = order.type == OrderType::kLimit && order.time_in_force != TimeInForce::kIoc &&
                     order.time_in_force != TimeInForce::kFok;
  if (order.post_only) {
    if (!rests) {
      return {RejectReason::kUnsupportedOrderType, "a post-only order must be able to rest"};
    }
    const book::Book& book = markets_[index].book;
    if (book.Available(Opposite(order.side), BookPrice(index, order), 1) > 0) {
      return {RejectReason::kPostOnlyWouldTrade,
              "price " + order.price.ToString() + " would trade at once"};
    }
  }
  if (order.display.IsZero()) {
    return {};
  }
  const Quantity lot = instruments_.list()[index].lot_size;
  if (!rests || order.display < lot || !IsMultiple(order.display.e8(), lot.e8())) {
    return {RejectReason::kDisplayQuantity, "display quantity " + order.display.ToString() +
                                                " must be a multiple of the lot size " +
                                                lot.ToString() + " of an order that can rest"};
  }
  if ((order.quantity.e8() - 1) / order.display.e8() >= book::kSlicesMax) {
    return {RejectReason::kDisplayQuantity, "display quantity " + order.display.ToString() +
                                                " makes more than " +
                                                std::to_string(book::kSlicesMax) + " slices"};
  }
  return {};
}

// --- Commands -----------------------------------------------------------------------------------

void Exchange::Process(const Command& command, Timestamp now, Output& out) {
  TW_CHECK(resumed_);
  std::visit([&](const auto& c) { On(c, now, out); }, command);
}

void Exchange::Refuse(const PlaceOrder& order,
                      RejectReason reason,
                      const std::string& message,
                      Timestamp now,
                      Output& out) {
  TW_CHECK(resumed_);
  if (const OwnOrder* known = Find(order.child_id)) {
    out.repeats.push_back(known->last);
    return;
  }
  Report report = ReportOf(ReportKind::kRejected, order);
  report.reason = reason;
  report.message = message;
  Emit(std::move(report), now, out);
}

void Exchange::Refuse(const ReplaceOrder& change,
                      RejectReason reason,
                      const std::string& message,
                      Timestamp now,
                      Output& out) {
  TW_CHECK(resumed_);
  const OwnOrder* order = Find(change.child_id);
  if (order == nullptr || order->state != OwnOrder::State::kOpen) {
    Emit(NotOpen(ReportKind::kReplaceRejected, change, order), now, out);
    return;
  }
  Report report = ReportOf(ReportKind::kReplaceRejected, *order);
  report.reason = reason;
  report.message = message;
  Emit(std::move(report), now, out);
}

void Exchange::On(const PlaceOrder& order, Timestamp now, Output& out) {
  if (const OwnOrder* known = Find(order.child_id)) {
    out.repeats.push_back(known->last);
    return;
  }
  const Refusal refusal = CheckTerms(order);
  if (refusal.reason != RejectReason::kNone) {
    Refuse(order, refusal.reason, refusal.message, now, out);
    return;
  }
  Report accepted = ReportOf(ReportKind::kAccepted, order);
  accepted.leaves = order.quantity;
  Emit(std::move(accepted), now, out);
  const size_t instrument = *IndexOf(order.symbol);
  markets_[instrument].book.New(ForBook(order, order.quantity, last_number_ | kOwnBit), events_);
  Settle(instrument, now, out);
  PublishBook(instrument, now, out);
}

void Exchange::On(const CancelOrder& command, Timestamp now, Output& out) {
  const OwnOrder* order = Find(command.child_id);
  if (order == nullptr || order->state != OwnOrder::State::kOpen) {
    Emit(NotOpen(ReportKind::kCancelRejected, command, order), now, out);
    return;
  }
  const size_t instrument = *IndexOf(order->terms.symbol);
  markets_[instrument].book.Cancel({order->book_id}, events_);
  Settle(instrument, now, out);
  PublishBook(instrument, now, out);
}

void Exchange::On(const ReplaceOrder& change, Timestamp now, Output& out) {
  const OwnOrder* order = Find(change.child_id);
  if (order == nullptr || order->state != OwnOrder::State::kOpen) {
    Emit(NotOpen(ReportKind::kReplaceRejected, change, order), now, out);
    return;
  }
  const Refusal refusal = CheckReplace(*order, change);
  if (refusal.reason != RejectReason::kNone) {
    Refuse(change, refusal.reason, refusal.message, now, out);
    return;
  }
  const size_t instrument = *IndexOf(order->terms.symbol);
  Market& market = markets_[instrument];
  const std::optional<book::OrderView> resting = market.book.Find(order->book_id);
  TW_CHECK(resting.has_value());
  market.touched.push_back({resting->side, resting->price});

  Report replaced = ReportOf(ReportKind::kReplaced, *order);
  replaced.price = change.price;
  replaced.quantity = change.quantity;
  replaced.leaves = change.quantity - order->cumulative;
  Emit(std::move(replaced), now, out);
  const book::NewOrder wanted = ForBook(order->terms, order->leaves(), order->book_id);
  market.book.Modify({wanted.id, wanted.price, wanted.quantity}, events_);
  Settle(instrument, now, out);
  PublishBook(instrument, now, out);
}

size_t Exchange::CancelAll(const std::string& message, Timestamp now, Output& out) {
  TW_CHECK(resumed_);
  std::vector<uint64_t> ids;
  for (const auto& [book_id, order] : open_) {
    ids.push_back(book_id);
  }
  for (const uint64_t book_id : ids) {
    const OwnOrder& order = *open_.at(book_id);
    const size_t instrument = *IndexOf(order.terms.symbol);
    Market& market = markets_[instrument];
    market.book.Cancel({book_id}, events_);
    const book::Event canceled = events_[0];
    TW_CHECK(canceled.type == book::EventType::kCanceled);
    market.touched.push_back({canceled.side, canceled.price});
    events_.Clear();
    ReportCancel(order, {RejectReason::kNone, message}, now, out);
  }
  for (size_t i = 0; i < markets_.size(); ++i) {
    PublishBook(i, now, out);
  }
  return ids.size();
}

void Exchange::Participate(size_t instrument,
                           const std::vector<ParticipantOrder>& orders,
                           Timestamp now,
                           Output& out) {
  book::Book& book = markets_[instrument].book;
  for (const ParticipantOrder& order : orders) {
    TW_CHECK((std::visit([](const auto& o) { return o.id; }, order) & kOwnBit) == 0);
    if (const auto* fresh = std::get_if<book::NewOrder>(&order)) {
      book.New(*fresh, events_);
    } else if (const auto* change = std::get_if<book::ModifyOrder>(&order)) {
      book.Modify(*change, events_);
    } else {
      book.Cancel(std::get<book::CancelOrder>(order), events_);
    }
    Settle(instrument, now, out);
  }
  PublishBook(instrument, now, out);
}

int64_t Exchange::BookPrice(size_t instrument, const PlaceOrder& terms) const {
  const Price price = terms.price;
  const Side side = terms.side;
  const Market& market = markets_[instrument];
  if (price.IsZero()) {
    return side == Side::kBuy ? market.high : market.low;
  }
  // The price of a market order need not be a whole tick; it is a limit all the same.
  const Price tick = instruments_.list()[instrument].tick_size;
  const Rounding inward = side == Side::kBuy ? Rounding::kDown : Rounding::kUp;
  const int64_t ticks = std::max<int64_t>(1, RoundToTick(price, tick, inward).e8() / tick.e8());
  return side == Side::kBuy ? std::min(ticks, market.high) : std::max(ticks, market.low);
}

book::NewOrder Exchange::ForBook(const PlaceOrder& terms, Quantity leaves, uint64_t book_id) const {
  const size_t instrument = *IndexOf(terms.symbol);
  book::NewOrder order;
  order.id = book_id;
  order.side = terms.side;
  order.kind = KindOf(terms);
  order.price = BookPrice(instrument, terms);
  const int64_t lot = instruments_.list()[instrument].lot_size.e8();
  order.quantity = leaves.e8() / lot;
  order.display = std::min(terms.display.e8() / lot, order.quantity);
  return order;
}

// --- Recovery -----------------------------------------------------------------------------------

void Exchange::Apply(const Report& report) {
  TW_CHECK(!resumed_);
  TW_CHECK(report.number > last_number_);
  Record(report);
}

void Exchange::Resume(Timestamp now, Output& out) {
  TW_CHECK(!resumed_);
  resumed_ = true;
  for (const OwnOrder* order : OpenOrders()) {
    if (const Refusal refusal = CheckResume(*order); refusal.reason != RejectReason::kNone) {
      ReportCancel(*order, refusal, now, out);
      continue;
    }
    const size_t instrument = *IndexOf(order->terms.symbol);
    markets_[instrument].book.New(ForBook(order->terms, order->leaves(), order->book_id), events_);
    Settle(instrument, now, out);
  }
  for (size_t i = 0; i < markets_.size(); ++i) {
    PublishBook(i, now, out);
  }
}

void Exchange::Record(const Report& report) {
  last_number_ = report.number;
  if (report.kind == ReportKind::kCancelRejected || report.kind == ReportKind::kReplaceRejected) {
    return;
  }
  if (report.kind == ReportKind::kTradeBusted || report.kind == ReportKind::kTradeCorrected) {
    adjusted_[report.original_exec_id] = report;
    return;
  }
  if (report.kind == ReportKind::kAccepted || report.kind == ReportKind::kRejected) {
    if (report.child_id.empty()) {
      return;  // refused for that very reason: there is no name to keep it under
    }
    auto& order = orders_[report.child_id];
    TW_CHECK(order == nullptr);
    order = std::make_unique<OwnOrder>();
    order->terms = {report.child_id, report.order_id,  report.account,       report.symbol,
                    report.side,     report.type,      report.time_in_force, report.price,
                    report.quantity, report.post_only, report.display};
    order->book_id = report.number | kOwnBit;
    order->last = report;
    open_[order->book_id] = order.get();
    if (report.kind == ReportKind::kRejected) {
      Finish(*order, OwnOrder::State::kRejected);
    }
    return;
  }
  const auto it = orders_.find(report.child_id);
  TW_CHECK(it != orders_.end() && it->second->state == OwnOrder::State::kOpen);
  OwnOrder& order = *it->second;
  order.last = report;
  order.cumulative = report.cumulative;
  if (report.kind == ReportKind::kReplaced) {
    order.terms.price = report.price;
    order.terms.quantity = report.quantity;
  } else if (report.kind == ReportKind::kCanceled) {
    Finish(order, OwnOrder::State::kCanceled);
  } else if (report.leaves.IsZero()) {
    Finish(order, OwnOrder::State::kFilled);
  }
}

void Exchange::Finish(OwnOrder& order, OwnOrder::State state) {
  order.state = state;
  open_.erase(order.book_id);
  finished_.push_back(order.terms.child_id);
  if (finished_.size() > config_.finished_orders_max) {
    orders_.erase(finished_.front());
    finished_.pop_front();
  }
}

}  // namespace tw::live_gateway
