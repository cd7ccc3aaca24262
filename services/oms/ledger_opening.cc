// What accounts bring in from elsewhere: cash and lots of positions, under the id of their import.
#include <algorithm>
#include <optional>

#include "libs/base/check.h"
#include "services/oms/ledger.h"

namespace tw::oms {
namespace {

// The account's lots added up, by symbol: they come sorted by it. nullopt: out of 64 bits.
std::optional<std::vector<std::pair<std::string, Quantity>>> Sums(const Opening& opening) {
  std::vector<std::pair<std::string, Quantity>> out;
  for (const OpeningLot& lot : opening.lots) {
    if (out.empty() || out.back().first != lot.symbol) {
      out.emplace_back(lot.symbol, Quantity());
    }
    const std::optional<Quantity> sum = Quantity::CheckedAdd(out.back().second, lot.quantity);
    if (!sum || *sum < -Quantity::Max()) {
      return std::nullopt;
    }
    out.back().second = *sum;
  }
  return out;
}

}  // namespace

std::string Ledger::WhyNotBegin(const std::string& account) const {
  if (const auto opened = opened_by_.find(account); opened != opened_by_.end()) {
    return "account " + account + " has brought in import " + opened->second + " before";
  }
  if (traded_.contains(account)) {
    return "account " + account + " has traded";
  }
  const bool open = std::any_of(open_.begin(), open_.end(),
                                [&](OrderId id) { return At(id).terms.account == account; });
  return open ? "account " + account + " has open orders" : "";
}

std::string Ledger::WhyNotHold(const Opening& opening) const {
  const auto sums = Sums(opening);
  if (!sums) {
    return "account " + opening.account + ": the lots of a symbol are out of range";
  }
  for (const auto& [symbol, brought] : *sums) {
    const Quantity held = opening.adds ? Position(opening.account, symbol) : Quantity();
    if (!held.IsZero() && (held < Quantity()) != (brought < Quantity())) {
      return "account " + opening.account + " holds " + held.ToString() + " " + symbol +
             ": close that before " + brought.ToString() + " are brought in";
    }
    const std::optional<Quantity> sum = Quantity::CheckedAdd(held, brought);
    if (!sum || *sum < -Quantity::Max()) {
      return "account " + opening.account + ": the position in " + symbol +
             " would be out of range";
    }
  }
  return "";
}

absl::StatusOr<bool> Ledger::IsImported(const std::vector<Opening>& openings) const {
  const std::string& id = openings.front().import_id;
  if (const auto known = imports_.find(id); known != imports_.end()) {
    uint64_t hash = 0;
    for (const Opening& opening : openings) {
      hash = HashOf(hash, opening);
    }
    if (hash == known->second.hash) {
      return true;
    }
    return absl::AlreadyExistsError("import " + id + " was used for something else, at " +
                                    FormatRfc3339(known->second.time) + " by " + known->second.by);
  }
  if (imports_.size() >= kImportsMax) {
    return absl::ResourceExhaustedError("there were too many imports");
  }
  std::string faults;
  for (const Opening& opening : openings) {
    std::string fault = opening.adds ? "" : WhyNotBegin(opening.account);
    fault = fault.empty() ? WhyNotHold(opening) : std::move(fault);
    if (!fault.empty()) {
      faults += (faults.empty() ? "" : "\n") + fault;
    }
  }
  if (!faults.empty()) {
    return absl::FailedPreconditionError(faults);
  }
  return false;
}

std::vector<OpeningEvent> Ledger::DecideImport(const std::vector<Opening>& openings,
                                               Timestamp now) const {
  std::vector<OpeningEvent> events;
  events.reserve(openings.size());
  uint64_t sequence = last_sequence_;
  for (const Opening& opening : openings) {
    events.push_back({++sequence, NotBefore(now), opening});
  }
  return events;
}

void Ledger::Apply(const OpeningEvent& event) {
  TW_CHECK(event.sequence == last_sequence_ + 1);
  last_sequence_ = event.sequence;
  last_time_ = event.time;
  const Opening& opening = event.opening;
  Import& import = imports_[opening.import_id];
  import = {HashOf(import.hash, opening), event.sequence, event.time, opening.by};
  opened_by_[opening.account] = opening.import_id;
  NoteUnsaved(opening);
  if (!opening.adds) {
    absl::erase_if(positions_, [&](const auto& held) {
      const bool erased = held.first.first == opening.account;
      if (erased && past_ != nullptr) {
        unsaved_positions_.insert(held.first);
      }
      return erased;
    });
  }
  for (const OpeningLot& lot : opening.lots) {
    Quantity& position = positions_[Key(opening.account, lot.symbol)];
    position = Quantity::SaturatingAdd(position, lot.quantity);
    if (past_ != nullptr) {
      unsaved_positions_.insert(Key(opening.account, lot.symbol));
    }
  }
}

}  // namespace tw::oms
