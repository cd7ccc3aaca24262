#include "libs/auth/throttle.h"

#include <algorithm>

namespace tw::auth {
namespace {

std::string NameKey(const std::string& name) {
  return "name " + name.substr(0, 64);
}
std::string AddressKey(const std::string& address) {
  return "from " + address.substr(0, 64);
}

}  // namespace

Duration LoginThrottle::Wait(const std::string& name,
                             const std::string& address,
                             Timestamp now) const {
  return std::max(WaitOf(NameKey(name), now), WaitOf(AddressKey(address), now));
}

Duration LoginThrottle::WaitOf(const std::string& key, Timestamp now) const {
  const auto it = entries_.find(key);
  if (it == entries_.end() || now - it->second.last > options_.forget_after) {
    return {};
  }
  const int over = it->second.failures - options_.free_tries;
  if (over < 0) {
    return {};
  }
  Duration wait = options_.first_wait;
  for (int i = 0; i < over && wait < options_.wait_max; ++i) {
    wait = wait * 2;
  }
  const Timestamp until = it->second.last + std::min(wait, options_.wait_max);
  return until > now ? until - now : Duration{};
}

void LoginThrottle::Failed(const std::string& name, const std::string& address, Timestamp now) {
  Count(NameKey(name), now);
  Count(AddressKey(address), now);
}

void LoginThrottle::Count(const std::string& key, Timestamp now) {
  if (entries_.size() >= options_.entries_max && !entries_.contains(key)) {
    std::erase_if(entries_, [&](const auto& entry) {
      return now - entry.second.last > options_.forget_after;
    });
    if (entries_.size() >= options_.entries_max) {
      entries_.erase(std::min_element(
          entries_.begin(), entries_.end(),
          [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    }
  }
  Entry& entry = entries_[key];
  if (now - entry.last > options_.forget_after) {
    entry.failures = 0;
  }
  ++entry.failures;
  entry.last = now;
}

void LoginThrottle::Succeeded(const std::string& name, const std::string& address) {
  entries_.erase(NameKey(name));
  const auto it = entries_.find(AddressKey(address));
  if (it != entries_.end() && --it->second.failures <= 0) {
    entries_.erase(it);
  }
}

}  // namespace tw::auth
