// Conflator: what waits for one subscriber. Of a key that is offered again while it waits only the
// newest update is kept, in the place of the first, so that no key starves; updates that each count
// (trades) wait in a line of their own. Both are bounded: the oldest go first. One owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace tw::fanout {

template <typename Update>
class Conflator {
 public:
  // REQUIRES: both are above zero.
  Conflator(size_t line_max, size_t keys_max) : line_max_(line_max), keys_max_(keys_max) {}

  // Replaces what waits under `key`. `already`: what the update stood for besides itself when it
  // came.
  void Offer(const std::string& key, Update update, uint64_t already = 0) {
    ++offered_;
    const auto [it, fresh] = newest_.try_emplace(key, Slot{});
    it->second.update = std::move(update);
    it->second.merged += already;
    if (!fresh) {
      ++it->second.merged;
      ++merged_;
      return;
    }
    keys_.emplace_back(offered_, key);
    if (keys_.size() > keys_max_) {
      const auto oldest = newest_.find(keys_.front().second);
      Drop(1 + oldest->second.merged);
      newest_.erase(oldest);
      keys_.pop_front();
    }
  }
  // Waits by itself.
  void Append(Update update, uint64_t already = 0) {
    ++offered_;
    line_.push_back({offered_, {std::move(update), already}});
    if (line_.size() > line_max_) {
      Drop(1 + line_.front().second.merged);
      line_.pop_front();
    }
  }

  struct Taken {
    Update update;
    uint64_t merged = 0;  // updates that it stands for besides itself, or that were dropped
  };
  // What has waited longest; nullopt when nothing waits.
  std::optional<Taken> Take() {
    if (keys_.empty() && line_.empty()) {
      return std::nullopt;
    }
    Taken taken;
    if (keys_.empty() || (!line_.empty() && line_.front().first < keys_.front().first)) {
      taken.update = std::move(line_.front().second.update);
      taken.merged = line_.front().second.merged;
      line_.pop_front();
    } else {
      const auto it = newest_.find(keys_.front().second);
      taken.update = std::move(it->second.update);
      taken.merged = it->second.merged;
      newest_.erase(it);
      keys_.pop_front();
    }
    taken.merged += std::exchange(untold_, 0);
    return taken;
  }
  // Forgets what waits: a snapshot stands for it.
  void Clear() {
    newest_.clear();
    keys_.clear();
    line_.clear();
    untold_ = 0;
  }

  size_t waiting() const { return keys_.size() + line_.size(); }
  uint64_t merged() const { return merged_; }    // in all
  uint64_t dropped() const { return dropped_; }  // in all

 private:
  struct Slot {
    Update update{};
    uint64_t merged = 0;
  };

  void Drop(uint64_t count) {
    dropped_ += count;
    untold_ += count;
  }

  const size_t line_max_;
  const size_t keys_max_;
  uint64_t offered_ = 0;  // order of arrival
  uint64_t merged_ = 0;
  uint64_t dropped_ = 0;
  uint64_t untold_ = 0;  // dropped since the last Take
  absl::flat_hash_map<std::string, Slot> newest_;
  std::deque<std::pair<uint64_t, std::string>> keys_;
  std::deque<std::pair<uint64_t, Slot>> line_;
};

}  // namespace tw::fanout
