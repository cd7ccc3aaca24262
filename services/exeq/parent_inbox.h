// ParentInbox: what other threads leave for the desk of parent orders: commands and answers as
// tasks, oms's newest word about each child, what the market has traded. Bounded: tasks by their
// number, words by the children (a newer one takes the place of an older), trades by the symbols.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "libs/base/time.h"
#include "services/exeq/parents/parent_book.h"

namespace tw::exeq {

// oms's word about a child.
struct ChildWord {
  std::string parent_id;
  std::string client_order_id;
  OrderSnapshot order;
};

// Any thread; one of them takes.
class ParentInbox {
 public:
  struct Batch {
    std::deque<std::function<void()>> tasks;
    std::map<std::pair<std::string, std::string>, ChildWord> words;  // by account and key
    std::map<std::string, Quantity> trades;                          // by symbol
    bool closed = false;
  };

  ParentInbox(size_t tasks_max, size_t words_max) : tasks_max_(tasks_max), words_max_(words_max) {}

  // False: full, or closed.
  bool Post(std::function<void()> task);
  // An answer to something that was asked before: their number is bounded by what is asked, so they
  // are always taken. Dropped once closed.
  void PostAnswer(std::function<void()> task);
  // Waits while it is full, so that the stream has to wait; not once closed or `reads_` are off.
  void PostWord(const std::string& account, ChildWord word);
  void PostTrade(const std::string& symbol, Quantity quantity);
  // While off, PostWord drops what comes and nobody waits in it.
  void SetReads(bool on);

  // Waits for something, at most so long; everything that is there.
  Batch Take(Duration wait);
  void Close();

 private:
  const size_t tasks_max_;
  const size_t words_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable taken_;
  Batch batch_;
  bool reads_ = true;
};

}  // namespace tw::exeq
