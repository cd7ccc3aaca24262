#include "libs/auth/keeper.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "libs/auth/event_codec.h"
#include "libs/base/field_error.h"
#include "libs/base/retry_hint.h"
#include "libs/base/status_macros.h"

namespace tw::auth {
namespace {

constexpr size_t kKnownMax = 20'000;

// The address without its port, which is another one each time.
std::string AddressOf(const std::string& peer) {
  return peer.substr(0, peer.rfind(':'));
}

std::string Describe(const User& user) {
  std::vector<std::string> roles;
  for (const Role role : user.roles) {
    roles.emplace_back(NameOf(role));
  }
  return "roles " + absl::StrJoin(roles, ",") + "; accounts " +
         (user.accounts.empty() ? "none" : absl::StrJoin(user.accounts, ",")) +
         (user.disabled ? "; disabled" : "");
}

std::string Describe(const Key& key) {
  return "of " + key.user + "; scopes " + absl::StrJoin(key.scopes.Names(), ",") + "; accounts " +
         (key.accounts.empty() ? "all of its user's" : absl::StrJoin(key.accounts, ",")) +
         "; until " + FormatRfc3339(key.expires);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Keeper>> Keeper::Open(journal::FileSystem& files,
                                                     const Clock& clock,
                                                     Options options) {
  std::unique_ptr<Keeper> keeper(new Keeper(clock, std::move(options)));
  const Options& o = keeper->options_;
  keeper->throttle_ = LoginThrottle(o.throttle);
  TW_ASSIGN_OR_RETURN(keeper->no_password_, HashPassword(RandomText(), o.cost));
  journal::Options journal;
  journal.segment_bytes = o.segment_bytes;
  TW_ASSIGN_OR_RETURN(
      keeper->writer_,
      journal::Writer::Open(files, o.folder, journal, 1, [&](uint64_t, std::string_view record) {
        TW_ASSIGN_OR_RETURN(const Event event, Decode(record));
        keeper->directory_.Apply(event);
        return absl::OkStatus();
      }));
  keeper->directory_.DropExpired(clock.Now());
  return keeper;
}

// --- Who calls -----------------------------------------------------------------------------------

absl::StatusOr<CallerPtr> Keeper::Authenticate(std::string_view text) {
  const absl::Status no = absl::UnauthenticatedError("sign in: this token does not hold");
  const std::optional<Token> token = ParseToken(text);
  if (!token) {
    return no;
  }
  std::optional<Known> known;
  {
    const std::lock_guard lock(mutex_);
    known = Find(*token);
  }
  if (!known || !SameText(HashSecret(token->secret), known->secret_hash) ||
      !known->caller->Holds(clock_.Now())) {
    return no;
  }
  return known->caller;
}

std::optional<Keeper::Known> Keeper::Find(const Token& token) {
  if (const auto it = known_.find(token.id); it != known_.end()) {
    return it->second;
  }
  const bool is_key = token.kind == TokenKind::kKey;
  const Key* const key = is_key ? directory_.FindKey(token.id) : nullptr;
  const Session* const session = is_key ? nullptr : directory_.FindSession(token.id);
  if ((key == nullptr || key->revoked.IsSet()) && session == nullptr) {
    return std::nullopt;
  }
  const User* const user = directory_.FindUser(is_key ? key->user : session->user);
  if (user == nullptr || user->disabled) {
    return std::nullopt;
  }
  if (known_.size() >= kKnownMax) {
    known_.clear();  // they are found again as they call
  }
  const Known known{is_key ? key->secret_hash : session->secret_hash,
                    CallerOf(*user, session, key)};
  known_.emplace(token.id, known);
  return known;
}

CallerPtr Keeper::CallerOf(const User& user, const Session* session, const Key* key) const {
  Caller::Facts facts;
  facts.user = user.name;
  facts.roles = user.roles;
  facts.scopes = ScopesOf(user.roles);
  facts.accounts = user.accounts;
  if (key != nullptr) {
    facts.key_id = key->id;
    facts.expires = key->expires;
    facts.scopes = facts.scopes & key->scopes;
    if (!key->accounts.empty()) {
      facts.accounts.clear();
      for (const std::string& account : key->accounts) {
        // What its user has lost since, the key has lost too.
        if (account == "*") {
          facts.accounts = user.accounts;
        } else if (Covers(user.accounts, account)) {
          facts.accounts.push_back(account);
        }
      }
    }
  } else if (session != nullptr) {
    facts.session_id = session->id;
    facts.expires = session->expires;
    facts.csrf = session->csrf;
  }
  return std::make_shared<const Caller>(std::move(facts));
}

// Whom a change concerns calls as somebody new from now on.
void Keeper::Forget(const Event& event) {
  absl::erase_if(known_, [&](const auto& entry) {
    const Caller::Facts& facts = entry.second.caller->facts();
    const bool over =
        (event.user && facts.user == event.user->name) ||
        (event.key && facts.key_id == event.key->id) ||
        (!event.ended_session.empty() && facts.session_id == event.ended_session) ||
        (!event.ended_sessions.empty() && facts.user == event.ended_sessions &&
         !facts.session_id.empty() && facts.session_id != event.kept_session) ||
        (!facts.session_id.empty() && directory_.FindSession(facts.session_id) == nullptr);
    if (over) {
      entry.second.caller->End();
    }
    return over;
  });
}

// --- Changes -------------------------------------------------------------------------------------

Event Keeper::EventOf(const Actor& actor, std::string kind, std::string subject) const {
  Event event;
  event.time = clock_.Now();
  event.kind = std::move(kind);
  event.actor = actor.caller == nullptr ? "" : actor.caller->user();
  event.subject = std::move(subject);
  event.peer = actor.peer;
  return event;
}

absl::Status Keeper::Commit(const Event& event) {
  TW_RETURN_IF_ERROR(AppendNotes());
  TW_RETURN_IF_ERROR(writer_->Append(Encode(event), journal::Lane::kPriority).status());
  TW_RETURN_IF_ERROR(writer_->Sync());
  const std::lock_guard lock(mutex_);
  directory_.Apply(event);
  directory_.DropExpired(event.time);
  Forget(event);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> Keeper::CreateFirstAdmin() {
  const std::lock_guard write(write_mutex_);
  if (!directory_.users().empty()) {
    return std::optional<std::string>();
  }
  const std::string password = NewPassword();
  Event event = EventOf({}, "user_created", "admin");
  User admin;
  admin.name = "admin";
  TW_ASSIGN_OR_RETURN(admin.password_hash, HashPassword(password, options_.cost));
  admin.roles = {Role::kAdmin};
  admin.accounts = {"*"};
  admin.created = admin.updated = event.time;
  event.actor = "first start";
  event.text = Describe(admin);
  event.user = std::move(admin);
  TW_RETURN_IF_ERROR(Commit(event));
  return std::optional<std::string>(password);
}

absl::Status Keeper::Refuse(const std::string& name,
                            const std::string& peer,
                            const std::string& why) {
  Add({.kind = "login_failed",
       .user = IsUserName(name) ? name : "",
       .subject = "",
       .text = why,
       .peer = peer});
  return absl::UnauthenticatedError("the name or the password is wrong");
}

absl::StatusOr<SignedIn> Keeper::Login(const std::string& name,
                                       const std::string& password,
                                       const std::string& peer) {
  const std::string address = AddressOf(peer);
  std::optional<User> user;
  {
    const std::lock_guard lock(mutex_);
    const Duration wait = throttle_.Wait(name, address, clock_.Now());
    if (wait > Duration{}) {
      return WithRetryAfter(
          absl::ResourceExhaustedError("too many failed logins; try again in " +
                                       std::to_string(wait.millis() / 1'000 + 1) + " s"),
          wait);
    }
    // Counted before the answer is known, so that many tries at once get no further than one by
    // one.
    throttle_.Failed(name, address, clock_.Now());
    if (const User* const found = directory_.FindUser(name)) {
      user = *found;
    }
  }
  // An unknown name takes as long as a wrong password.
  const bool right = IsPassword(password, user ? user->password_hash : no_password_);
  if (!user || !right) {
    return Refuse(name, peer, user ? "wrong password" : "unknown user");
  }
  if (user->disabled) {
    return Refuse(name, peer, "disabled");
  }
  {
    const std::lock_guard lock(mutex_);
    throttle_.Succeeded(name, address);
  }
  return OpenSession(*user, peer);
}

absl::StatusOr<SignedIn> Keeper::OpenSession(const User& user, const std::string& peer) {
  const Token token = NewToken(TokenKind::kSession);
  Event event = EventOf({nullptr, peer}, "login", user.name);
  event.actor = user.name;
  event.session = Session{token.id,   HashSecret(token.secret),          user.name, RandomText(),
                          event.time, event.time + options_.session_life};
  {
    const std::lock_guard write(write_mutex_);
    const User* const still = directory_.FindUser(user.name);
    if (still == nullptr || still->disabled || still->password_hash != user.password_hash) {
      return absl::UnauthenticatedError("the user was changed meanwhile");
    }
    TW_RETURN_IF_ERROR(Commit(event));
  }
  const std::string text = token.Text();
  TW_ASSIGN_OR_RETURN(CallerPtr caller, Authenticate(text));
  return SignedIn{text, std::move(caller)};
}

absl::Status Keeper::Logout(const Actor& actor) {
  Event event = EventOf(actor, "logout", actor.caller->user());
  event.ended_session = actor.caller->facts().session_id;
  if (event.ended_session.empty()) {
    return absl::FailedPreconditionError("a key does not sign out; revoke it");
  }
  const std::lock_guard write(write_mutex_);
  return Commit(event);
}

absl::StatusOr<User> Keeper::ChangePassword(const Actor& actor,
                                            const std::string& old_password,
                                            const std::string& new_password) {
  TW_RETURN_IF_ERROR(CheckPassword(new_password, "new_password"));
  const std::string& name = actor.caller->user();
  std::optional<User> user;
  {
    const std::lock_guard lock(mutex_);
    const User* const found = directory_.FindUser(name);
    const Duration wait = throttle_.Wait(name, AddressOf(actor.peer), clock_.Now());
    if (wait > Duration{}) {
      return WithRetryAfter(absl::ResourceExhaustedError("too many wrong passwords"), wait);
    }
    throttle_.Failed(name, AddressOf(actor.peer), clock_.Now());
    if (found != nullptr) {
      user = *found;
    }
  }
  if (!user || !IsPassword(old_password, user->password_hash)) {
    return FieldError("old_password", "is not your password");
  }
  TW_ASSIGN_OR_RETURN(std::string hash, HashPassword(new_password, options_.cost));
  const std::lock_guard write(write_mutex_);
  {
    const std::lock_guard lock(mutex_);
    throttle_.Succeeded(name, AddressOf(actor.peer));
  }
  const User* const now = directory_.FindUser(name);
  if (now == nullptr || now->password_hash != user->password_hash) {
    return absl::AbortedError("the user was changed meanwhile");
  }
  Event event = EventOf(actor, "password_changed", name);
  User changed = *now;
  changed.password_hash = std::move(hash);
  changed.updated = event.time;
  event.user = changed;
  event.ended_sessions = name;
  event.kept_session = actor.caller->facts().session_id;
  TW_RETURN_IF_ERROR(Commit(event));
  return changed;
}

absl::StatusOr<User> Keeper::CreateUser(const Actor& actor,
                                        User user,
                                        const std::string& password) {
  TW_RETURN_IF_ERROR(CheckPassword(password, "password"));
  TW_ASSIGN_OR_RETURN(user.password_hash, HashPassword(password, options_.cost));
  const std::lock_guard write(write_mutex_);
  TW_RETURN_IF_ERROR(directory_.CanCreate(user));
  Event event = EventOf(actor, "user_created", user.name);
  user.created = user.updated = event.time;
  event.text = Describe(user);
  event.user = user;
  TW_RETURN_IF_ERROR(Commit(event));
  return user;
}

absl::StatusOr<User> Keeper::UpdateUser(const Actor& actor, const UserChange& change) {
  std::optional<std::string> hash;
  if (change.password) {
    TW_RETURN_IF_ERROR(CheckPassword(*change.password, "password"));
    TW_ASSIGN_OR_RETURN(hash, HashPassword(*change.password, options_.cost));
  }
  const std::lock_guard write(write_mutex_);
  const User* const found = directory_.FindUser(change.name);
  User user = found == nullptr ? User() : *found;
  user.name = change.name;
  user.roles = change.roles.value_or(user.roles);
  user.accounts = change.accounts.value_or(user.accounts);
  user.disabled = change.disabled.value_or(user.disabled);
  user.password_hash = hash.value_or(user.password_hash);
  TW_RETURN_IF_ERROR(directory_.CanUpdate(user));
  Event event = EventOf(actor, "user_changed", user.name);
  user.updated = event.time;
  event.text = Describe(user) + (hash ? "; a new password" : "");
  event.user = user;
  if (hash || user.disabled) {
    event.ended_sessions = user.name;
  }
  TW_RETURN_IF_ERROR(Commit(event));
  return user;
}

absl::StatusOr<std::pair<Key, std::string>> Keeper::CreateKey(const Actor& actor, Key key) {
  const Token token = NewToken(TokenKind::kKey);
  const std::lock_guard write(write_mutex_);
  Event event = EventOf(actor, "key_created", token.id);
  TW_RETURN_IF_ERROR(directory_.CanCreate(key, event.time));
  key.id = token.id;
  key.secret_hash = HashSecret(token.secret);
  key.created = event.time;
  event.text = Describe(key);
  event.key = key;
  TW_RETURN_IF_ERROR(Commit(event));
  return std::pair(key, token.Text());
}

absl::StatusOr<Key> Keeper::RevokeKey(const Actor& actor, const std::string& id) {
  const std::lock_guard write(write_mutex_);
  const Key* const found = directory_.FindKey(id);
  if (found == nullptr ||
      (found->user != actor.caller->user() && !actor.caller->May(Scope::kAdmin))) {
    return absl::NotFoundError("no such key");
  }
  Key key = *found;
  if (key.revoked.IsSet()) {
    return key;
  }
  Event event = EventOf(actor, "key_revoked", id);
  key.revoked = event.time;
  event.text = "of " + key.user;
  event.key = key;
  TW_RETURN_IF_ERROR(Commit(event));
  return key;
}

}  // namespace tw::auth
