#include "services/risk/state.h"

#include <algorithm>

namespace tw::risk {
namespace {

constexpr size_t kAccountNameMax = 64;

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

bool State::KnowsAccount(std::string_view account) const {
  if (accounts.listed.contains(absl::string_view(account.data(), account.size()))) {
    return true;
  }
  if (accounts.closed || account.empty() || account.size() > kAccountNameMax ||
      !std::all_of(account.begin(), account.end(), IsNameCharacter)) {
    return false;
  }
  return exposure.accounts() < kAccountsMax || exposure.FindAccount(account).has_value();
}

void State::SetReference(size_t symbol, Price bid, Price ask, Timestamp received) {
  Reference& reference = references[symbol];
  reference.bid = bid;
  reference.ask = ask;
  reference.received = std::max(reference.received, received);
  if (bid > Price() && ask >= bid) {
    exposure.SetMark(symbol, Price::FromE8(bid.e8() + (ask.e8() - bid.e8()) / 2));
  }
}

}  // namespace tw::risk
