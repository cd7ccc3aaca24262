#include "services/gateway/topic.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tw::gateway {

// One reader of a topic; belongs to the topic's lock.
class TopicReader {
 public:
  TopicReader(Topic::Wish wish, LiveOutlet to) : outlet(std::move(to)), wish_(std::move(wish)) {}

  bool Wants(const TopicRow& row) const {
    if (wish_.caller != nullptr && !wish_.caller->CoversAll() &&
        (row.is_for == RowFor::kFirm ||
         (!row.account.empty() && !wish_.caller->Covers(row.account)))) {
      return false;
    }
    return wish_.account.empty() || row.account == wish_.account;
  }

  LiveOutlet outlet;
  bool begun = false;   // it has had a snapshot, or goes on from an earlier connection
  bool behind = false;  // it had no room
  uint64_t cursor = 0;  // the last change it has
  uint64_t merged = 0;  // changes left out since its last message
  bool has_left = false;

 private:
  const Topic::Wish wish_;
};

TopicReaderPtr Topic::Join(const Wish& wish, LiveOutlet outlet) {
  auto reader = std::make_shared<TopicReader>(wish, std::move(outlet));
  const std::lock_guard lock(mutex_);
  if (wish.after && CanResume(*wish.after)) {
    reader->begun = true;
    reader->cursor = wish.after->sequence;
    reader->outlet.SayResumed(wish.after->ToText());
  } else if (wish.resumes) {
    reader->outlet.SayRestarted(wish.after ? "what came after it is no longer kept"
                                           : "no such position");
  }
  if (stale_) {
    reader->outlet.SayStale(*stale_);
  }
  readers_.push_back(reader);
  PumpOne(*reader);
  return reader;
}

void Topic::Leave(const TopicReaderPtr& reader) {
  const std::lock_guard lock(mutex_);
  reader->has_left = true;
  std::erase(readers_, reader);
}

size_t Topic::readers() const {
  const std::lock_guard lock(mutex_);
  return readers_.size();
}

bool Topic::HasRowOf(std::string_view account) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const auto& row) { return row.second->row.account == account; });
}

void Topic::Begin(uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  epoch_ = epoch;
  head_ = 0;
  restated_ = 0;
  known_ = false;
  stale_.reset();
  rows_.clear();
  changes_.clear();
  for (const TopicReaderPtr& reader : readers_) {
    reader->begun = false;
    reader->cursor = 0;
  }
}

void Topic::Put(TopicRow row) {
  const std::lock_guard lock(mutex_);
  known_ = true;
  CameBack();
  Take(row);
  Forget();
  PumpAll();
}

void Topic::Merge(std::vector<TopicRow> rows) {
  const std::lock_guard lock(mutex_);
  known_ = true;
  CameBack();
  for (TopicRow& row : rows) {
    Take(row);
  }
  Forget();
  PumpAll();
}

void Topic::Replace(std::vector<TopicRow> rows) {
  const std::lock_guard lock(mutex_);
  known_ = true;
  CameBack();
  const size_t before = rows_.size();
  size_t met = 0;
  for (TopicRow& row : rows) {
    met += Take(row) ? 1 : 0;
  }
  if (met < before) {
    std::set<std::string_view> given;
    for (const TopicRow& row : rows) {
      given.insert(row.key);
    }
    std::erase_if(rows_, [&](const auto& row) { return !given.contains(row.first); });
    Restate();
  }
  Forget();
  PumpAll();
}

void Topic::MarkKnown() {
  const std::lock_guard lock(mutex_);
  known_ = true;
  CameBack();
  PumpAll();
}

void Topic::Lose(const absl::Status& why) {
  const std::lock_guard lock(mutex_);
  if (stale_) {
    return;
  }
  stale_ = std::string(why.message());
  for (const TopicReaderPtr& reader : readers_) {
    reader->outlet.SayStale(*stale_);
  }
}

void Topic::Pump() {
  const std::lock_guard lock(mutex_);
  PumpAll();
}

void Topic::CameBack() {
  if (!std::exchange(stale_, std::nullopt)) {
    return;
  }
  for (const TopicReaderPtr& reader : readers_) {
    reader->outlet.SayLive();
  }
}

// True when there was a row of this key already. Takes the text out of `row`, and nothing else.
bool Topic::Take(TopicRow& row) {
  const auto found = rows_.find(row.key);
  const bool was_there = found != rows_.end();
  if (was_there &&
      (row.same.empty() ? *found->second->body == row.json : found->second->row.same == row.same)) {
    return true;
  }
  auto change = std::make_shared<Change>();
  change->sequence = ++head_;
  change->body = std::make_shared<const std::string>(std::move(row.json));
  change->row = {.key = row.key,
                 .account = row.account,
                 .is_for = row.is_for,
                 .json = {},
                 .same = std::move(row.same)};
  rows_[row.key] = change;
  changes_.push_back(std::move(change));
  if (changes_.size() > kChangesKept) {
    changes_.pop_front();
  }
  return was_there;
}

void Topic::Restate() {
  restated_ = ++head_;
  changes_.clear();
}

void Topic::Forget() {
  while (rows_.size() > rows_max_) {
    rows_.erase(std::min_element(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) {
      return a.second->sequence < b.second->sequence;
    }));
  }
}

bool Topic::CanResume(const StreamPosition& after) const {
  const uint64_t oldest = changes_.empty() ? head_ + 1 : changes_.front()->sequence;
  return known_ && after.epoch == epoch_ && after.sequence <= head_ &&
         after.sequence >= restated_ && after.sequence + 1 >= oldest;
}

void Topic::PumpAll() {
  for (const TopicReaderPtr& reader : readers_) {
    PumpOne(*reader);
  }
}

void Topic::PumpOne(TopicReader& reader) {
  while (known_ && !reader.has_left && (!reader.begun || reader.cursor < head_)) {
    if (!reader.outlet.HasRoom()) {
      reader.behind = true;
      return;
    }
    const uint64_t oldest = changes_.empty() ? head_ + 1 : changes_.front()->sequence;
    if (!reader.begun || reader.cursor < restated_ || reader.cursor + 1 < oldest) {
      SendSnapshot(reader);
    } else {
      SendNext(reader);
    }
  }
  reader.behind = false;
}

void Topic::SendSnapshot(TopicReader& reader) {
  std::string rows = "[";
  for (const auto& [key, change] : rows_) {
    if (reader.Wants(change->row)) {
      rows += rows.size() > 1 ? "," : "";
      rows += *change->body;
    }
  }
  reader.begun = true;
  reader.cursor = head_;
  reader.merged = 0;
  reader.outlet.Send({.snapshot = true, .position = StreamPosition{epoch_, head_}.ToText()},
                     rows + "]");
}

void Topic::SendNext(TopicReader& reader) {
  const ChangePtr& change =
      changes_[static_cast<size_t>(reader.cursor + 1 - changes_.front()->sequence)];
  ++reader.cursor;
  if (!reader.Wants(change->row)) {
    return;
  }
  if (const auto newest = rows_.find(change->row.key);
      reader.behind && newest != rows_.end() && newest->second != change) {
    ++reader.merged;
    return;
  }
  reader.outlet.SendShared({.merged = std::exchange(reader.merged, 0),
                            .position = StreamPosition{epoch_, change->sequence}.ToText()},
                           change->body);
}

}  // namespace tw::gateway
