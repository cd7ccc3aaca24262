// LoginThrottle: how long somebody who keeps failing has to wait. Counted for the name and for the
// address apart, so that neither many names from one address nor many addresses at one name get
// further. Pure; one thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "libs/base/time.h"

namespace tw::auth {

class LoginThrottle {
 public:
  struct Options {
    int free_tries = 5;                          // that cost nothing
    Duration first_wait = Duration::Seconds(1);  // after one more; each further doubles it
    Duration wait_max = Duration::Seconds(60);
    Duration forget_after = Duration::Seconds(900);
    size_t entries_max = 10'000;
  };

  LoginThrottle() : LoginThrottle(Options()) {}
  explicit LoginThrottle(Options options) : options_(options) {}

  // How long until a try of `name` from `address` is looked at; zero: now.
  Duration Wait(const std::string& name, const std::string& address, Timestamp now) const;
  void Failed(const std::string& name, const std::string& address, Timestamp now);
  // The name's count starts anew; the address, from where others may be guessing, gets back this
  // one try.
  void Succeeded(const std::string& name, const std::string& address);

 private:
  struct Entry {
    int failures = 0;
    Timestamp last;
  };

  Duration WaitOf(const std::string& key, Timestamp now) const;
  void Count(const std::string& key, Timestamp now);

  Options options_;
  std::map<std::string, Entry> entries_;
};

}  // namespace tw::auth
