#include "services/oms/fill_index.h"

#include <algorithm>

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
  return names_.try_emplace(name, next).first->second;
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

std::vector<uint64_t> FillIndex::Find(const FillFilter& filter,
                                      std::optional<uint64_t> after,
                                      size_t max) const {
  std::vector<uint64_t> found;
  std::unique_lock lock(mutex_);
  const std::optional<Wanted> wanted = Resolve(filter);
  const size_t end = entries_.size();  // entries are only added: positions below stay valid
  size_t at = 0;                       // the entries looked at so far, from where the search begins
  size_t begin = 0;
  if (after) {
    const auto first = std::upper_bound(
        entries_.begin(), entries_.end(), *after,
        [](uint64_t sequence, const Entry& entry) { return sequence < entry.sequence; });
    begin = static_cast<size_t>(first - entries_.begin());
  }
  while (wanted && found.size() < max && begin + at < end) {
    const Entry& entry = after ? entries_[begin + at] : entries_[end - 1 - at];
    if (Matches(entry, *wanted)) {
      found.push_back(entry.sequence);
    }
    if (++at % kEntriesPerLock == 0) {
      lock.unlock();  // the writer's turn
      lock.lock();
    }
  }
  if (!after) {
    std::reverse(found.begin(), found.end());
  }
  return found;
}

}  // namespace tw::oms
