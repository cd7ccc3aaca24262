// Caller: somebody whom the door let in, and what that one may do. Immutable but for its end; any
// thread.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "libs/auth/directory.h"

namespace tw::auth {

class Caller {
 public:
  struct Facts {
    std::string user;
    std::vector<Role> roles;
    Scopes scopes;
    Accounts accounts;
    std::string key_id;      // an API key calls
    std::string session_id;  // a session does
    std::string csrf;        // of the session
    Timestamp expires;       // not set: never
  };

  explicit Caller(Facts facts) : facts_(std::move(facts)), all_(auth::CoversAll(facts_.accounts)) {}

  // The one caller where nobody signs in: the trader of this machine, who may do everything but
  // administer users, of which there are none.
  static Facts Anonymous() { return {"anonymous", {}, Scopes::All(), {"*"}, "", "", "", {}}; }

  const Facts& facts() const { return facts_; }
  const std::string& user() const { return facts_.user; }
  bool May(Scope scope) const { return facts_.scopes.Has(scope); }
  bool Covers(std::string_view account) const {
    return all_ || auth::Covers(facts_.accounts, account);
  }
  bool CoversAll() const { return all_; }

  // False once the session or key is over, or what its user may do has changed: whoever serves a
  // stream ends it then.
  bool Holds(Timestamp now) const {
    return !ended_.load() && (!facts_.expires.IsSet() || now < facts_.expires);
  }
  void End() const { ended_ = true; }

 private:
  const Facts facts_;
  const bool all_;
  mutable std::atomic<bool> ended_{false};
};

}  // namespace tw::auth
