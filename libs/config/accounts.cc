#include "libs/config/accounts.h"

#include <algorithm>

#include "libs/base/check.h"

namespace tw {

bool IsAccountName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), allowed);
}

Accounts::Accounts(std::vector<Account> listed, bool open, std::string hash)
    : listed_(std::move(listed)), open_(open), hash_(std::move(hash)) {
  for (size_t i = 0; i < listed_.size(); ++i) {
    TW_CHECK(index_.emplace(listed_[i].name, i).second);
  }
}

std::optional<Account> Accounts::Find(std::string_view name) const {
  const auto it = index_.find(absl::string_view(name.data(), name.size()));
  if (it != index_.end()) {
    return listed_[it->second];
  }
  if (!open_ || !IsAccountName(name)) {
    return std::nullopt;
  }
  Account account;
  account.name = std::string(name);
  return account;
}

}  // namespace tw
