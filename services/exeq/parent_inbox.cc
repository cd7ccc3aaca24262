#include "services/exeq/parent_inbox.h"

#include <chrono>

namespace tw::exeq {

bool ParentInbox::Post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (batch_.closed || batch_.tasks.size() >= tasks_max_) {
    return false;
  }
  batch_.tasks.push_back(std::move(task));
  wake_.notify_one();
  return true;
}

void ParentInbox::PostAnswer(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (!batch_.closed) {
    batch_.tasks.push_back(std::move(task));
    wake_.notify_one();
  }
}

void ParentInbox::PostWord(const std::string& account, ChildWord word) {
  std::unique_lock lock(mutex_);
  taken_.wait(lock,
              [this] { return batch_.words.size() < words_max_ || batch_.closed || !reads_; });
  if (batch_.closed || !reads_) {
    return;
  }
  const auto [it, fresh] = batch_.words.try_emplace({account, word.client_order_id}, word);
  if (!fresh && it->second.order.sequence < word.order.sequence) {
    it->second = std::move(word);
  }
  wake_.notify_one();
}

void ParentInbox::PostTrade(const std::string& symbol, Quantity quantity) {
  const std::lock_guard lock(mutex_);
  Quantity& sum = batch_.trades[symbol];
  sum = Quantity::SaturatingAdd(sum, quantity);
}

void ParentInbox::SetReads(bool on) {
  const std::lock_guard lock(mutex_);
  reads_ = on;
  taken_.notify_all();
}

ParentInbox::Batch ParentInbox::Take(Duration wait) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::nanoseconds(wait.ns), [this] {
    return !batch_.tasks.empty() || !batch_.words.empty() || batch_.closed;
  });
  Batch out = std::move(batch_);
  batch_ = {};
  batch_.closed = out.closed;
  taken_.notify_all();
  return out;
}

void ParentInbox::Close() {
  const std::lock_guard lock(mutex_);
  batch_.closed = true;
  wake_.notify_all();
  taken_.notify_all();
}

}  // namespace tw::exeq
