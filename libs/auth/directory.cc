#include "libs/auth/directory.h"

#include <algorithm>

#include "libs/base/field_error.h"
#include "libs/base/status_macros.h"

namespace tw::auth {
namespace {

constexpr size_t kUserNameMax = 32;
constexpr size_t kAccountMax = 64;
constexpr size_t kAccountsMax = 1'000;
constexpr size_t kLabelMax = 64;

bool IsLower(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool IsAccount(std::string_view account) {
  return !account.empty() && account.size() <= kAccountMax &&
         std::all_of(account.begin(), account.end(), [](char c) {
           return IsLower(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
         });
}

bool IsAdmin(const User& user) {
  return !user.disabled &&
         std::find(user.roles.begin(), user.roles.end(), Role::kAdmin) != user.roles.end();
}

}  // namespace

bool Covers(const Accounts& accounts, std::string_view account) {
  return std::any_of(accounts.begin(), accounts.end(),
                     [&](const std::string& mine) { return mine == "*" || mine == account; });
}

bool CoversAll(const Accounts& accounts) {
  return std::find(accounts.begin(), accounts.end(), "*") != accounts.end();
}

bool IsUserName(std::string_view name) {
  return !name.empty() && name.size() <= kUserNameMax && IsLower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLower(c) || c == '.' || c == '_' || c == '-'; });
}

absl::Status CheckAccounts(const Accounts& accounts) {
  if (accounts.size() > kAccountsMax) {
    return FieldError("accounts", "are 1000 at most");
  }
  for (const std::string& account : accounts) {
    if (account != "*" && !IsAccount(account)) {
      return FieldError("accounts", "must be [A-Za-z0-9._-]{1,64} each, or * for every one");
    }
  }
  return absl::OkStatus();
}

absl::Status Directory::CanCreate(const User& user) const {
  if (!IsUserName(user.name)) {
    return FieldError("name", "must be [a-z0-9][a-z0-9._-]{0,31}");
  }
  if (users_.contains(user.name)) {
    return absl::AlreadyExistsError("there is a user " + user.name);
  }
  if (users_.size() >= limits_.users) {
    return absl::ResourceExhaustedError("there are as many users as there can be");
  }
  if (user.roles.empty()) {
    return FieldError("roles", "at least one of viewer, trader, risk_officer, operator, admin");
  }
  return CheckAccounts(user.accounts);
}

absl::Status Directory::CanUpdate(const User& user) const {
  if (!users_.contains(user.name)) {
    return absl::NotFoundError("no user " + user.name.substr(0, kUserNameMax));
  }
  if (IsLastAdmin(user.name) && !IsAdmin(user)) {
    return absl::FailedPreconditionError(user.name + " is the last admin");
  }
  return CheckAccounts(user.accounts);
}

absl::Status Directory::CanCreate(const Key& key, Timestamp now) const {
  const User* const user = FindUser(key.user);
  if (user == nullptr) {
    return absl::NotFoundError("no user " + key.user.substr(0, kUserNameMax));
  }
  const bool printable = std::all_of(key.label.begin(), key.label.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != 0x7f;
  });
  if (key.label.size() > kLabelMax || !printable) {
    return FieldError("label", "must be a line of at most 64 characters");
  }
  const Scopes allowed = ScopesOf(user->roles);
  if (key.scopes.empty() || (key.scopes & allowed) != key.scopes) {
    return FieldError("scopes", "must be among those of " + key.user);
  }
  TW_RETURN_IF_ERROR(CheckAccounts(key.accounts));
  for (const std::string& account : key.accounts) {
    if (account == "*" ? !CoversAll(user->accounts) : !Covers(user->accounts, account)) {
      return FieldError("accounts", key.user + " is not entitled to " + account);
    }
  }
  const auto living = std::count_if(keys_.begin(), keys_.end(), [&](const auto& entry) {
    const Key& other = entry.second;
    return other.user == key.user && !other.revoked.IsSet() && other.expires > now;
  });
  if (static_cast<size_t>(living) >= limits_.keys_of_a_user) {
    return absl::ResourceExhaustedError("revoke a key of " + key.user + " first: they are " +
                                        std::to_string(living));
  }
  return absl::OkStatus();
}

void Directory::Apply(const Event& event) {
  if (event.user) {
    users_.insert_or_assign(event.user->name, *event.user);
  }
  if (event.key) {
    keys_.insert_or_assign(event.key->id, *event.key);
  }
  if (!event.ended_session.empty()) {
    sessions_.erase(event.ended_session);
  }
  if (!event.ended_sessions.empty()) {
    std::erase_if(sessions_, [&](const auto& entry) {
      return entry.second.user == event.ended_sessions && entry.first != event.kept_session;
    });
  }
  if (event.session) {
    Open(*event.session);
  }
}

void Directory::Open(const Session& session) {
  std::vector<const Session*> mine;
  for (const auto& [id, other] : sessions_) {
    if (other.user == session.user) {
      mine.push_back(&other);
    }
  }
  if (mine.size() >= limits_.sessions_of_a_user) {
    const auto oldest = std::min_element(
        mine.begin(), mine.end(),
        [](const Session* a, const Session* b) { return a->created < b->created; });
    sessions_.erase((*oldest)->id);
  }
  sessions_.insert_or_assign(session.id, session);
}

const User* Directory::FindUser(std::string_view name) const {
  const auto it = users_.find(name);
  return it == users_.end() ? nullptr : &it->second;
}

const Key* Directory::FindKey(std::string_view id) const {
  const auto it = keys_.find(id);
  return it == keys_.end() ? nullptr : &it->second;
}

const Session* Directory::FindSession(std::string_view id) const {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : &it->second;
}

void Directory::DropExpired(Timestamp now) {
  std::erase_if(sessions_, [now](const auto& entry) { return entry.second.expires <= now; });
}

bool Directory::IsLastAdmin(std::string_view name) const {
  const User* const user = FindUser(name);
  return user != nullptr && IsAdmin(*user) &&
         std::count_if(users_.begin(), users_.end(),
                       [](const auto& entry) { return IsAdmin(entry.second); }) == 1;
}

}  // namespace tw::auth
