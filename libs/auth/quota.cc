#include "libs/auth/quota.h"

namespace tw::auth {

Quotas::Window& Quotas::Current(const std::string& name, Timestamp now) {
  if (windows_.size() >= options_.names_max && !windows_.contains(name)) {
    for (auto it = windows_.begin(); it != windows_.end();) {
      if (it->second.end <= now) {
        windows_.erase(it++);
      } else {
        ++it;
      }
    }
    if (windows_.size() >= options_.names_max) {
      windows_.erase(windows_.begin());
    }
  }
  Window& window = windows_[name];
  if (window.end <= now) {
    window = {now + options_.window, 0};
  }
  return window;
}

bool Quotas::Take(const std::string& name, int64_t count, Timestamp now) {
  if (options_.limit == 0) {
    return true;
  }
  Window& window = Current(name, now);
  if (window.used + count > options_.limit) {
    return false;
  }
  window.used += count;
  return true;
}

void Quotas::GiveBack(const std::string& name, int64_t count, Timestamp now) {
  const auto it = windows_.find(name);
  if (it != windows_.end() && it->second.end > now) {
    it->second.used -= count < it->second.used ? count : it->second.used;
  }
}

QuotaState Quotas::Read(const std::string& name, Timestamp now) const {
  const auto it = windows_.find(name);
  if (it == windows_.end() || it->second.end <= now) {
    return {options_.limit, 0, now + options_.window};
  }
  return {options_.limit, it->second.used, it->second.end};
}

}  // namespace tw::auth
