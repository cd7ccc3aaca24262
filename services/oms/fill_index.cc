#include "services/oms/fill_index.h"

#include <algorithm>
#include <iterator>

namespace tw::oms {
namespace {

constexpr size_t kEntriesPerLock = 4096;

}  // namespace

// The filter with its names as numbers; 0 matches everything.
struct FillIndex::Wanted {
  uint64_t order_id = 0;
  uint32_t account = 0;
  uint32_t symbol = 0;
};

uint32_t FillIndex::Intern(const std::string& name) {
  const auto next = static_cast<uint32_t>(names_.size() + 1);
  const auto [it, added] = names_.try_emplace(name, next);
  if (added) {
    by_number_.push_back(name);
  }
  return it->second;
}

void FillIndex::Add(uint64_t sequence,
                    OrderId order_id,
                    const std::string& account,
                    const std::string& symbol) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({sequence, order_id.value(), Intern(account), Intern(symbol)});
}

// nullopt: a name that no fill has.
std::optional<FillIndex::Wanted> FillIndex::Resolve(const FillFilter& filter) const {
  Wanted wanted;
  wanted.order_id = filter.order_id.value();
  const auto number = [this](const std::string& name, uint32_t& out) {
    const auto it = names_.find(name);
    out = name.empty() || it == names_.end() ? 0 : it->second;
    return name.empty() || it != names_.end();
  };
  if (!number(filter.account, wanted.account) || !number(filter.symbol, wanted.symbol)) {
    return std::nullopt;
  }
  return wanted;
}

bool FillIndex::Matches(const Entry& entry, const Wanted& wanted) const {
  return (wanted.order_id == 0 || entry.order_id == wanted.order_id) &&
         (wanted.account == 0 || entry.account == wanted.account) &&
         (wanted.symbol == 0 || entry.symbol == wanted.symbol);
}

// What is kept is looked at first: whatever leaves it meanwhile can be read on disk already.
std::vector<uint64_t> FillIndex::Find(const FillFilter& filter,
                                      std::optional<uint64_t> after,
                                      size_t max) const {
  std::vector<uint64_t> kept = FindKept(filter, after, max);
  if (past_ == nullptr || (!after && kept.size() == max)) {
    return kept;
  }
  const std::vector<uint64_t> past = past_->FindFills(filter, after, max);
  std::vector<uint64_t> all;
  std::set_union(past.begin(), past.end(), kept.begin(), kept.end(), std::back_inserter(all));
  if (all.size() > max) {
    const auto excess = static_cast<std::ptrdiff_t>(all.size() - max);
    after ? all.erase(all.end() - excess, all.end()) : all.erase(all.begin(), all.begin() + excess);
  }
  return all;
}

std::vector<FillPlace> FillIndex::TakeUnsaved(uint64_t up_to) {
  const std::lock_guard lock(mutex_);
  const auto first = std::upper_bound(
      entries_.begin(), entries_.end(), taken_,
      [](uint64_t sequence, const Entry& entry) { return sequence < entry.sequence; });
  std::vector<FillPlace> places;
  for (auto it = first; it != entries_.end() && it->sequence <= up_to; ++it) {
    places.push_back({it->sequence, OrderId::FromValue(it->order_id), by_number_[it->account - 1],
                      by_number_[it->symbol - 1]});
  }
  taken_ = std::max(taken_, up_to);
  return places;
}

void FillIndex::Forget(uint64_t up_to) {
  const std::lock_guard lock(mutex_);
  while (!entries_.empty() && entries_.front().sequence <= up_to) {
    entries_.pop_front();
    ++forgotten_;
  }
}

std::vector<uint64_t> FillIndex::FindKept(const FillFilter& filter,
                                          std::optional<uint64_t> after,
                                          size_t max) const {
  std::vector<uint64_t> found;
  std::unique_lock lock(mutex_);
  const std::optional<Wanted> wanted = Resolve(filter);
  // Places count what was forgotten too, so that they stay valid while the lock is given up.
  size_t begin = forgotten_;
  const size_t end = begin + entries_.size();
  if (after) {
    const auto first = std::upper_bound(
        entries_.begin(), entries_.end(), *after,
        [](uint64_t sequence, const Entry& entry) { return sequence < entry.sequence; });
    begin += static_cast<size_t>(first - entries_.begin());
  }
  for (size_t looked = 0; wanted && found.size() < max && begin + looked < end; ++looked) {
    if (looked % kEntriesPerLock == kEntriesPerLock - 1) {
      lock.unlock();  // the writer's turn
      lock.lock();
    }
    const size_t place = after ? begin + looked : end - 1 - looked;
    if (place < forgotten_) {
      continue;  // it can be read on disk by now
    }
    const Entry& entry = entries_[place - forgotten_];
    if (Matches(entry, *wanted)) {
      found.push_back(entry.sequence);
    }
  }
  if (!after) {
    std::reverse(found.begin(), found.end());
  }
  return found;
}

}  // namespace tw::oms
