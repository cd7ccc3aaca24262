// ReadAhead: checked groups on their way from the thread that reads and hashes them to the one that
// takes what they hold, so that a recovery's two halves run beside each other.
//
// Put and End belong to the reading thread, Next and Stop to the taking one.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "libs/journal/format.h"
#include "libs/journal/recovery.h"

namespace tw::journal {

struct CheckedGroup {
  GroupHeader header;
  GroupPlace place;
  std::string bytes;  // header and payload
};

class ReadAhead {
 public:
  // Waits for room. False: nobody takes any more.
  bool Put(const GroupHeader& header, const GroupPlace& place, std::string_view bytes);
  // Nothing follows.
  void End();

  // The next group, in order; valid until the next call. Waits for it. Null: there is none.
  const CheckedGroup* Next();
  void Stop();

 private:
  static constexpr size_t kGroupsMax = 8;  // at most kGroupBytesMax each

  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<CheckedGroup, kGroupsMax> slots_;  // what they hold of memory is used again
  size_t put_ = 0;
  size_t taken_ = 0;
  bool handed_out_ = false;  // slot taken_ is with the taker
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace tw::journal
