// Reads accounts.toml:
//
//   accounts = "open"            # or "closed": only those listed; default open
//   [[account]]
//   name = "desk-1"
//   base_currency = "USD"        # all but the name may be left out, see accounts.h
//   opening_cash = "250000"      # decimals as text
//   desk = "equities"
//   class = "margin"         # of a [[class]] with name, margin_rate, maintenance_rate, short_sale
//   margin_rate = "0.5"
//   symbols = ["IBM"]        # what it may trade
//   [[account.position]]
//   symbol = "IBM"
//   quantity = "100"
//   average_price = "181.20"
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/config/accounts.h"

namespace tw::config {

// NotFound when the file is not there; InvalidArgument with every fault, a line each, with line
// number and account.
absl::StatusOr<Accounts> LoadAccounts(const std::string& path);

}  // namespace tw::config
