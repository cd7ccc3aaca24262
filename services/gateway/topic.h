// Topic: a state that many WebSockets look at: rows by key, each change numbered. A reader begins
// with a snapshot, in the order of keys, and goes on with what changes; one that was cut off goes
// on where it was as long as the changes since are kept. A slow reader skips what has changed again
// meanwhile, and one that is further behind than what is kept gets a snapshot: nobody waits for it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/auth/keeper.h"
#include "services/gateway/live_outlet.h"
#include "services/gateway/stream_position.h"

namespace tw::gateway {

// Who a row is for.
enum class RowFor : uint8_t {
  kAccount,  // who is entitled to its account; one without an account is for everybody
  kFirm,     // who is entitled to every account
};

struct TopicRow {
  std::string key;
  std::string account{};
  RowFor is_for = RowFor::kAccount;
  std::string json;
  std::string same{};  // what tells a change, where it is not the whole of `json`
};

class TopicReader;
using TopicReaderPtr = std::shared_ptr<TopicReader>;

// Any thread.
class Topic {
 public:
  static constexpr size_t kChangesKept = 1024;

  // Past `rows_max` the row that changed longest ago is forgotten.
  explicit Topic(size_t rows_max) : rows_max_(rows_max) {}

  struct Wish {
    std::string account;     // empty: of every one that the caller is entitled to
    auth::CallerPtr caller;  // null: everybody
    std::optional<StreamPosition> after{};
    bool resumes = false;  // it said where it was, if perhaps nothing that can be read
  };
  TopicReaderPtr Join(const Wish& wish, LiveOutlet outlet);
  // Nothing is sent to it any more.
  void Leave(const TopicReaderPtr& reader);
  size_t readers() const;
  // Of one account, by a reader that is here. For sources that have to ask for it by name.
  bool HasRowOf(std::string_view account) const;

  // From here on a new state, of which nothing is known yet.
  void Begin(uint64_t epoch);
  // One row as it is now. A row that says the same as before is no change.
  void Put(TopicRow row);
  // Several, at once.
  void Merge(std::vector<TopicRow> rows);
  // The whole state: rows that are not among these are gone, which readers learn by a snapshot.
  void Replace(std::vector<TopicRow> rows);
  // What is here is all there is, though nothing may be.
  void MarkKnown();
  // The owner is away: readers are told, until the next news.
  void Lose(const absl::Status& why);
  // Lets readers go on that had no room.
  void Pump();

 private:
  struct Change {
    uint64_t sequence = 0;
    TopicRow row;  // but for its text
    std::shared_ptr<const std::string> body;
  };
  using ChangePtr = std::shared_ptr<const Change>;

  bool Take(TopicRow& row);
  void Restate();
  void Forget();
  void CameBack();
  void PumpAll();
  void PumpOne(TopicReader& reader);
  void SendSnapshot(TopicReader& reader);
  void SendNext(TopicReader& reader);
  bool CanResume(const StreamPosition& after) const;

  const size_t rows_max_;
  mutable std::mutex mutex_;
  uint64_t epoch_ = 0;
  uint64_t head_ = 0;
  uint64_t restated_ = 0;  // who is behind it needs a snapshot
  bool known_ = false;
  std::optional<std::string> stale_;  // why
  std::map<std::string, ChangePtr, std::less<>> rows_;
  std::deque<ChangePtr> changes_;  // the newest, up to head_
  std::vector<TopicReaderPtr> readers_;
};

}  // namespace tw::gateway
