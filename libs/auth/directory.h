// Directory: who may come in: users, API keys and open sessions, as the events of its journal made
// them. Decide a change, journal its event, apply it. Pure; one thread at a time.
//
// No secret is in here: of a password there is its argon2id hash, of a token that of its random
// part.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/auth/roles.h"
#include "libs/base/time.h"

namespace tw::auth {

// The accounts somebody may see and trade for; "*" stands for every one.
using Accounts = std::vector<std::string>;
bool Covers(const Accounts& accounts, std::string_view account);
bool CoversAll(const Accounts& accounts);

struct User {
  std::string name;
  std::string password_hash;
  std::vector<Role> roles;
  Accounts accounts;
  bool disabled = false;
  Timestamp created;
  Timestamp updated;
};

struct Key {
  std::string id;
  std::string secret_hash;
  std::string user;
  std::string label;
  Scopes scopes;
  Accounts accounts;  // empty: all of its user's
  Timestamp created;
  Timestamp expires;
  Timestamp revoked;
};

struct Session {
  std::string id;
  std::string secret_hash;
  std::string user;
  std::string csrf;
  Timestamp created;
  Timestamp expires;
};

// What the journal holds: an entry of the audit log, and the change that it made, if any.
struct Event {
  Timestamp time;
  std::string kind;
  std::string actor;
  std::string subject;
  std::string text;
  std::string peer;
  // At most one kind of change; each puts the whole of what it names in place of what was there.
  std::optional<User> user{};
  std::optional<Key> key{};
  std::optional<Session> session{};
  std::string ended_session{};   // its id
  std::string ended_sessions{};  // of this user, all but `session`'s or `kept_session`
  std::string kept_session{};
};

struct Limits {
  size_t users = 1'000;
  size_t keys_of_a_user = 100;
  size_t sessions_of_a_user = 32;  // one more ends the oldest
};

class Directory {
 public:
  explicit Directory(Limits limits = {}) : limits_(limits) {}

  // InvalidArgument, AlreadyExists, NotFound, ResourceExhausted: it cannot be done, and why.
  // `user` is complete; Decide looks at names, roles and accounts.
  absl::Status CanCreate(const User& user) const;
  // The last admin can be neither disabled nor made anything else.
  absl::Status CanUpdate(const User& user) const;
  absl::Status CanCreate(const Key& key, Timestamp now) const;

  void Apply(const Event& event);

  const User* FindUser(std::string_view name) const;
  const Key* FindKey(std::string_view id) const;
  const Session* FindSession(std::string_view id) const;
  // Those whose time is over are gone after this.
  void DropExpired(Timestamp now);

  const std::map<std::string, User, std::less<>>& users() const { return users_; }
  const std::map<std::string, Key, std::less<>>& keys() const { return keys_; }
  const std::map<std::string, Session, std::less<>>& sessions() const { return sessions_; }

 private:
  bool IsLastAdmin(std::string_view name) const;
  void Open(const Session& session);

  const Limits limits_;
  std::map<std::string, User, std::less<>> users_;
  std::map<std::string, Key, std::less<>> keys_;
  std::map<std::string, Session, std::less<>> sessions_;
};

// [a-z0-9][a-z0-9._-]{0,31}
bool IsUserName(std::string_view name);
absl::Status CheckAccounts(const Accounts& accounts);

}  // namespace tw::auth
