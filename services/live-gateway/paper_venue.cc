#include "services/live-gateway/paper_venue.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"

namespace tw::live_gateway {
namespace {

constexpr int64_t kBasisPoints = 10'000;
constexpr uint64_t kChanceSeed = 0x7061706572;  // apart from the synthetic market's

int64_t Scaled(int64_t value, int64_t part, int64_t whole) {
  const auto scaled = MulDiv(value, part, whole, Rounding::kHalfAwayFromZero);
  TW_CHECK(scaled.has_value());
  return *scaled;
}

}  // namespace

Instruments ListedAt(const Instruments& instruments, const PaperVenueConfig& config) {
  std::vector<Instrument> list;
  for (Instrument instrument : instruments.list()) {
    if (!config.symbols.empty() && std::find(config.symbols.begin(), config.symbols.end(),
                                             instrument.symbol) == config.symbols.end()) {
      continue;
    }
    if (config.price_offset_bps != 0) {
      const Price moved = Price::FromE8(Scaled(
          instrument.start_price.e8(), kBasisPoints + config.price_offset_bps, kBasisPoints));
      instrument.start_price = RoundToTick(moved, instrument.tick_size, Rounding::kUp);
    }
    instrument.min_depth =
        Quantity::FromE8(Scaled(instrument.min_depth.e8(), config.depth_percent, 100));
    list.push_back(std::move(instrument));
  }
  return Instruments(std::move(list), instruments.hash());
}

PaperVenue::PaperVenue(const Instruments& instruments, const PaperVenueConfig& config)
    : config_(config),
      exchange_(ListedAt(instruments, config), config.exchange),
      market_(exchange_.instruments(), config.synthetic),
      chance_(config.synthetic.seed ^ kChanceSeed) {}

std::vector<std::string> PaperVenue::symbols() const {
  std::vector<std::string> names;
  if (!config_.takes_orders) {
    return names;
  }
  for (const Instrument& instrument : exchange_.instruments().list()) {
    names.push_back(instrument.symbol);
  }
  return names;
}

VenueTerms PaperVenue::terms() const {
  return {config_.exchange.maker_fee_e8, config_.exchange.taker_fee_e8,
          config_.exchange.minimum_fee_e8, config_.latency_to, config_.latency_from};
}

void PaperVenue::Resume(Timestamp now, Output& out) {
  market_.Step(exchange_, now, out);
  exchange_.Resume(now, out);
}

bool PaperVenue::Knows(const std::string& child_id) const {
  return exchange_.Find(child_id) != nullptr || on_the_way_.contains(child_id);
}

// --- To the exchange ----------------------------------------------------------------------------

void PaperVenue::Process(const Command& command, Timestamp now, Output& out) {
  const auto* place = std::get_if<PlaceOrder>(&command);
  if (place != nullptr && on_the_way_.contains(place->child_id)) {
    out.repeats.push_back(ReportOf(ReportKind::kAccepted, *place));
    return;
  }
  if (!config_.takes_orders) {
    Refuse(command, RejectReason::kVenueHalted, config_.name + " only makes market data", now, out);
    return;
  }
  if (connected_ && config_.latency_to.ns == 0 && to_.empty()) {
    Deliver(command, now, out);
    return;
  }
  if (place != nullptr) {
    if (to_.size() >= kOnTheWayMax) {
      Refuse(command, RejectReason::kVenueUnavailable, "too many orders are on their way", now,
             out);
      return;
    }
    on_the_way_.insert(place->child_id);
  }
  to_.push_back({now + config_.latency_to, command});
}

void PaperVenue::Deliver(const Command& command, Timestamp now, Output& out) {
  Output made;
  const auto* place = std::get_if<PlaceOrder>(&command);
  if (place != nullptr && config_.reject_percent > 0 &&
      exchange_.Find(place->child_id) == nullptr &&
      chance_.Percent(static_cast<uint64_t>(config_.reject_percent))) {
    exchange_.Refuse(*place, RejectReason::kVenueRejected, "refused by chance (reject_percent)",
                     now, made);
  } else {
    exchange_.Process(command, now, made);
  }
  Bring(std::move(made), now, out);
}

void PaperVenue::Refuse(const Command& command,
                        RejectReason reason,
                        const std::string& message,
                        Timestamp now,
                        Output& out) {
  const size_t first = out.reports.size();
  if (const auto* place = std::get_if<PlaceOrder>(&command)) {
    exchange_.Refuse(*place, reason, message, now, out);
  } else if (const auto* change = std::get_if<ReplaceOrder>(&command)) {
    exchange_.Refuse(*change, reason, message, now, out);
  }
  for (size_t i = first; i < out.reports.size(); ++i) {
    out.reports[i].by_gate = true;
  }
}

size_t PaperVenue::CancelAll(const std::string& message, Timestamp now, Output& out) {
  std::deque<Outbound> kept;
  for (Outbound& outbound : to_) {
    if (std::holds_alternative<PlaceOrder>(outbound.command)) {
      Refuse(outbound.command, RejectReason::kVenueHalted, message, now, out);
    } else {
      kept.push_back(std::move(outbound));
    }
  }
  to_ = std::move(kept);
  on_the_way_.clear();
  Output made;
  const size_t canceled = exchange_.CancelAll(message, now, made);
  Bring(std::move(made), now, out);
  return canceled;
}

// --- And back -----------------------------------------------------------------------------------

void PaperVenue::Bring(Output&& made, Timestamp now, Output& out) {
  for (Report& report : made.reports) {
    if (connected_ && config_.latency_from.ns == 0 && from_.empty()) {
      out.reports.push_back(std::move(report));
    } else {
      from_.push_back({now + config_.latency_from, std::move(report)});
    }
  }
  std::move(made.repeats.begin(), made.repeats.end(), std::back_inserter(out.repeats));
  std::move(made.market.begin(), made.market.end(), std::back_inserter(out.market));
}

void PaperVenue::Advance(Timestamp now, Output& out) {
  if (!connected_) {
    return;
  }
  while (!to_.empty() && to_.front().due <= now) {
    const Command command = std::move(to_.front().command);
    to_.pop_front();
    if (const auto* place = std::get_if<PlaceOrder>(&command)) {
      on_the_way_.erase(place->child_id);
    }
    Deliver(command, now, out);
  }
  while (!from_.empty() && from_.front().due <= now) {
    out.reports.push_back(std::move(from_.front().report));
    from_.pop_front();
  }
}

std::optional<Timestamp> PaperVenue::NextDue() const {
  if (!connected_ || (to_.empty() && from_.empty())) {
    return std::nullopt;
  }
  if (to_.empty() || from_.empty()) {
    return to_.empty() ? from_.front().due : to_.front().due;
  }
  return std::min(to_.front().due, from_.front().due);
}

void PaperVenue::SetConnected(bool connected, Timestamp now, Output& out) {
  connected_ = connected;
  Advance(now, out);
}

// --- The market ---------------------------------------------------------------------------------

void PaperVenue::Step(Timestamp now, Output& out) {
  Output made;
  market_.Step(exchange_, now, made);
  Bring(std::move(made), now, out);
}

absl::Status PaperVenue::Drive(const std::vector<DrivenRow>& rows, Timestamp now, Output& out) {
  Output made;
  absl::Status status;
  if (rows.empty()) {
    driver_.Stop(now, made);
  } else {
    status = driver_.Apply(rows, now, made);
  }
  Bring(std::move(made), now, out);
  return status;
}

}  // namespace tw::live_gateway
