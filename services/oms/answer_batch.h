// AnswerBatch: what is answered at the end of one batch of commands leaves each session in one
// message, not in one a command: a message costs its two ends more than what is in it.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace tw::oms {

// Has answers to send.
class AnswerSender {
 public:
  virtual ~AnswerSender() = default;
  virtual void Flush() = 0;
  // All senders of the batch have: whoever waits for the answers is to have them now.
  virtual void Deliver() = 0;
};

// While one lives, answers given on its thread gather; when it goes they are sent. Not nested.
class AnswerBatch {
 public:
  AnswerBatch() { current = this; }
  AnswerBatch(const AnswerBatch&) = delete;
  AnswerBatch& operator=(const AnswerBatch&) = delete;
  ~AnswerBatch() {
    current = nullptr;
    for (const std::shared_ptr<AnswerSender>& sender : senders_) {
      sender->Flush();
    }
    for (const std::shared_ptr<AnswerSender>& sender : senders_) {
      sender->Deliver();
    }
  }

  // False: no batch is under way on this thread, and the sender is to send now.
  static bool Join(std::shared_ptr<AnswerSender> sender) {
    if (current == nullptr) {
      return false;
    }
    std::vector<std::shared_ptr<AnswerSender>>& senders = current->senders_;
    if (std::find(senders.rbegin(), senders.rend(), sender) == senders.rend()) {
      senders.push_back(std::move(sender));
    }
    return true;
  }

 private:
  static inline thread_local AnswerBatch* current = nullptr;

  std::vector<std::shared_ptr<AnswerSender>> senders_;
};

}  // namespace tw::oms
