// ChangeLog: the newest changes of what risk holds, numbered as they stand in its journal, for the
// audit (RiskService/ListChanges, QuestDB's risk_changes). Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "services/risk/record.h"
#include "tradewind/v1/risk.pb.h"

namespace tw::risk {

class ChangeLog {
 public:
  static constexpr size_t kKeptMax = 100'000;  // older ones are in the journal alone
  static constexpr size_t kPageMax = 1'000;

  // For each event of the journal, in its order; those that are no change are passed over.
  void Add(const Event& event);
  // From the one after `after` on, at most `limit`.
  v1::ListChangesResponse List(uint64_t after, size_t limit) const;

 private:
  mutable std::mutex mutex_;
  std::deque<v1::RiskChange> changes_;  // numbers without holes
  uint64_t head_ = 0;
};

}  // namespace tw::risk
