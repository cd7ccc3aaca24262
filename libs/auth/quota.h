// Quotas: how many orders a key, a user or an account may send in a window of time. Fixed windows:
// what is asked (GetQuota) and what is enforced are the same three numbers. Pure; one thread at a
// time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "libs/base/time.h"

namespace tw::auth {

struct QuotaState {
  int64_t limit = 0;
  int64_t used = 0;
  Timestamp reset;  // when the window ends
};

class Quotas {
 public:
  struct Options {
    int64_t limit = 100'000;  // in a window; 0: none
    Duration window = Duration::Seconds(10);
    size_t names_max = 20'000;
  };

  explicit Quotas(Options options) : options_(options) {}

  // Takes `count` of the window of `name`; false, and nothing is taken, when there is no room.
  bool Take(const std::string& name, int64_t count, Timestamp now);
  // Gives back what Take took in this window.
  void GiveBack(const std::string& name, int64_t count, Timestamp now);
  QuotaState Read(const std::string& name, Timestamp now) const;

  const Options& options() const { return options_; }

 private:
  struct Window {
    Timestamp end;
    int64_t used = 0;
  };

  Window& Current(const std::string& name, Timestamp now);

  const Options options_;
  absl::flat_hash_map<std::string, Window> windows_;
};

}  // namespace tw::auth
