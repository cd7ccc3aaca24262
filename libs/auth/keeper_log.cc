// What the keeper tells: its lists, and the log.
#include <algorithm>

#include "libs/auth/event_codec.h"
#include "libs/auth/keeper.h"
#include "libs/base/status_macros.h"

namespace tw::auth {
namespace {

constexpr size_t kReadBytesMax = 8u << 20;
constexpr uint64_t kAuditWindow = 4'096;  // events looked through at a time
constexpr int64_t kSecondNs = 1'000'000'000;

}  // namespace

std::vector<User> Keeper::Users() const {
  const std::lock_guard lock(mutex_);
  std::vector<User> users;
  for (const auto& [name, user] : directory_.users()) {
    users.push_back(user);
  }
  return users;
}

std::vector<Key> Keeper::Keys(const std::string& user) const {
  std::vector<Key> keys;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, key] : directory_.keys()) {
      if (user == "*" || key.user == user) {
        keys.push_back(key);
      }
    }
  }
  std::sort(keys.begin(), keys.end(),
            [](const Key& a, const Key& b) { return a.created < b.created; });
  return keys;
}

void Keeper::Add(Note note) {
  Event event;
  event.time = clock_.Now();
  event.kind = std::move(note.kind);
  event.actor = std::move(note.user);
  event.subject = std::move(note.subject);
  event.text = std::move(note.text);
  event.peer = std::move(note.peer);
  const std::lock_guard lock(mutex_);
  const int64_t second = event.time.ns / kSecondNs;
  if (second != notes_second_) {
    notes_second_ = second;
    notes_in_second_ = 0;
  }
  if (++notes_in_second_ > options_.notes_a_second || notes_.size() >= options_.notes_max) {
    ++notes_dropped_;
    return;
  }
  notes_.push_back(std::move(event));
}

absl::Status Keeper::AppendNotes() {
  std::deque<Event> notes;
  int64_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    notes.swap(notes_);
    std::swap(dropped, notes_dropped_);
  }
  if (dropped > 0) {
    Event event;
    event.time = clock_.Now();
    event.kind = "notes_left_out";
    event.text = std::to_string(dropped) + " more came than are written in a second";
    notes.push_back(std::move(event));
  }
  for (const Event& event : notes) {
    TW_RETURN_IF_ERROR(writer_->Append(Encode(event), journal::Lane::kOrder).status());
  }
  return absl::OkStatus();
}

absl::Status Keeper::Flush() {
  const std::lock_guard write(write_mutex_);
  TW_RETURN_IF_ERROR(AppendNotes());
  return writer_->Sync();
}

absl::StatusOr<std::vector<NumberedEvent>> Keeper::Read(uint64_t from, size_t max) const {
  std::vector<NumberedEvent> events;
  if (from > head()) {
    return events;
  }
  const auto read = writer_->NewReader()->Read(from, max, kReadBytesMax,
                                               [&](uint64_t number, std::string_view record) {
                                                 TW_ASSIGN_OR_RETURN(Event event, Decode(record));
                                                 events.emplace_back(number, std::move(event));
                                                 return absl::OkStatus();
                                               });
  return read.ok() ? absl::StatusOr<std::vector<NumberedEvent>>(std::move(events)) : read.status();
}

absl::StatusOr<std::vector<NumberedEvent>> Keeper::Audit(const AuditQuery& query) const {
  const auto fits = [&](const NumberedEvent& event) {
    return (query.user.empty() || event.second.actor == query.user) &&
           (query.kind.empty() || event.second.kind == query.kind);
  };
  const auto take = [&](const NumberedEvent& event, std::vector<NumberedEvent>& found) {
    if (found.size() < query.limit && fits(event)) {
      found.push_back(event);
    }
  };
  std::vector<NumberedEvent> found;
  for (uint64_t from = query.after + 1; query.after > 0;) {
    TW_ASSIGN_OR_RETURN(const auto page, Read(from, kAuditWindow));
    for (const NumberedEvent& event : page) {
      take(event, found);
    }
    if (page.empty() || found.size() >= query.limit) {
      return found;
    }
    from = page.back().first + 1;
  }
  for (uint64_t to = head(); to > 0 && found.size() < query.limit;) {
    const uint64_t from = to > kAuditWindow ? to - kAuditWindow + 1 : 1;
    TW_ASSIGN_OR_RETURN(const auto page, Read(from, to - from + 1));
    for (auto it = page.rbegin(); it != page.rend(); ++it) {
      take(*it, found);
    }
    to = from - 1;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace tw::auth
