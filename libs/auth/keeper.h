// Keeper: users, keys, sessions and the audit log of one door, on disk. Every change and everything
// worth knowing later is an event of one journal (libs/journal): what was answered survives kill -9
// and a power cut, and the log cannot say other than what happened.
//
// Any thread. What blocks says so: it hashes a password (50 ms) or syncs the disk.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/auth/caller.h"
#include "libs/auth/directory.h"
#include "libs/auth/secrets.h"
#include "libs/auth/throttle.h"
#include "libs/base/clock.h"
#include "libs/journal/writer.h"

namespace tw::auth {

using CallerPtr = std::shared_ptr<const Caller>;

// Somebody who has just signed in.
struct SignedIn {
  std::string token;
  CallerPtr caller;
};

// What UpdateUser changes; what is not set stays.
struct UserChange {
  std::string name;
  std::optional<std::string> password{};
  std::optional<std::vector<Role>> roles{};
  std::optional<Accounts> accounts{};
  std::optional<bool> disabled{};
};

// Who asks, and from where.
struct Actor {
  CallerPtr caller;
  std::string peer;
};

// What becomes an audit entry without changing anything.
struct Note {
  std::string kind;
  std::string user;
  std::string subject;
  std::string text;
  std::string peer;
};

struct AuditQuery {
  uint64_t after = 0;  // 0: the newest
  size_t limit = 100;
  std::string user{};
  std::string kind{};
};

using NumberedEvent = std::pair<uint64_t, Event>;

class Keeper {
 public:
  struct Options {
    std::string folder;
    Duration session_life = Duration::Seconds(int64_t{12} * 3600);
    HashCost cost = HashCost::kInteractive;
    Limits limits;
    LoginThrottle::Options throttle;
    size_t notes_max = 1'000;             // waiting for the disk
    int notes_a_second = 20;              // one more is counted, not written
    uint64_t segment_bytes = 4ull << 20;  // of the journal
  };

  // Reads the journal. Errors as the journal's.
  static absl::StatusOr<std::unique_ptr<Keeper>> Open(journal::FileSystem& files,
                                                      const Clock& clock,
                                                      Options options);

  // The hot path: whose token it is. Unauthenticated for any that does not hold.
  absl::StatusOr<CallerPtr> Authenticate(std::string_view token);

  // Blocks. The admin of a new door; its password, which is nowhere else. nullopt when there are
  // users already.
  absl::StatusOr<std::optional<std::string>> CreateFirstAdmin();

  // Block. Unauthenticated says neither whether the name or the password was wrong;
  // ResourceExhausted, with a retry hint, that it was tried too often.
  absl::StatusOr<SignedIn> Login(const std::string& name,
                                 const std::string& password,
                                 const std::string& peer);
  absl::Status Logout(const Actor& actor);
  absl::StatusOr<User> ChangePassword(const Actor& actor,
                                      const std::string& old_password,
                                      const std::string& new_password);
  absl::StatusOr<User> CreateUser(const Actor& actor, User user, const std::string& password);
  absl::StatusOr<User> UpdateUser(const Actor& actor, const UserChange& change);
  absl::StatusOr<std::pair<Key, std::string>> CreateKey(const Actor& actor, Key key);
  // NotFound also for another's key, unless an admin asks.
  absl::StatusOr<Key> RevokeKey(const Actor& actor, const std::string& id);

  std::vector<User> Users() const;
  std::vector<Key> Keys(const std::string& user) const;  // "*": all

  // Written within a second (Flush), at most notes_a_second of them; for the rest one that counts
  // them.
  void Add(Note note);
  // Blocks: writes what Add took.
  absl::Status Flush();

  // Blocks: reads the disk. Events [from, ..), at most `max`.
  absl::StatusOr<std::vector<NumberedEvent>> Read(uint64_t from, size_t max) const;
  absl::StatusOr<std::vector<NumberedEvent>> Audit(const AuditQuery& query) const;
  uint64_t head() const { return writer_->last_synced(); }
  bool failed() const { return writer_->failed(); }

 private:
  struct Known {
    std::string secret_hash;
    CallerPtr caller;
  };

  Keeper(const Clock& clock, Options options) : clock_(clock), options_(std::move(options)) {}

  Event EventOf(const Actor& actor, std::string kind, std::string subject) const;
  absl::Status Commit(const Event& event);  // with write_mutex_ held
  absl::Status AppendNotes();               // the same
  absl::StatusOr<SignedIn> OpenSession(const User& user, const std::string& peer);
  void Forget(const Event& event);                // with mutex_ held
  std::optional<Known> Find(const Token& token);  // with mutex_ held
  CallerPtr CallerOf(const User& user, const Session* session, const Key* key) const;
  absl::Status Refuse(const std::string& name, const std::string& peer, const std::string& why);

  const Clock& clock_;
  const Options options_;
  std::string no_password_;  // a hash that no password has, of the same cost as any

  std::mutex write_mutex_;  // one change at a time; taken before mutex_
  std::unique_ptr<journal::Writer> writer_;

  mutable std::mutex mutex_;
  Directory directory_;
  LoginThrottle throttle_;
  absl::flat_hash_map<std::string, Known> known_;  // by token id; of who has called
  std::deque<Event> notes_;
  int64_t notes_second_ = 0;
  int notes_in_second_ = 0;
  int64_t notes_dropped_ = 0;
};

}  // namespace tw::auth
