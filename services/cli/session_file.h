// The token that `tradewind login` keeps, for this user's eyes alone: the file
// $TRADEWIND_SESSION_FILE, else $XDG_CONFIG_HOME/tradewind/session, else
// ~/.config/tradewind/session.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace tw::cli {

std::string SessionFile();  // its path; empty: nowhere

// $TRADEWIND_TOKEN (an API key, for programs), else what the file holds; empty: none.
std::string ReadToken();
absl::Status KeepToken(const std::string& token);
void ForgetToken();

}  // namespace tw::cli
