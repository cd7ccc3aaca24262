#include "services/ptrc/reconciler.h"

#include <algorithm>

namespace tw::ptrc {
namespace {

PositionKey KeyOf(const Trade& t) {
  return {t.account, t.symbol};
}

// A position past 64 bits is beyond every limit of the platform: it sticks, and shows as a break.
void Add(PositionMap& positions, const PositionKey& key, Quantity change) {
  Quantity& held = positions[key];
  held = Quantity::SaturatingAdd(held, change);
}

Break TradeBreak(BreakKind kind, const Trade& t, Timestamp since) {
  Break out;
  out.kind = kind;
  out.key = TradeKey(t);
  out.account = t.account;
  out.symbol = t.symbol;
  out.since = since;
  return out;
}

bool SameTerms(const Trade& a, const Trade& b) {
  return a.account == b.account && a.symbol == b.symbol && a.side == b.side &&
         a.order_id == b.order_id;
}

}  // namespace

void Reconciler::OpenPosition(const PositionKey& key, Quantity quantity) {
  Add(positions_, key, quantity);
}

void Reconciler::BringIn(const PositionKey& key, Quantity quantity, uint64_t ledger_sequence) {
  AdvanceLedger(ledger_sequence);
  Add(positions_, key, quantity);
  Remember({.key = "", .ledger_sequence = ledger_sequence, .position = key, .quantity = quantity});
}

bool Reconciler::OnVenueTrade(const Trade& trade, Timestamp now) {
  const std::string key = TradeKey(trade);
  const auto waiting = venue_only_.find(key);
  if (waiting != venue_only_.end() || matched_keys_.contains(key)) {
    Break b = TradeBreak(BreakKind::kDuplicateAtVenue, trade, now);
    b.ours = Describe(trade);
    b.theirs = waiting == venue_only_.end() ? "" : Describe(waiting->second.trade);
    breaks_.Open(std::move(b));
    return false;
  }
  Add(positions_, KeyOf(trade), SignedQuantity(trade));
  const auto other = oms_only_.find(key);
  if (other == oms_only_.end()) {
    Wait(venue_only_, key, trade, now);
    return true;
  }
  const Trade fill = std::move(other->second.trade);
  oms_only_.erase(other);
  Pair(trade, fill, now);
  return true;
}

void Reconciler::OnOmsFill(const Trade& fill, Timestamp now) {
  AdvanceLedger(fill.sequence);
  const std::string key = TradeKey(fill);
  const auto waiting = oms_only_.find(key);
  if (waiting != oms_only_.end() || matched_keys_.contains(key)) {
    Break b = TradeBreak(BreakKind::kDuplicateInOms, fill, now);
    b.ours = waiting == oms_only_.end() ? "" : Describe(waiting->second.trade);
    b.theirs = Describe(fill);
    breaks_.Open(std::move(b));
    return;
  }
  const auto other = venue_only_.find(key);
  if (other == venue_only_.end()) {
    Wait(oms_only_, key, fill, now);
    return;
  }
  const Trade trade = std::move(other->second.trade);
  venue_only_.erase(other);
  Pair(trade, fill, now);
}

void Reconciler::AdvanceLedger(uint64_t sequence) {
  ledger_sequence_ = std::max(ledger_sequence_, sequence);
}

void Reconciler::OnPnlPositions(PositionMap positions, uint64_t ledger_sequence) {
  pnl_ = PnlAnswer{.positions = std::move(positions), .ledger_sequence = ledger_sequence};
}

void Reconciler::OnTime(Timestamp now, std::optional<Timestamp> current_since) {
  if (!current_since) {
    differing_since_.clear();
    return;
  }
  OpenOverdue(venue_only_, BreakKind::kMissingInOms, now, *current_since);
  OpenOverdue(oms_only_, BreakKind::kMissingAtVenue, now, *current_since);
  ComparePositions(now, *current_since);
}

bool Reconciler::IsMatched(const std::string& trade_key) const {
  return !venue_only_.contains(trade_key) && !breaks_.AnyOpen(trade_key);
}

bool Reconciler::Wait(WaitingMap& side, const std::string& key, const Trade& trade, Timestamp now) {
  if (side.size() >= limits_.unmatched_max) {
    ++overflowed_;
    return false;
  }
  side.emplace(key, Waiting{.trade = trade, .seen = now});
  return true;
}

void Reconciler::Pair(const Trade& venue, const Trade& oms, Timestamp now) {
  const std::string key = TradeKey(venue);
  breaks_.Close(BreakKind::kMissingInOms, key, now);
  breaks_.Close(BreakKind::kMissingAtVenue, key, now);
  const auto differ = [&](BreakKind kind, std::string ours, std::string theirs) {
    Break b = TradeBreak(kind, venue, now);
    b.ours = std::move(ours);
    b.theirs = std::move(theirs);
    breaks_.Open(std::move(b));
  };
  if (!SameTerms(venue, oms)) {
    differ(BreakKind::kTerms, Describe(venue), Describe(oms));
  }
  if (venue.quantity != oms.quantity) {
    differ(BreakKind::kQuantity, venue.quantity.ToString(), oms.quantity.ToString());
  }
  if (venue.price != oms.price) {
    differ(BreakKind::kPrice, venue.price.ToString(), oms.price.ToString());
  }
  ++matched_count_;
  matched_keys_.insert(key);
  Remember({.key = key,
            .ledger_sequence = oms.sequence,
            .position = KeyOf(venue),
            .quantity = SignedQuantity(venue)});
}

void Reconciler::Remember(Match match) {
  matches_.push_back(std::move(match));
  if (matches_.size() > limits_.matched_max) {
    forgotten_sequence_ = std::max(forgotten_sequence_, matches_.front().ledger_sequence);
    matched_keys_.erase(matches_.front().key);
    matches_.pop_front();
  }
}

bool Reconciler::IsOverdue(const Waiting& waiting, Timestamp now, Timestamp current_since) const {
  return now - std::max(waiting.seen, current_since) >= limits_.grace;
}

void Reconciler::OpenOverdue(const WaitingMap& side,
                             BreakKind kind,
                             Timestamp now,
                             Timestamp current_since) {
  for (const auto& [key, waiting] : side) {
    if (!IsOverdue(waiting, now, current_since)) {
      continue;
    }
    Break b = TradeBreak(kind, waiting.trade, waiting.seen);
    (kind == BreakKind::kMissingInOms ? b.ours : b.theirs) = Describe(waiting.trade);
    breaks_.Open(std::move(b));
  }
}

PositionMap Reconciler::Expected(uint64_t at, Timestamp now, Timestamp current_since) const {
  PositionMap out = positions_;
  for (const Match& m : matches_) {
    if (m.ledger_sequence > at) {
      Add(out, m.position, -m.quantity);
    }
  }
  for (const auto& [key, waiting] : venue_only_) {
    if (!IsOverdue(waiting, now, current_since)) {
      Add(out, KeyOf(waiting.trade), -SignedQuantity(waiting.trade));
    }
  }
  for (const auto& [key, waiting] : oms_only_) {
    if (waiting.trade.sequence <= at && !IsOverdue(waiting, now, current_since)) {
      Add(out, KeyOf(waiting.trade), SignedQuantity(waiting.trade));
    }
  }
  return out;
}

void Reconciler::ComparePositions(Timestamp now, Timestamp current_since) {
  if (!pnl_ || pnl_->ledger_sequence > ledger_sequence_) {
    return;
  }
  const PnlAnswer answer = *std::exchange(pnl_, std::nullopt);
  if (answer.ledger_sequence < forgotten_sequence_) {
    return;  // pnl is too far behind to be compared; its lag shows in the checks
  }
  PositionMap ours = Expected(answer.ledger_sequence, now, current_since);
  PositionMap theirs = answer.positions;
  for (const auto& [key, quantity] : theirs) {
    ours.try_emplace(key);
  }
  for (const auto& [key, quantity] : ours) {
    const Quantity shown = theirs[key];
    const std::string name = key.first + "/" + key.second;
    if (shown == quantity) {
      differing_since_.erase(key);
      breaks_.Close(BreakKind::kPosition, name, now);
      continue;
    }
    const Timestamp since = differing_since_.try_emplace(key, now).first->second;
    if (now - since >= limits_.grace) {
      Break b{.id = "",
              .kind = BreakKind::kPosition,
              .key = name,
              .account = key.first,
              .symbol = key.second,
              .ours = quantity.ToString(),
              .theirs = shown.ToString(),
              .since = since,
              .closed = {}};
      breaks_.Open(std::move(b));
    }
  }
  ++positions_compared_;
}

}  // namespace tw::ptrc
